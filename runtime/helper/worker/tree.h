// Removes whole trees without following a link, without crossing a mount, and however deep they are.
#pragma once

#include "common/error.h"

/** Removes the direct child `name` of the directory `parent` with all that is in it. No error when it is not there. */
int tree_remove(int parent, const char *name, struct error *err);
