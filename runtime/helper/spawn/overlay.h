// The root file system of a container: an overlay, mounted only in its own mount namespace.
#pragma once

#include "common/error.h"
#include "spawn/request.h"

/** What an init layer must have a stub for, so that something can be mounted on it. */
struct overlay_stub {
	const char *path;
	bool is_directory;
};

/**
 * Fills the init layer if that was not done yet, mounts the overlay on the folder `point` and returns an O_PATH
 * descriptor of its root.
 */
int overlay_mount(const struct overlay_spec *spec, const char *point, const struct overlay_stub *stubs, size_t count,
		  struct error *err);
