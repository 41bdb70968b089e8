// Paths that a container must not read (masked) or must not write.
#pragma once

#include "common/error.h"
#include "spawn/request.h"

/** Covers and protects them below the descriptor `root`. The host's /dev/null must still be in reach. */
int masks_apply(const struct request *request, int root, struct error *err);
