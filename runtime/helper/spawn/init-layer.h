// The init layer of a container: stubs for what is mounted but not in the image, between the image's layers and the
// container's own, so that diff and commit never see them.
#pragma once

#include <stddef.h>
#include <sys/types.h>

#include "common/error.h"

/** What must be there, so that something can be mounted on it. */
struct init_stub {
	const char *path;
	mode_t directory_mode; // of a directory, which a tmpfs on it takes; 0: a file
	const char *link;      // where it leads, when it is a link
};

/**
 * Makes what `view`, the image's merged layers, lacks of the stubs in the empty folder `init`; both are descriptors. The
 * umask must be 0.
 */
int init_layer_fill(int init, int view, const struct init_stub *stubs, size_t count, struct error *err);
