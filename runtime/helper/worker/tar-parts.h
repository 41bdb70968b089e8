// What the parts of the tar reader share; for them alone.
#pragma once

#include "worker/tar.h"

/** A header block. The last 167 bytes are a prefix in ustar, and other things in GNU's form. */
struct tar_header {
	char name[100];
	uint8_t mode[8];
	uint8_t uid[8];
	uint8_t gid[8];
	uint8_t size[12];
	uint8_t mtime[12];
	uint8_t checksum[8];
	char type;
	char link[100];
	char magic[8];
	char user[32];
	char group[32];
	uint8_t major[8];
	uint8_t minor[8];
	union {
		char prefix[155];
		struct {
			uint8_t atime[12];
			uint8_t ctime[12];
			uint8_t offset[12];
			uint8_t longnames[4];
			uint8_t unused;
			uint8_t extents[4][24];
			uint8_t extended;
			uint8_t real_size[12];
		} gnu;
	};
	uint8_t padding[12];
};
_Static_assert(sizeof(struct tar_header) == TAR_BLOCK_BYTES, "a header is one block");

/** What PAX says of GNU's sparse formats 0.0, 0.1 and 1.0. */
struct tar_pax_sparse {
	bool present;
	bool has_major;
	bool has_minor;
	bool has_real_size;
	bool has_count;
	bool has_name;
	uint64_t major;
	uint64_t minor;
	uint64_t real_size;
	/** How many parts there are; only the formats 0.0 and 0.1 say it here. */
	uint64_t count;
	/** Of format 0.0: a part's offset whose length has not come yet. */
	bool has_offset;
	uint64_t offset;
	/** Of format 0.1: all parts, `OFFSET,LENGTH,OFFSET,...`; NULL without. Points into the reader's records. */
	const char *map;
	size_t map_length;
};

/** Reads exactly `length` bytes, or passes over them when `into` is NULL. */
int tar_read_bytes(struct tar *tar, void *into, uint64_t length, struct error *err);

/** Reads a header's number; `what` names it in the failure. */
int tar_read_number(const uint8_t *field, size_t length, const char *what, int64_t min, int64_t max, int64_t *out,
		    struct error *err);

/** Copies a path into an entry; a NUL in it, or PATH_MAX bytes, are a failure. */
int tar_set_name(char *into, const char *from, size_t length, struct error *err);

/** Applies the records of the entry's PAX header to it. `*stored` is the size of its data in the archive. */
int tar_apply_pax(struct tar *tar, struct tar_entry *entry, struct tar_pax_sparse *sparse, uint64_t *stored, struct error *err);

/** Reads the table of GNU's old sparse format, which begins in the header. */
int tar_read_old_sparse(struct tar *tar, const struct tar_header *header, struct tar_entry *entry, struct error *err);

/** Applies the PAX record `GNU.sparse.KEY`; `value` has `length` bytes and a NUL behind them. */
int tar_apply_pax_sparse(struct tar *tar, struct tar_entry *entry, struct tar_pax_sparse *sparse, const char *key, const char *value,
			 size_t length, struct error *err);

/** Reads the map that the records have (0.0 and 0.1), or that lies before the data (1.0). */
int tar_read_pax_sparse(struct tar *tar, const struct tar_pax_sparse *sparse, struct tar_entry *entry, struct error *err);
