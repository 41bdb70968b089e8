// Paths as archives say them, made plain before they reach the kernel.
#pragma once

#include <limits.h>

#include "common/error.h"

/**
 * Writes `raw` without leading, doubled and trailing slashes and without `.`; `x/..` is taken out. The root itself becomes "".
 * A path that would leave the root is a FAILURE_BAD_ARCHIVE.
 */
int path_normalise(const char *raw, char out[PATH_MAX], struct error *err);

/** The part behind the last slash. */
const char *path_leaf(const char *path);

/** Writes `folder`/`path`; both are normalised, and either may be "". */
int path_join(const char *folder, const char *path, char out[PATH_MAX], struct error *err);
