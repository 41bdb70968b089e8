// The tar reader.
//
// An entry is a header block and its data, filled up to whole blocks. Headers of type L, K (GNU) and x (PAX) are about the entry
// that follows them: they are collected and then override its fields. Global PAX headers (g) are passed over, as Docker does.
#include "worker/tar.h"

#include <inttypes.h>
#include <stdlib.h>

#include "worker/failure.h"
#include "worker/tar-number.h"
#include "worker/tar-parts.h"

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

int tar_read_bytes(struct tar *tar, void *into, uint64_t length, struct error *err)
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

static bool checksum_is_right(const struct tar_header *header)
{
	const uint8_t *bytes = (const uint8_t *)header;
	int64_t plain = 0;
	int64_t as_signed = 0; // some old writers summed up signed bytes
	for (size_t i = 0; i < TAR_BLOCK_BYTES; i++) {
		bool own = i >= offsetof(struct tar_header, checksum) && i < offsetof(struct tar_header, type);
		uint8_t byte = own ? ' ' : bytes[i];
		plain += byte;
		as_signed += (int8_t)byte;
	}
	int64_t stored;
	return tar_number(header->checksum, sizeof header->checksum, &stored) && (stored == plain || stored == as_signed);
}

/** 1: a header, 0: the end of the archive. */
static int read_header(struct tar *tar, struct tar_header *header, struct error *err)
{
	const uint8_t *bytes;
	// No zero blocks at all is how some writers end; Docker takes that.
	if (pipeline_peek(tar->pipeline, &bytes) == 0)
		return pipeline_has_failed(tar->pipeline) ? cut_short(err) : 0;
	if (tar_read_bytes(tar, header, sizeof *header, err) < 0)
		return -1;
	if (all_zero(header)) {
		if (pipeline_peek(tar->pipeline, &bytes) == 0)
			return pipeline_has_failed(tar->pipeline) ? cut_short(err) : 0;
		if (tar_read_bytes(tar, header, sizeof *header, err) < 0)
			return -1;
		return all_zero(header) ? 0 : bad_archive(err, "a single block of zeros lies between entries");
	}
	if (!checksum_is_right(header))
		return bad_archive(err, "a header has a wrong checksum");
	return 1;
}

int tar_read_number(const uint8_t *field, size_t length, const char *what, int64_t min, int64_t max, int64_t *out,
		  struct error *err)
{
	if (!tar_number(field, length, out))
		return bad_archive(err, "a header's %s is no number", what);
	if (*out < min || *out > max)
		return bad_archive(err, "a header's %s is out of range: %" PRId64, what, *out);
	return 0;
}

int tar_set_name(char *into, const char *from, size_t length, struct error *err)
{
	if (length >= PATH_MAX)
		return bad_archive(err, "a name has %zu bytes, more than %d", length, PATH_MAX - 1);
	if (memchr(from, '\0', length))
		return bad_archive(err, "a name has a NUL in it");
	memcpy(into, from, length);
	into[length] = '\0';
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
	if (tar_read_bytes(tar, text, size, err) < 0 || tar_read_bytes(tar, NULL, padding_of(size), err) < 0) {
		free(text);
		return NULL;
	}
	text[size] = '\0';
	return text;
}

static int set_header_names(const struct tar_header *header, struct tar_entry *entry, struct error *err)
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
	if (tar_set_name(entry->path, path, (size_t)n, err) < 0)
		return -1;
	return tar_set_name(entry->link, header->link, strnlen(header->link, sizeof header->link), err);
}

static int set_type(const struct tar_header *header, struct tar_entry *entry, uint64_t *stored, struct error *err)
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

static int read_fields(struct tar *tar, const struct tar_header *header, uint64_t stored, struct tar_entry *entry, struct error *err)
{
	int64_t mode, uid, gid, mtime, major = 0, minor = 0;
	struct tar_pax_sparse sparse = { 0 };
	if (tar_read_number(header->mode, 8, "mode", 0, INT32_MAX, &mode, err) < 0 ||
	    tar_read_number(header->uid, 8, "uid", 0, UINT32_MAX - 1, &uid, err) < 0 ||
	    tar_read_number(header->gid, 8, "gid", 0, UINT32_MAX - 1, &gid, err) < 0 ||
	    tar_read_number(header->mtime, 12, "mtime", INT64_MIN / 2, INT64_MAX / 2, &mtime, err) < 0)
		return -1;
	if ((header->type == '3' || header->type == '4') &&
	    (tar_read_number(header->major, 8, "device number", 0, UINT32_MAX, &major, err) < 0 ||
	     tar_read_number(header->minor, 8, "device number", 0, UINT32_MAX, &minor, err) < 0))
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
	if (tar->long_path && tar_set_name(entry->path, tar->long_path, strlen(tar->long_path), err) < 0)
		return -1;
	if (tar->long_link && tar_set_name(entry->link, tar->long_link, strlen(tar->long_link), err) < 0)
		return -1;
	if (tar->pax && tar_apply_pax(tar, entry, &sparse, &stored, err) < 0)
		return -1;
	if (set_type(header, entry, &stored, err) < 0)
		return -1;
	entry->size = stored;
	tar->data_left = stored;
	tar->padding_left = padding_of(stored);
	// Which of two maps is meant, and what holes in something else than a file are, readers do not agree on.
	if (sparse.present && (header->type == 'S' || entry->type != TAR_FILE))
		return bad_archive(err, "%.200s: PAX has a sparse file's properties for something else", entry->path);
	if (header->type == 'S')
		return tar_read_old_sparse(tar, header, entry, err);
	return sparse.present ? tar_read_pax_sparse(tar, &sparse, entry, err) : 0;
}

/** Passes over what fills an entry up to whole blocks. The docker CLI leaves it out behind the last one: `docker build -f -` ends so. */
static int skip_padding(struct tar *tar, struct error *err)
{
	const uint8_t *bytes;
	while (tar->padding_left > 0) {
		size_t n = pipeline_peek(tar->pipeline, &bytes);
		if (n == 0)
			return pipeline_has_failed(tar->pipeline) ? cut_short(err) : 0;
		if (n > tar->padding_left)
			n = (size_t)tar->padding_left;
		pipeline_take(tar->pipeline, n);
		tar->padding_left -= n;
	}
	return 0;
}

int tar_next(struct tar *tar, struct tar_entry *entry, struct error *err)
{
	if (tar_read_bytes(tar, NULL, tar->data_left, err) < 0 || skip_padding(tar, err) < 0)
		return -1;
	tar->data_left = tar->padding_left = 0;
	forget_extensions(tar);
	for (;;) {
		struct tar_header header;
		int64_t size;
		int found = read_header(tar, &header, err);
		if (found < 0)
			return -1;
		if (found == 0) {
			if (tar->pax || tar->long_path || tar->long_link)
				return bad_archive(err, "an extended header has no entry behind it");
			return 0;
		}
		if (tar_read_number(header.size, sizeof header.size, "size", 0, INT64_MAX, &size, err) < 0)
			return -1;
		char **into;
		switch (header.type) {
		case 'g':
			if (size > TAR_EXTENSION_MAX)
				return bad_archive(err, "a global header has %" PRId64 " bytes", size);
			if (tar_read_bytes(tar, NULL, (uint64_t)size + padding_of((uint64_t)size), err) < 0)
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
	pipeline_take_data(tar->pipeline, length);
}
