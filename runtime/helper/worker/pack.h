// Writes what lies in a directory into a tar archive: as it is, or a container's changes in the form of an image's layer (OCI
// image-spec, layer: whiteouts `.wh.NAME`, opaque directories).
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/error.h"
#include "worker/link-table.h"
#include "worker/tar-write.h"
#include "worker/walk.h"

struct pack {
	struct tar_writer *writer;
	/** In a layer times have their fractions, and overlayfs's marks are translated. */
	bool layer;
	/** No entry is told to be younger than this, in seconds since the epoch; 0: as they are. */
	int64_t latest;
	struct link_table links;
	uint64_t entries;
	/** What Docker calls a layer's size: bytes of files, and of links' targets. */
	uint64_t file_bytes;
};

/** Writes the entry under the name `path`. What has vanished, and sockets, which archives do not know, are left out. */
int pack_entry(struct pack *pack, const struct walk_entry *entry, const char *path, struct error *err);

/** Writes all below the directory `from` of `root`, under names that begin with `prefix` in the place of `from`. */
int pack_tree(struct pack *pack, int root, const char *from, const char *prefix, struct error *err);
