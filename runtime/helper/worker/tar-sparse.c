// Sparse files in GNU's forms. The old one has a table in and behind the header. Those in PAX have a version: 0.0 a pair of records for
// each part, 0.1 one record with all parts, 1.0 a map of decimal lines before the data (GNU tar's manual, "Storing Sparse Files").
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

/** The map before the data: the number of parts, then their offsets and lengths. */
static int read_map_lines(struct tar *tar, struct tar_entry *entry, struct error *err)
{
	uint8_t block[TAR_BLOCK_BYTES];
	size_t at = sizeof block;
	uint64_t count, offset, length;
	if (read_map_number(tar, block, &at, &count, err) < 0)
		return -1;
	for (; count > 0; count--)
		if (read_map_number(tar, block, &at, &offset, err) < 0 || read_map_number(tar, block, &at, &length, err) < 0 ||
		    add_extent(tar, entry, offset, length, err) < 0)
			return -1;
	return 0;
}

/** The map that is one record. */
static int read_map_record(struct tar *tar, const struct tar_pax_sparse *sparse, struct tar_entry *entry, struct error *err)
{
	const char *at = sparse->map;
	const char *end = at + sparse->map_length;
	uint64_t part[2];
	for (size_t i = 0;; i++) {
		const char *comma = memchr(at, ',', (size_t)(end - at));
		if (!tar_decimal(at, (size_t)((comma ? comma : end) - at), &part[i % 2]))
			return bad_archive(err, "a sparse file's map has something that is no number");
		if (i % 2 == 1 && add_extent(tar, entry, part[0], part[1], err) < 0)
			return -1;
		if (!comma)
			return i % 2 == 1 ? 0 : bad_archive(err, "a sparse file's last part has no length");
		at = comma + 1;
	}
}

/** An offset or a length of format 0.0: they take turns. */
static int apply_part(struct tar *tar, struct tar_entry *entry, struct tar_pax_sparse *sparse, bool is_offset, uint64_t n,
		      struct error *err)
{
	if (is_offset == sparse->has_offset)
		return bad_archive(err, "a sparse file's offsets and lengths do not take turns");
	sparse->has_offset = is_offset;
	if (!is_offset)
		return add_extent(tar, entry, sparse->offset, n, err);
	sparse->offset = n;
	return 0;
}

int tar_apply_pax_sparse(struct tar *tar, struct tar_entry *entry, struct tar_pax_sparse *sparse, const char *key, const char *value,
			 size_t length, struct error *err)
{
	uint64_t n;
	sparse->present = true;
	if (strcmp(key, "name") == 0) {
		if (length == 0)
			return bad_archive(err, "a sparse file has no name");
		sparse->has_name = true;
		return tar_set_name(entry->path, value, length, err);
	}
	if (strcmp(key, "map") == 0) {
		if (sparse->map)
			return bad_archive(err, "a sparse file has two maps");
		sparse->map = length > 0 ? value : NULL;
		sparse->map_length = length;
		return 0;
	}
	if (!tar_decimal(value, length, &n))
		return bad_archive(err, "the PAX number GNU.sparse.%.40s is out of range: %.40s", key, value);
	if (strcmp(key, "offset") == 0 || strcmp(key, "numbytes") == 0)
		return apply_part(tar, entry, sparse, *key == 'o', n, err);
	const struct {
		const char *key;
		uint64_t *value;
		bool *present;
	} numbers[] = {
		{ "major", &sparse->major, &sparse->has_major },
		{ "minor", &sparse->minor, &sparse->has_minor },
		{ "realsize", &sparse->real_size, &sparse->has_real_size },
		{ "size", &sparse->real_size, &sparse->has_real_size },
		{ "numblocks", &sparse->count, &sparse->has_count },
	};
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		if (strcmp(key, numbers[i].key) != 0)
			continue;
		if (*numbers[i].present && *numbers[i].value != n)
			return bad_archive(err, "a sparse file says twice what GNU.sparse.%s is", key);
		*numbers[i].value = n;
		*numbers[i].present = true;
		return 0;
	}
	return bad_archive(err, "a sparse file has the unknown property GNU.sparse.%.40s", key);
}

int tar_read_pax_sparse(struct tar *tar, const struct tar_pax_sparse *sparse, struct tar_entry *entry, struct error *err)
{
	bool in_pairs = entry->extent_count > 0 || sparse->has_offset;
	bool in_records = in_pairs || sparse->map;
	// GNU tar says no version for 0.0 and 0.1.
	bool versioned = sparse->has_major || sparse->has_minor;
	bool version_0 = versioned ? sparse->has_major && sparse->has_minor && sparse->major == 0 && sparse->minor <= 1 : in_records;
	bool version_1 = sparse->has_major && sparse->has_minor && sparse->major == 1 && sparse->minor == 0;
	if (!version_0 && !version_1)
		return bad_archive(err, "a sparse file has a format other than 0.0, 0.1 and 1.0");
	if (!sparse->has_real_size)
		return bad_archive(err, "a sparse file does not say how long it is");
	if ((in_pairs && sparse->map) || (version_1 && in_records))
		return bad_archive(err, "a sparse file has two maps");
	entry->sparse = true;
	entry->size = sparse->real_size;
	if (version_1)
		return read_map_lines(tar, entry, err) < 0 ? -1 : check_extents(tar, entry, err);
	if (sparse->has_offset)
		return bad_archive(err, "a sparse file's last part has no length");
	if (sparse->map && read_map_record(tar, sparse, entry, err) < 0)
		return -1;
	if (!sparse->has_count || sparse->count != entry->extent_count)
		return bad_archive(err, "a sparse file has another number of parts than it says");
	return check_extents(tar, entry, err);
}
