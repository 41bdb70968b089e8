// Reads a tar archive entry by entry from a pipeline's plain bytes: ustar and older, GNU long names and sparse files, PAX
// (POSIX.1-2017, pax). Strict, because an archive that two readers understand differently is a weapon: what is not understood
// is refused. All sizes are bounded.
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "common/error.h"
#include "worker/pipeline.h"

#define TAR_BLOCK_BYTES 512
/** The most that one PAX header or GNU long name may carry, as in Go's reader. */
#define TAR_EXTENSION_MAX (1u << 20)
#define TAR_XATTRS_MAX 64
#define TAR_XATTR_NAME_MAX 255
#define TAR_EXTENTS_MAX (1u << 18)

enum tar_type {
	TAR_FILE,
	TAR_HARD_LINK,
	TAR_SYMBOLIC_LINK,
	TAR_CHARACTER_DEVICE,
	TAR_BLOCK_DEVICE,
	TAR_DIRECTORY,
	TAR_FIFO,
};

struct tar_xattr {
	const char *name;
	const void *value;
	size_t length;
};

/** A stretch of data in a sparse file; the rest of the file is holes. */
struct tar_extent {
	uint64_t offset;
	uint64_t length;
};

struct tar_entry {
	enum tar_type type;
	/** As the archive says it; neither is checked for where it leads. */
	char path[PATH_MAX];
	char link[PATH_MAX];
	mode_t mode;
	uid_t uid;
	gid_t gid;
	struct timespec mtime;
	unsigned major;
	unsigned minor;
	/** Bytes of the file. */
	uint64_t size;
	bool sparse;
	/** Only for a sparse file: in order, not overlapping, within `size`. */
	const struct tar_extent *extents;
	size_t extent_count;
	/** They point into the reader and are valid until the next entry. */
	struct tar_xattr xattrs[TAR_XATTRS_MAX];
	size_t xattr_count;
};

struct tar {
	struct pipeline *pipeline;
	/** Bytes of the entry's data that were not read yet, and of the padding after them. */
	uint64_t data_left;
	uint64_t padding_left;
	/** Raw PAX records and GNU names of the entry at hand; their values are cut out in place. */
	char *pax;
	size_t pax_length;
	char *long_path;
	char *long_link;
	struct tar_extent *extents;
	size_t extent_capacity;
};

void tar_open(struct tar *tar, struct pipeline *pipeline);
void tar_close(struct tar *tar);

/** 1: an entry, 0: the end of the archive, -1: failure. What is left of the entry before is passed over. */
int tar_next(struct tar *tar, struct tar_entry *entry, struct error *err);

/** The entry's stored data at hand (extents one after another, for a sparse file); 0 at its end, -1 on failure. */
ssize_t tar_peek(struct tar *tar, const uint8_t **bytes, struct error *err);

/** Moves on within the entry's data. */
void tar_take(struct tar *tar, size_t length);
