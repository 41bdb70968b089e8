// Sparse files in GNU's two forms: a table in and behind the header, or a map of decimal lines before the data.
#include <stdlib.h>

#include "worker/failure.h"
#include "worker/tar-number.h"
#include "worker/tar-parts.h"

static int add_extent(struct tar *tar, struct tar_entry *entry, uint64_t offset, uint64_t length, struct error *err)
{
	if (entry->extent_count == TAR_EXTENTS_MAX)
		return bad_archive(err, "a sparse file has more than %u parts", TAR_EXTENTS_MAX);
	if (entry->extent_count == tar->extent_capacity) {
		size_t capacity = tar->extent_capacity ? tar->extent_capacity * 2 : 64;
		struct tar_extent *grown = realloc(tar->extents, capacity * sizeof *grown);
		if (!grown)
			return error_errno(err, "memory", "take memory for a sparse file");
		tar->extents = grown;
		tar->extent_capacity = capacity;
	}
	tar->extents[entry->extent_count++] = (struct tar_extent){ offset, length };
	entry->extents = tar->extents;
	return 0;
}

/** The extents must be in order, lie within the file, and be as long as the stored data. */
static int check_extents(const struct tar *tar, const struct tar_entry *entry, struct error *err)
{
	uint64_t at = 0;
	uint64_t sum = 0;
	for (size_t i = 0; i < entry->extent_count; i++) {
		const struct tar_extent *extent = &tar->extents[i];
		if (extent->offset < at || extent->offset > entry->size || extent->length > entry->size - extent->offset)
			return bad_archive(err, "a sparse file's parts overlap or lie outside it");
		at = extent->offset + extent->length;
		sum += extent->length;
	}
	return sum == tar->data_left ? 0 : bad_archive(err, "a sparse file's parts are not as long as its data");
}

/** The table of GNU's old format: four extents in the header, then blocks of 21. */
int tar_read_old_sparse(struct tar *tar, const struct tar_header *header, struct tar_entry *entry, struct error *err)
{
	int64_t offset, length, real_size;
	const uint8_t *table = header->gnu.extents[0];
	size_t count = 4;
	bool more = header->gnu.extended != 0;
	uint8_t block[TAR_BLOCK_BYTES];
	if (tar_read_number(header->gnu.real_size, 12, "real size", 0, INT64_MAX, &real_size, err) < 0)
		return -1;
	entry->sparse = true;
	entry->size = (uint64_t)real_size;
	for (;;) {
		for (size_t i = 0; i < count && table[24 * i]; i++) {
			if (tar_read_number(table + 24 * i, 12, "offset", 0, INT64_MAX, &offset, err) < 0 ||
			    tar_read_number(table + 24 * i + 12, 12, "length", 0, INT64_MAX, &length, err) < 0 ||
			    add_extent(tar, entry, (uint64_t)offset, (uint64_t)length, err) < 0)
				return -1;
		}
		if (!more)
			break;
		if (tar_read_bytes(tar, block, sizeof block, err) < 0)
			return -1;
		table = block;
		count = 21;
		more = block[504] != 0;
	}
	return check_extents(tar, entry, err);
}

/** One decimal line of a 1.0 sparse map, which lies at the start of the data in whole blocks. */
static int read_map_number(struct tar *tar, uint8_t *block, size_t *at, uint64_t *out, struct error *err)
{
	char digits[24];
	size_t n = 0;
	for (;;) {
		if (*at == TAR_BLOCK_BYTES) {
			if (tar->data_left < TAR_BLOCK_BYTES)
				return bad_archive(err, "a sparse file's map is longer than its data");
			if (tar_read_bytes(tar, block, TAR_BLOCK_BYTES, err) < 0)
				return -1;
			tar->data_left -= TAR_BLOCK_BYTES;
			*at = 0;
		}
		char byte = (char)block[(*at)++];
		if (byte == '\n')
			break;
		if (n == sizeof digits)
			return bad_archive(err, "a sparse file's map has too long a number");
		digits[n++] = byte;
	}
	return tar_decimal(digits, n, out) ? 0 : bad_archive(err, "a sparse file's map has a line that is no number");
}

int tar_read_pax_sparse(struct tar *tar, const struct tar_pax_sparse *sparse, struct tar_entry *entry, struct error *err)
{
	if (sparse->major != 1 || sparse->minor != 0 || !sparse->has_real_size)
		return bad_archive(err, "a sparse file has a format other than 1.0");
	uint8_t block[TAR_BLOCK_BYTES];
	size_t at = sizeof block;
	uint64_t count, offset, length;
	entry->sparse = true;
	entry->size = sparse->real_size;
	if (read_map_number(tar, block, &at, &count, err) < 0)
		return -1;
	for (; count > 0; count--)
		if (read_map_number(tar, block, &at, &offset, err) < 0 || read_map_number(tar, block, &at, &length, err) < 0 ||
		    add_extent(tar, entry, offset, length, err) < 0)
			return -1;
	return check_extents(tar, entry, err);
}
