// The device nodes of a container and the usual links in its /dev.
#pragma once

#include "common/error.h"
#include "spawn/request.h"

/** Makes them below the descriptor `root`; nothing when /dev is bound from the host. The umask must be 0. */
int devices_make(const struct request *request, int root, struct error *err);
