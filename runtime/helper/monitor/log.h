// The log: one record per line of output, appended to a file that is rotated by size (log-file.h).
// Everything here may be called when nothing is logged; it does nothing then.
#pragma once

#include "fault.h"
#include "options.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum log_stream { LOG_STDOUT, LOG_STDERR };

/** Opens options->log_path, if there is one. */
int log_open(const struct options *options, struct fault *fault);

/** Takes output. Complete lines become records in the batch; the start of a line waits for its end. Never fails. */
void log_write(enum log_stream stream, const uint8_t *bytes, size_t size);

/** The stream is at its end: a last line without newline is written as it is. */
void log_stream_end(enum log_stream stream);

/** Writes the batch to the file. What cannot be written is dropped and counted; a record says so when writing works again. */
void log_flush(void);

/** Nothing more comes: calls `done` when all is written, now or later. */
void log_finish(void (*done)(void));

/** Gives the memory of the empty batch back. */
void log_rest(void);

/** Whether a new file was begun since this was asked: the old one may be compressed. */
bool log_was_rotated(void);
