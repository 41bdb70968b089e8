// The mounts of a container below its root.
#pragma once

#include "common/error.h"
#include "spawn/request.h"

/**
 * Opens a detached copy of each bind mount's source, while the host's mounts are still as they are: what is shared stays
 * a peer of the host's. `trees` has an entry per mount of the request, -1 for those that are no bind mount.
 */
int mounts_open_sources(const struct request *request, int *trees, struct error *err);

/** Makes all mounts in their order below the descriptor `root`; takes what is in `trees`. */
int mounts_make(const struct request *request, int root, int *trees, struct error *err);
