// Writes the data of an archive's file.
#include "worker/file-data.h"

#include <unistd.h>

static int write_at(int fd, const uint8_t *bytes, size_t length, uint64_t offset, const char *path, struct error *err)
{
	while (length > 0) {
		ssize_t n = pwrite(fd, bytes, length, (off_t)offset);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(err, "write", "write %.200s", path);
		bytes += n;
		length -= (size_t)n;
		offset += (uint64_t)n;
	}
	return 0;
}

/** Writes `length` stored bytes to `offset`. */
static int write_stretch(struct tar *tar, int fd, uint64_t offset, uint64_t length, const char *path, struct error *err)
{
	while (length > 0) {
		const uint8_t *bytes;
		ssize_t n = tar_peek(tar, &bytes, err);
		if (n <= 0)
			return -1;
		if ((uint64_t)n > length)
			n = (ssize_t)length;
		if (write_at(fd, bytes, (size_t)n, offset, path, err) < 0)
			return -1;
		tar_take(tar, (size_t)n);
		offset += (uint64_t)n;
		length -= (uint64_t)n;
	}
	return 0;
}

int file_data_write(struct tar *tar, const struct tar_entry *entry, int fd, struct error *err)
{
	if (!entry->sparse)
		return write_stretch(tar, fd, 0, entry->size, entry->path, err);
	for (size_t i = 0; i < entry->extent_count; i++)
		if (write_stretch(tar, fd, entry->extents[i].offset, entry->extents[i].length, entry->path, err) < 0)
			return -1;
	if (ftruncate(fd, (off_t)entry->size) < 0)
		return error_errno(err, "write", "set the length of %.200s", entry->path);
	return 0;
}
