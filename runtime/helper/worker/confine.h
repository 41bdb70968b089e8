// Takes from the worker what its job does not need, before the first hostile byte is read: the rest of the file system, capabilities,
// the network, most system calls.
#pragma once

#include "common/error.h"

enum confine_job {
	CONFINE_EXTRACT,
	CONFINE_UNPACK,
	CONFINE_REMOVE,
	CONFINE_SECCOMP,
	/** Reads a container's files; READ_MARKS the marks of overlayfs on its changes, too. */
	CONFINE_READ,
	CONFINE_READ_MARKS,
	/** Writes a container's files. */
	CONFINE_WRITE,
	/** Copies files from one tree into another. */
	CONFINE_COPY,
	CONFINE_SEARCH,
	CONFINE_COMPRESS,
};

/** `root`: the only directory that is needed from here on, or -1. Call it before threads are started. */
int confine(enum confine_job job, int root, struct error *err);
