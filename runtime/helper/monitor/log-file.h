// The log's file, whatever its records look like: appended to, rotated by size, with an index of times beside it.
#pragma once

#include "fault.h"
#include "options.h"
#include <stddef.h>
#include <stdint.h>

/** Opens options->log_path. */
int log_file_open(const struct options *options, struct fault *fault);

/** Whether `size` bytes more would be too much for the file. */
bool log_file_is_full(size_t size);

/** Starts a new file, the old ones move up. Not now when somebody is compressing one of them: the file grows on until then. */
void log_file_rotate(void);

/** Opens it anew: another process wrote to it, and may have begun a new one. */
void log_file_reopen(void);

/** Whether a descriptor is one of the log's. */
bool log_file_holds(int fd);

/** Whether it was rotated since this was asked. */
bool log_file_was_rotated(void);

/**
 * Appends [bytes, bytes + size), whole records of which the latest has the time `time_ns`. Returns how many bytes of whole
 * records were written, `*code` what stopped it or 0.
 */
size_t log_file_write(const uint8_t *bytes, size_t size, uint64_t time_ns, int *code);
