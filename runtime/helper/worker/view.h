// A container's file system as a worker sees it, in a mount namespace of its own: nothing is mounted on the host.
//
// One that runs is a clone of the root that its own mount namespace has, so that both see each other's changes at once; one that does
// not is mounted for this job. Binds lie over it as Docker shows them; /proc, /dev and tmpfs do not.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/error.h"

enum view_kind {
	/** The merged root with its binds, read-only. */
	VIEW_READ,
	/** The merged root with its binds, to be written. */
	VIEW_WRITE,
	/** What lies below the container's own changes, read-only, and these changes. */
	VIEW_CHANGES,
};

struct view {
	/** The root; below the changes with VIEW_CHANGES. */
	int root;
	/** The upper directory of the overlay, only with VIEW_CHANGES. */
	int upper;
	/** The mount of the root, to be told apart from binds over it. */
	uint64_t root_mount;
};

/**
 * Builds what the JSON document describes:
 * `{"id":HEX,"pid":N?,"point":DIR,"layers":DIR,"lower":[..],"init":DIR,"upper":DIR,"work":DIR,"readOnly":BOOL,
 * "mounts":[{"source":PATH,"subpath":PATH?,"destination":PATH,"readOnly":BOOL,"recursive":BOOL}],"folders":[PATH..]}`.
 * `readOnly` is about the root, `folders` are mount points that have no bind. `point` is any folder that none of the others lies in. Fails with ESRCH when the process `pid` is no longer that container's. Call it before threads are started and before confine().
 */
int view_open(const char *text, enum view_kind kind, struct view *view, struct error *err);

/** The directory `path` alone, with what is mounted on it. */
int view_open_folder(const char *path, enum view_kind kind, struct view *view, struct error *err);
/** Goes into a namespace in which mounts are nobody else's business. */
int view_leave_mounts(struct error *err);

/** The mount in which an open file lies; 0 when the kernel does not tell. */
uint64_t view_mount_of(int fd);
