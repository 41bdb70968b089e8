// Writes an image layer into a folder in the form that overlayfs takes as a lower directory.
#pragma once

#include <stdint.h>

#include "common/error.h"
#include "worker/dest.h"
#include "worker/tar.h"

struct layer_count {
	/** Entries, without whiteouts. */
	uint64_t entries;
	/** Bytes of regular files. */
	uint64_t file_bytes;
};

/** Writes one entry. `limit` is the most that all files together may have. */
int layer_write(struct dest *dest, struct tar *tar, struct tar_entry *entry, uint64_t limit, struct layer_count *count,
		struct error *err);
