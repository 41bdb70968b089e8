// Writes an archive's entries with all their properties: an image's layer in the form that overlayfs takes as a lower directory, or files
// into a container.
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

struct layer_rules {
	/** Names with `.wh.` speak of other layers; without it they are names like others. */
	bool whiteouts;
	/** A directory takes the place of nothing but a directory, and the other way round. */
	bool keeps_kinds;
	/** The folder inside `dest` that entries are written into, normalised; "" is `dest` itself. */
	const char *folder;
	/** Who owns everything, when it is not whom the archive says. */
	bool has_owner;
	uid_t uid;
	gid_t gid;
	/** The most bytes that all files together may have. */
	uint64_t limit;
};

/** Writes one entry. */
int layer_write(struct dest *dest, struct tar *tar, struct tar_entry *entry, const struct layer_rules *rules,
		struct layer_count *count, struct error *err);
