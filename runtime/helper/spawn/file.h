// Small files of the kernel (procfs, sysfs, cgroupfs): one write, one read.
#pragma once

#include <stddef.h>
#include <sys/types.h>

/** Writes `value` in one write() to `name` below the directory `folder` (or AT_FDCWD). -1 with errno. */
int file_write(int folder, const char *name, const char *value);

/** Reads a small file into `buffer` and ends it with NUL. Returns the length, or -1 with errno. */
ssize_t file_read(int folder, const char *name, char *buffer, size_t size);
