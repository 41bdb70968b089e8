// Finding the program that a container is to run, with Docker's words when that fails.
#pragma once

#include <limits.h>

#include "common/error.h"

/** Looks `name` up in the container's `PATH=` of `env`, from its current directory and as its user. */
int program_find(const char *name, const char *const *env, char found[static PATH_MAX], struct error *err);

/** The words for an execve() of `path` that failed with `code`. */
int program_failed(const char *path, int code, struct error *err);
