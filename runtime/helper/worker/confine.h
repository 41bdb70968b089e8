// Takes from the worker what its job does not need, before the first hostile byte is read: the rest of the file system, capabilities,
// the network, most system calls.
#pragma once

#include "common/error.h"

enum confine_job { CONFINE_EXTRACT, CONFINE_UNPACK, CONFINE_REMOVE, CONFINE_SECCOMP };

/** `root`: the only directory that is needed from here on, or -1. Call it before threads are started. */
int confine(enum confine_job job, int root, struct error *err);
