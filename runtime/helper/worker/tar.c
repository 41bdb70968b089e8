// The tar reader.
//
// An entry is a header block and its data, filled up to whole blocks. Headers of type L, K (GNU) and x (PAX) are about the entry
// that follows them: they are collected and then override its fields. Global PAX headers (g) are passed over, as Docker does.
#include "worker/tar.h"

#include <inttypes.h>
#include <stdlib.h>

#include "worker/failure.h"
#include "worker/tar-number.h"

/** A header block. The last 167 bytes are a prefix in ustar, and other things in GNU's form. */
struct header {
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
_Static_assert(sizeof(struct header) == TAR_BLOCK_BYTES, "a header is one block");

/** What PAX says of GNU's sparse format 1.0. */
struct pax_sparse {
	bool present;
	uint64_t major;
	uint64_t minor;
	uint64_t real_size;
	bool has_real_size;
	bool has_name;
};

void tar_open(struct tar *tar, struct pipeline *pipeline)
{
	memset(tar, 0, sizeof *tar);
	tar->pipeline = pipeline;
}

static void forget_extensions(struct tar *tar)
{
	free(tar->pax);
	free(tar->long_path);
	free(tar->long_link);
	tar->pax = tar->long_path = tar->long_link = NULL;
	tar->pax_length = 0;
}

void tar_close(struct tar *tar)
{
	forget_extensions(tar);
	free(tar->extents);
	tar->extents = NULL;
}

static int cut_short(struct error *err)
{
	return error_set(err, FAILURE_TRUNCATED, "archive", "the archive ends inside an entry");
}

/** Reads exactly `length` bytes, or passes over them when `into` is NULL. */
static int read_bytes(struct tar *tar, void *into, uint64_t length, struct error *err)
{
	uint8_t *place = into;
	while (length > 0) {
		const uint8_t *bytes;
		size_t n = pipeline_peek(tar->pipeline, &bytes);
		if (n == 0)
			return cut_short(err);
		if (n > length)
			n = (size_t)length;
		if (place) {
			memcpy(place, bytes, n);
			place += n;
		}
		pipeline_take(tar->pipeline, n);
		length -= n;
	}
	return 0;
}

static uint64_t padding_of(uint64_t size)
{
	return (TAR_BLOCK_BYTES - size % TAR_BLOCK_BYTES) % TAR_BLOCK_BYTES;
}

static bool all_zero(const void *block)
{
	const uint8_t *bytes = block;
	for (size_t i = 0; i < TAR_BLOCK_BYTES; i++)
		if (bytes[i])
			return false;
	return true;
}

static bool checksum_is_right(const struct header *header)
{
	const uint8_t *bytes = (const uint8_t *)header;
	int64_t plain = 0;
	int64_t as_signed = 0; // some old writers summed up signed bytes
	for (size_t i = 0; i < TAR_BLOCK_BYTES; i++) {
		bool own = i >= offsetof(struct header, checksum) && i < offsetof(struct header, type);
		uint8_t byte = own ? ' ' : bytes[i];
		plain += byte;
		as_signed += (int8_t)byte;
	}
	int64_t stored;
	return tar_number(header->checksum, sizeof header->checksum, &stored) && (stored == plain || stored == as_signed);
}

/** 1: a header, 0: the end of the archive. */
static int read_header(struct tar *tar, struct header *header, struct error *err)
{
	const uint8_t *bytes;
	// No zero blocks at all is how some writers end; Docker takes that.
	if (pipeline_peek(tar->pipeline, &bytes) == 0)
		return pipeline_has_failed(tar->pipeline) ? cut_short(err) : 0;
	if (read_bytes(tar, header, sizeof *header, err) < 0)
		return -1;
	if (all_zero(header)) {
		if (pipeline_peek(tar->pipeline, &bytes) == 0)
			return pipeline_has_failed(tar->pipeline) ? cut_short(err) : 0;
		if (read_bytes(tar, header, sizeof *header, err) < 0)
			return -1;
		return all_zero(header) ? 0 : bad_archive(err, "a single block of zeros lies between entries");
	}
	if (!checksum_is_right(header))
		return bad_archive(err, "a header has a wrong checksum");
	return 1;
}

static int number(const uint8_t *field, size_t length, const char *what, int64_t min, int64_t max, int64_t *out,
		  struct error *err)
{
	if (!tar_number(field, length, out))
		return bad_archive(err, "a header's %s is no number", what);
	if (*out < min || *out > max)
		return bad_archive(err, "a header's %s is out of range: %" PRId64, what, *out);
	return 0;
}

/** Reads the data of an extension header as text with an end of its own. */
static char *read_extension(struct tar *tar, uint64_t size, struct error *err)
{
	if (size > TAR_EXTENSION_MAX) {
		bad_archive(err, "an extended header has %" PRIu64 " bytes, more than %u", size, TAR_EXTENSION_MAX);
		return NULL;
	}
	char *text = malloc(size + 1);
	if (!text) {
		error_errno(err, "memory", "take memory for a header");
		return NULL;
	}
	if (read_bytes(tar, text, size, err) < 0 || read_bytes(tar, NULL, padding_of(size), err) < 0) {
		free(text);
		return NULL;
	}
	text[size] = '\0';
	return text;
}

static int set_name(char *into, const char *from, size_t length, struct error *err)
{
	if (length >= PATH_MAX)
		return bad_archive(err, "a name has %zu bytes, more than %d", length, PATH_MAX - 1);
	if (memchr(from, '\0', length))
		return bad_archive(err, "a name has a NUL in it");
	memcpy(into, from, length);
	into[length] = '\0';
	return 0;
}

static int set_header_names(const struct header *header, struct tar_entry *entry, struct error *err)
{
	size_t length = strnlen(header->name, sizeof header->name);
	size_t prefix = 0;
	if (memcmp(header->magic, "ustar\0", 6) == 0) {
		// star keeps times behind a shorter prefix.
		bool star = memcmp((const char *)header + 508, "tar\0", 4) == 0;
		prefix = strnlen(header->prefix, star ? 131 : sizeof header->prefix);
	}
	char path[300];
	int n = prefix > 0 ? snprintf(path, sizeof path, "%.*s/%.*s", (int)prefix, header->prefix, (int)length, header->name)
			   : snprintf(path, sizeof path, "%.*s", (int)length, header->name);
	if (set_name(entry->path, path, (size_t)n, err) < 0)
		return -1;
	return set_name(entry->link, header->link, strnlen(header->link, sizeof header->link), err);
}

static int add_xattr(struct tar_entry *entry, const char *name, const char *value, size_t length, struct error *err)
{
	if (*name == '\0' || strlen(name) > TAR_XATTR_NAME_MAX)
		return bad_archive(err, "an extended attribute has no good name");
	if (entry->xattr_count == TAR_XATTRS_MAX)
		return bad_archive(err, "an entry has more than %d extended attributes", TAR_XATTRS_MAX);
	entry->xattrs[entry->xattr_count++] = (struct tar_xattr){ name, value, length };
	return 0;
}

/** One PAX record. `key` is a string; `value` has `length` bytes and a NUL behind them. */
static int apply_record(struct tar_entry *entry, struct pax_sparse *sparse, const char *key, const char *value, size_t length,
			uint64_t *stored, struct error *err)
{
	static const char xattr[] = "SCHILY.xattr.";
	uint64_t n;
	if (strncmp(key, xattr, sizeof xattr - 1) == 0)
		return add_xattr(entry, key + sizeof xattr - 1, value, length, err);
	if (strcmp(key, "GNU.sparse.name") == 0 && length > 0) {
		sparse->has_name = true;
		return set_name(entry->path, value, length, err);
	}
	// An empty value takes an override back.
	if (strcmp(key, "path") == 0)
		return length > 0 && !sparse->has_name ? set_name(entry->path, value, length, err) : 0;
	if (strcmp(key, "linkpath") == 0)
		return length > 0 ? set_name(entry->link, value, length, err) : 0;
	if (length == 0)
		return 0;
	if (strcmp(key, "mtime") == 0)
		return tar_time(value, length, &entry->mtime) ? 0 : bad_archive(err, "a PAX mtime is no time: %.40s", value);
	bool size = strcmp(key, "size") == 0;
	bool uid = strcmp(key, "uid") == 0;
	bool gid = strcmp(key, "gid") == 0;
	bool gnu = strncmp(key, "GNU.sparse.", 11) == 0;
	if (!size && !uid && !gid && !gnu)
		return 0;
	sparse->present |= gnu;
	const char *gnu_key = gnu ? key + 11 : "";
	if (gnu && strcmp(gnu_key, "major") != 0 && strcmp(gnu_key, "minor") != 0 && strcmp(gnu_key, "realsize") != 0)
		return bad_archive(err, "a sparse file has the unknown property %.40s", key);
	if (!tar_decimal(value, length, &n) || ((uid || gid) && n > UINT32_MAX - 1))
		return bad_archive(err, "the PAX number %s is out of range: %.40s", key, value);
	if (size)
		*stored = n;
	else if (uid)
		entry->uid = (uid_t)n;
	else if (gid)
		entry->gid = (gid_t)n;
	else if (strcmp(gnu_key, "major") == 0)
		sparse->major = n;
	else if (strcmp(gnu_key, "minor") == 0)
		sparse->minor = n;
	else {
		sparse->real_size = n;
		sparse->has_real_size = true;
	}
	return 0;
}

/** Applies the records `LENGTH KEY=VALUE\n` of the entry's PAX header. */
static int apply_pax(struct tar *tar, struct tar_entry *entry, struct pax_sparse *sparse, uint64_t *stored, struct error *err)
{
	char *record = tar->pax;
	char *end = tar->pax + tar->pax_length;
	while (record < end) {
		char *space = memchr(record, ' ', (size_t)(end - record));
		uint64_t length;
		if (!space || !tar_decimal(record, (size_t)(space - record), &length) || length > (uint64_t)(end - record) ||
		    length < (uint64_t)(space - record) + 3 || record[length - 1] != '\n')
			return bad_archive(err, "a PAX record has a wrong length");
		char *key = space + 1;
		char *last = record + length - 1;
		char *equals = memchr(key, '=', (size_t)(last - key));
		if (!equals || equals == key || memchr(key, '\0', (size_t)(equals - key)))
			return bad_archive(err, "a PAX record has no key");
		*equals = '\0';
		*last = '\0';
		if (apply_record(entry, sparse, key, equals + 1, (size_t)(last - equals - 1), stored, err) < 0)
			return -1;
		record += length;
	}
	return 0;
}

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
static int read_old_sparse(struct tar *tar, const struct header *header, struct tar_entry *entry, struct error *err)
{
	int64_t offset, length, real_size;
	const uint8_t *table = header->gnu.extents[0];
	size_t count = 4;
	bool more = header->gnu.extended != 0;
	uint8_t block[TAR_BLOCK_BYTES];
	if (number(header->gnu.real_size, 12, "real size", 0, INT64_MAX, &real_size, err) < 0)
		return -1;
	entry->sparse = true;
	entry->size = (uint64_t)real_size;
	for (;;) {
		for (size_t i = 0; i < count && table[24 * i]; i++) {
			if (number(table + 24 * i, 12, "offset", 0, INT64_MAX, &offset, err) < 0 ||
			    number(table + 24 * i + 12, 12, "length", 0, INT64_MAX, &length, err) < 0 ||
			    add_extent(tar, entry, (uint64_t)offset, (uint64_t)length, err) < 0)
				return -1;
		}
		if (!more)
			break;
		if (read_bytes(tar, block, sizeof block, err) < 0)
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
			if (read_bytes(tar, block, TAR_BLOCK_BYTES, err) < 0)
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

static int read_pax_sparse(struct tar *tar, const struct pax_sparse *sparse, struct tar_entry *entry, struct error *err)
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

static int set_type(const struct header *header, struct tar_entry *entry, uint64_t *stored, struct error *err)
{
	size_t length = strlen(entry->path);
	bool slash = length > 0 && entry->path[length - 1] == '/';
	switch (header->type) {
	case '0':
	case '\0':
		// Before there was a type for them, directories were files whose name ends with a slash.
		entry->type = slash && *stored == 0 ? TAR_DIRECTORY : TAR_FILE;
		return 0;
	case '7':
	case 'S':
		entry->type = TAR_FILE;
		return 0;
	case '1':
		entry->type = TAR_HARD_LINK;
		break;
	case '2':
		entry->type = TAR_SYMBOLIC_LINK;
		break;
	case '3':
		entry->type = TAR_CHARACTER_DEVICE;
		break;
	case '4':
		entry->type = TAR_BLOCK_DEVICE;
		break;
	case '5':
		entry->type = TAR_DIRECTORY;
		break;
	case '6':
		entry->type = TAR_FIFO;
		break;
	default:
		return bad_archive(err, "%.200s: an entry of the unknown type 0x%02x", entry->path, (unsigned char)header->type);
	}
	// These are a header only, whatever their size field says.
	*stored = 0;
	return 0;
}

static int read_fields(struct tar *tar, const struct header *header, uint64_t stored, struct tar_entry *entry, struct error *err)
{
	int64_t mode, uid, gid, mtime, major = 0, minor = 0;
	struct pax_sparse sparse = { 0 };
	if (number(header->mode, 8, "mode", 0, INT32_MAX, &mode, err) < 0 ||
	    number(header->uid, 8, "uid", 0, UINT32_MAX - 1, &uid, err) < 0 ||
	    number(header->gid, 8, "gid", 0, UINT32_MAX - 1, &gid, err) < 0 ||
	    number(header->mtime, 12, "mtime", INT64_MIN / 2, INT64_MAX / 2, &mtime, err) < 0)
		return -1;
	if ((header->type == '3' || header->type == '4') &&
	    (number(header->major, 8, "device number", 0, UINT32_MAX, &major, err) < 0 ||
	     number(header->minor, 8, "device number", 0, UINT32_MAX, &minor, err) < 0))
		return -1;
	entry->mode = (mode_t)mode & 07777;
	entry->uid = (uid_t)uid;
	entry->gid = (gid_t)gid;
	entry->mtime = (struct timespec){ mtime, 0 };
	entry->major = (unsigned)major;
	entry->minor = (unsigned)minor;
	entry->xattr_count = 0;
	entry->extents = NULL;
	entry->extent_count = 0;
	entry->sparse = false;
	if (set_header_names(header, entry, err) < 0)
		return -1;
	if (tar->long_path && set_name(entry->path, tar->long_path, strlen(tar->long_path), err) < 0)
		return -1;
	if (tar->long_link && set_name(entry->link, tar->long_link, strlen(tar->long_link), err) < 0)
		return -1;
	if (tar->pax && apply_pax(tar, entry, &sparse, &stored, err) < 0)
		return -1;
	if (set_type(header, entry, &stored, err) < 0)
		return -1;
	entry->size = stored;
	tar->data_left = stored;
	tar->padding_left = padding_of(stored);
	if (header->type == 'S')
		return read_old_sparse(tar, header, entry, err);
	if (sparse.present && entry->type == TAR_FILE)
		return read_pax_sparse(tar, &sparse, entry, err);
	return 0;
}

int tar_next(struct tar *tar, struct tar_entry *entry, struct error *err)
{
	if (read_bytes(tar, NULL, tar->data_left, err) < 0 || read_bytes(tar, NULL, tar->padding_left, err) < 0)
		return -1;
	tar->data_left = tar->padding_left = 0;
	forget_extensions(tar);
	for (;;) {
		struct header header;
		int64_t size;
		int found = read_header(tar, &header, err);
		if (found < 0)
			return -1;
		if (found == 0) {
			if (tar->pax || tar->long_path || tar->long_link)
				return bad_archive(err, "an extended header has no entry behind it");
			return 0;
		}
		if (number(header.size, sizeof header.size, "size", 0, INT64_MAX, &size, err) < 0)
			return -1;
		char **into;
		switch (header.type) {
		case 'g':
			if (size > TAR_EXTENSION_MAX)
				return bad_archive(err, "a global header has %" PRId64 " bytes", size);
			if (read_bytes(tar, NULL, (uint64_t)size + padding_of((uint64_t)size), err) < 0)
				return -1;
			continue;
		case 'x':
		case 'X':
			into = &tar->pax;
			tar->pax_length = (size_t)size;
			break;
		case 'L':
			into = &tar->long_path;
			break;
		case 'K':
			into = &tar->long_link;
			break;
		default:
			return read_fields(tar, &header, (uint64_t)size, entry, err) < 0 ? -1 : 1;
		}
		if (*into)
			return bad_archive(err, "an entry has two extended headers of one kind");
		*into = read_extension(tar, (uint64_t)size, err);
		if (!*into)
			return -1;
	}
}

ssize_t tar_peek(struct tar *tar, const uint8_t **bytes, struct error *err)
{
	if (tar->data_left == 0)
		return 0;
	size_t n = pipeline_peek(tar->pipeline, bytes);
	if (n == 0)
		return cut_short(err);
	return (ssize_t)(n < tar->data_left ? n : tar->data_left);
}

void tar_take(struct tar *tar, size_t length)
{
	tar->data_left -= length;
	pipeline_take(tar->pipeline, length);
}
