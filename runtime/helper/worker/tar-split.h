// What of a layer's tar is not in its files: headers, padding, marks and what lies behind the end. With it the very same bytes can be
// written again, so that the layer keeps its diffID (Docker's tar-split has the same purpose).
//
// The file is one zstd stream of records. 1: length (32 bits) and that many bytes of the archive. 2: length of a path (16 bits), the
// path in the layer, an offset in that file and a length (64 bits each): so many bytes of the archive are there. Numbers are little-endian.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/error.h"

enum { TAR_SPLIT_BYTES = 1, TAR_SPLIT_FILE = 2 };

struct tar_split;

/** Makes the file; NULL on failure. Nothing else of the file system is needed afterwards. */
struct tar_split *tar_split_create(const char *path, struct error *err);

/** The archive goes on with these bytes. A failure is told by tar_split_finish(). */
void tar_split_bytes(struct tar_split *split, const void *bytes, size_t length);

/** The archive goes on with what will lie in a file of the layer. */
void tar_split_file(struct tar_split *split, const char *path, uint64_t offset, uint64_t length);

/** Writes what is left. */
int tar_split_finish(struct tar_split *split, struct error *err);

/** Where a layer's archive is written to, in order. */
struct tar_split_sink {
	void *context;
	/** Room for some bytes, at most `*length`, which becomes how many; used() says how many were filled. */
	uint8_t *(*reserve)(void *context, size_t *length);
	int (*used)(void *context, size_t length, struct error *err);
	/** What was filled last was the end of a file's bytes. */
	void (*file_ended)(void *context);
};

/** Writes the archive again: records from the descriptor `fd`, files from the directory `root`. */
int tar_split_replay(int fd, int root, const struct tar_split_sink *sink, struct error *err);
