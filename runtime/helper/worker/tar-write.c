// The tar writer.
#include "worker/tar-write.h"

#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "worker/tar-parts.h"

/** What seven and eleven octal digits hold. */
#define OCTAL_7_MAX 07777777u
#define OCTAL_11_MAX 077777777777ull

static const char types[] = {
	[TAR_FILE] = '0',	  [TAR_HARD_LINK] = '1', [TAR_SYMBOLIC_LINK] = '2', [TAR_CHARACTER_DEVICE] = '3',
	[TAR_BLOCK_DEVICE] = '4', [TAR_DIRECTORY] = '5', [TAR_FIFO] = '6',
};

void tar_writer_open(struct tar_writer *writer, int fd)
{
	writer->fd = fd;
	writer->hash = NULL;
	writer->split = NULL;
	writer->in_file = false;
	writer->total = 0;
	writer->filled = 0;
}

static int flush(struct tar_writer *writer, struct error *err)
{
	size_t done = writer->fd < 0 ? writer->filled : 0;
	if (writer->hash)
		EVP_DigestUpdate(writer->hash, writer->buffer, writer->filled);
	while (done < writer->filled) {
		ssize_t n = write(writer->fd, writer->buffer + done, writer->filled - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(err, "write", "write the archive");
		done += (size_t)n;
	}
	writer->filled = 0;
	return 0;
}

int tar_write_data(struct tar_writer *writer, const void *bytes, size_t length, struct error *err)
{
	const uint8_t *from = bytes;
	while (length > 0) {
		size_t room = sizeof writer->buffer - writer->filled;
		size_t n = length < room ? length : room;
		if (from) {
			memcpy(writer->buffer + writer->filled, from, n);
			from += n;
		} else {
			memset(writer->buffer + writer->filled, 0, n);
		}
		if (writer->split && !writer->in_file)
			tar_split_bytes(writer->split, writer->buffer + writer->filled, n);
		writer->filled += n;
		writer->total += n;
		length -= n;
		if (writer->filled == sizeof writer->buffer && flush(writer, err) < 0)
			return -1;
	}
	return 0;
}

int tar_write_padding(struct tar_writer *writer, uint64_t size, struct error *err)
{
	return tar_write_data(writer, NULL, (TAR_BLOCK_BYTES - size % TAR_BLOCK_BYTES) % TAR_BLOCK_BYTES, err);
}

int tar_write_end(struct tar_writer *writer, struct error *err)
{
	return tar_write_data(writer, NULL, 2 * TAR_BLOCK_BYTES, err) < 0 ? -1 : flush(writer, err);
}

/** PAX records of one entry. */
struct records {
	char *bytes;
	size_t length;
	size_t capacity;
};

/** Adds `LENGTH KEY=VALUE\n`, where LENGTH counts itself. */
static int add_record(struct records *records, const char *key, const void *value, size_t length, struct error *err)
{
	size_t rest = strlen(key) + length + 3;
	size_t total = rest + 1;
	char digits[24];
	while (rest + (size_t)snprintf(digits, sizeof digits, "%zu", total) != total)
		total = rest + strlen(digits);
	if (records->length + total > records->capacity) {
		size_t capacity = 2 * (records->length + total);
		char *grown = realloc(records->bytes, capacity + 1);
		if (!grown)
			return error_errno(err, "memory", "take memory for a header");
		records->bytes = grown;
		records->capacity = capacity;
	}
	char *at = records->bytes + records->length;
	at += sprintf(at, "%s %s=", digits, key);
	memcpy(at, value, length);
	at[length] = '\n';
	records->length += total;
	return 0;
}

static int add_number(struct records *records, const char *key, uint64_t value, struct error *err)
{
	char text[24];
	int length = snprintf(text, sizeof text, "%" PRIu64, value);
	return add_record(records, key, text, (size_t)length, err);
}

/** `[-]seconds[.fraction]`, without zeros at the end. */
static int add_time(struct records *records, struct timespec time, struct error *err)
{
	char text[48];
	int64_t seconds = time.tv_sec;
	long nanoseconds = time.tv_nsec;
	// A time before 1970 counts its fraction the other way round.
	bool negative = seconds < 0;
	if (negative && nanoseconds > 0) {
		seconds++;
		nanoseconds = 1000000000 - nanoseconds;
	}
	int length = snprintf(text, sizeof text, "%s%" PRIu64, negative ? "-" : "", (uint64_t)(negative ? -seconds : seconds));
	if (nanoseconds > 0) {
		length += snprintf(text + length, sizeof text - (size_t)length, ".%09ld", nanoseconds);
		while (text[length - 1] == '0')
			length--;
	}
	return add_record(records, "mtime", text, (size_t)length, err);
}

static bool is_plain(const char *text, size_t max)
{
	size_t length = 0;
	for (; text[length]; length++)
		if ((unsigned char)text[length] >= 0x80)
			return false;
	return length <= max;
}

static int collect_records(const struct tar_entry *entry, const char *path, struct records *records, struct error *err)
{
	if (!is_plain(path, sizeof((struct tar_header *)0)->name) && add_record(records, "path", path, strlen(path), err) < 0)
		return -1;
	if (!is_plain(entry->link, sizeof((struct tar_header *)0)->link) &&
	    add_record(records, "linkpath", entry->link, strlen(entry->link), err) < 0)
		return -1;
	if (entry->uid > OCTAL_7_MAX && add_number(records, "uid", entry->uid, err) < 0)
		return -1;
	if (entry->gid > OCTAL_7_MAX && add_number(records, "gid", entry->gid, err) < 0)
		return -1;
	if (entry->size > OCTAL_11_MAX && add_number(records, "size", entry->size, err) < 0)
		return -1;
	if ((entry->mtime.tv_nsec != 0 || entry->mtime.tv_sec < 0 || (uint64_t)entry->mtime.tv_sec > OCTAL_11_MAX) &&
	    add_time(records, entry->mtime, err) < 0)
		return -1;
	for (size_t i = 0; i < entry->xattr_count; i++) {
		char key[TAR_XATTR_NAME_MAX + 16];
		snprintf(key, sizeof key, "SCHILY.xattr.%s", entry->xattrs[i].name);
		if (add_record(records, key, entry->xattrs[i].value, entry->xattrs[i].length, err) < 0)
			return -1;
	}
	return 0;
}

static void put_octal(uint8_t *field, size_t length, uint64_t value)
{
	for (size_t i = length - 1; i-- > 0; value >>= 3)
		field[i] = (uint8_t)('0' + (value & 7));
}

static int write_header(struct tar_writer *writer, const struct tar_entry *entry, const char *path, char type, uint64_t size,
			struct error *err)
{
	struct tar_header header;
	memset(&header, 0, sizeof header);
	// What does not fit is in the PAX header; this is for people who look.
	memcpy(header.name, path, strnlen(path, sizeof header.name));
	memcpy(header.link, entry->link, strnlen(entry->link, sizeof header.link));
	put_octal(header.mode, sizeof header.mode, entry->mode & 07777);
	put_octal(header.uid, sizeof header.uid, entry->uid > OCTAL_7_MAX ? 0 : entry->uid);
	put_octal(header.gid, sizeof header.gid, entry->gid > OCTAL_7_MAX ? 0 : entry->gid);
	put_octal(header.size, sizeof header.size, size > OCTAL_11_MAX ? 0 : size);
	put_octal(header.mtime, sizeof header.mtime, entry->mtime.tv_sec < 0 ? 0 : (uint64_t)entry->mtime.tv_sec & OCTAL_11_MAX);
	put_octal(header.major, sizeof header.major, entry->major);
	put_octal(header.minor, sizeof header.minor, entry->minor);
	header.type = type;
	memcpy(header.magic, "ustar\00000", 8);
	memset(header.checksum, ' ', sizeof header.checksum);
	unsigned sum = 0;
	for (size_t i = 0; i < sizeof header; i++)
		sum += ((const uint8_t *)&header)[i];
	put_octal(header.checksum, 7, sum);
	header.checksum[6] = '\0';
	return tar_write_data(writer, &header, sizeof header, err);
}

static int write_extended(struct tar_writer *writer, const struct records *records, struct error *err)
{
	static const struct tar_entry plain = { .mode = 0644 };
	if (records->length > TAR_EXTENSION_MAX)
		return error_set(err, E2BIG, "archive", "the extended attributes of a file do not fit into an archive");
	if (write_header(writer, &plain, "PaxHeaders.0/entry", 'x', records->length, err) < 0 ||
	    tar_write_data(writer, records->bytes, records->length, err) < 0)
		return -1;
	return tar_write_padding(writer, records->length, err);
}

int tar_write_entry(struct tar_writer *writer, const struct tar_entry *entry, struct error *err)
{
	char path[PATH_MAX + 2];
	size_t length = strlen(entry->path);
	bool slash = entry->type == TAR_DIRECTORY && (length == 0 || entry->path[length - 1] != '/');
	snprintf(path, sizeof path, "%s%s", entry->path, slash ? "/" : "");
	struct records records = { 0 };
	int result = collect_records(entry, path, &records, err);
	if (result == 0 && records.length > 0)
		result = write_extended(writer, &records, err);
	free(records.bytes);
	return result < 0 ? -1 : write_header(writer, entry, path, types[entry->type], entry->size, err);
}
