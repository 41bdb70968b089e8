// Paths inside a container, resolved as if its root were "/": no link in an image leads outside (CVE-2021-30465).
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/error.h"

enum in_root_kind { IN_ROOT_DIRECTORY, IN_ROOT_FILE };

/** openat2() below the descriptor `root`; `flags` as for open(), O_CLOEXEC is added. Links are followed inside the root
 *  unless `extra_resolve` has RESOLVE_NO_SYMLINKS; magic links never are. Returns -1 with errno. */
int in_root_open(int root, const char *path, int flags, uint64_t extra_resolve);

/** Opens `path` (O_PATH), after making what is missing of it: directories of mode 0755, and at the end an empty file
 *  of mode 0644 or a directory. Dangling links are followed and their target made, as Docker does. */
int in_root_make(int root, const char *path, enum in_root_kind kind, const char *step, struct error *err);

/**
 * A detached clone of the mount at `source`, or of what `subpath` (relative, or NULL) is below it: that may hold links, but none that
 * lead out of `source`. `flags` are open_tree()'s. -1 with errno; EXDEV: it would lead outside.
 */
int in_root_clone(const char *source, const char *subpath, unsigned flags);

/** Writes where `path` leads below `root` to `resolved`, without links, whether all of it is there or not. */
int in_root_resolve(int root, const char *path, char resolved[static PATH_MAX], const char *step, struct error *err);

/** Makes the parent directories of `path` and opens the last one; `*name` is the path's last component, in `path`. */
int in_root_parent(int root, const char *path, const char **name, const char *step, struct error *err);
