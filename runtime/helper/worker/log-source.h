// The files of one log as a search walks them: newest first, each from its end, in blocks of whole lines.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/error.h"

struct log_source {
	int fd;
	bool compressed;
	/** The plain text of a compressed file; NULL for one that is read as it is searched. */
	uint8_t *memory;
	uint64_t size;
};

/**
 * Opens the newest files of a log in the folder `root`, at most `capacity`, and no file twice: the monitor does not rotate while
 * we hold the folder's lock. Returns how many, or -1.
 */
int log_sources_open(int root, const char *name, struct log_source *sources, int capacity, struct error *err);

/** Gets ready to read it. */
int log_source_load(struct log_source *source, struct error *err);
void log_source_close(struct log_source *source);

/** Reads up to `size` bytes at `offset`; returns how many there were, or -1. */
int64_t log_source_read(const struct log_source *source, uint64_t offset, uint8_t *out, size_t size, struct error *err);

/** The name of file `number`; NULL when it is too long. */
const char *log_file_name(const char *name, unsigned number, const char *ending, char *out, size_t capacity);
