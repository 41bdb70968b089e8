// Names on stdin, each with a NUL at its end: direct children of a folder.
#pragma once

#include "common/error.h"

/** Calls `each` for every name, as it comes. A name that is no direct child's is given all the same: see names_check(). */
int names_read(void (*each)(int root, const char *name), int root, struct error *err);

/** Whether a name can be a direct child's. */
int names_check(const char *name, struct error *err);
