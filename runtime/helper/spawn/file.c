// Small files of the kernel.
#include "spawn/file.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"

int file_write(int folder, const char *name, const char *value)
{
	cleanup_close int fd = openat(folder, name, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return -1;
	size_t length = strlen(value);
	ssize_t n = write(fd, value, length);
	if (n >= 0 && (size_t)n != length)
		errno = EIO;
	return n == (ssize_t)length ? 0 : -1;
}

ssize_t file_read(int folder, const char *name, char *buffer, size_t size)
{
	cleanup_close int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return -1;
	ssize_t n = read(fd, buffer, size - 1);
	if (n >= 0)
		buffer[n] = 0;
	return n;
}
