// Beside the file lies its index: 16 bytes for every 256 KiB, little-endian: an offset at which a record begins, and the latest
// time of all records before it. Nobody depends on it: one that is missing, short or cut off only makes readers slower.
#include "log-file.h"
#include "memory.h"
#include "system.h"
#include "text.h"

#define PATH_BYTES 4096
#define FILE_MODE 0640
#define INDEX_EVERY (256 * 1024)
#define OPEN_FLAGS (O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)

struct index_entry {
	uint64_t offset;
	uint64_t time_ns;
};

static struct {
	/** -1 while the file could not be opened (again). */
	int fd;
	int index_fd;
	/** The file's folder, so that rotation depends on no path. */
	int dir;
	/** With room for `.NNNN.idx`. */
	char name[256];
	uint64_t max_size;
	unsigned max_file;
	/** What the file holds, as far as we wrote it. */
	uint64_t size;
	uint64_t indexed;
	uint64_t last_time_ns;
	/** It was empty when we opened it. */
	bool begun;
	bool rotated;
} file = { .fd = -1, .index_fd = -1, .dir = -1 };

/** The file's name with a number (0 is none) and an ending. */
static const char *name_of(unsigned number, const char *ending, char name[sizeof file.name])
{
	struct text text = text_in(name, sizeof file.name - 1);
	text_string(&text, file.name);
	if (number > 0) {
		text_string(&text, ".");
		text_number(&text, number);
	}
	text_string(&text, ending);
	*text.at = 0;
	return name;
}

/** Opened with its first entry: most logs never need one. */
static void open_index(void)
{
	char name[sizeof file.name];
	// One that is there already is of this file only if we go on in it.
	file.index_fd = sys_openat(file.dir, name_of(0, ".idx", name), OPEN_FLAGS | (file.begun ? O_TRUNC : 0), FILE_MODE);
}

static void close_index(void)
{
	if (file.index_fd >= 0)
		sys_close(file.index_fd);
	file.index_fd = -1;
}

static int open_file(void)
{
	file.fd = sys_openat(file.dir, file.name, OPEN_FLAGS, FILE_MODE);
	if (file.fd < 0) {
		int code = file.fd;
		file.fd = -1;
		return code;
	}
	off_t size = sys_file_size(file.fd);
	file.size = size < 0 ? 0 : (uint64_t)size;
	file.indexed = file.size;
	file.last_time_ns = 0;
	file.begun = file.size == 0;
	close_index();
	return 0;
}

int log_file_open(const struct options *options, struct fault *fault)
{
	size_t size = strlen(options->log_path), slash = size;
	while (slash > 0 && options->log_path[slash - 1] != '/')
		slash--;
	if (slash == 0 || slash == size || size >= PATH_BYTES || size - slash + 12 > sizeof file.name)
		return fault_set(fault, EINVAL, "understand the path of the log");
	char dir[PATH_BYTES];
	memcpy(dir, options->log_path, slash);
	dir[slash] = 0;
	memcpy(file.name, options->log_path + slash, size - slash + 1);
	file.max_size = options->log_max_size;
	file.max_file = options->log_max_file;
	file.dir = sys_openat(AT_FDCWD, dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
	if (file.dir < 0)
		return fault_set(fault, file.dir, "open the folder of the log");
	int code = open_file();
	return code < 0 ? fault_set(fault, code, "open the log") : 0;
}

bool log_file_is_full(size_t size)
{
	return file.max_size && file.size + size > file.max_size;
}

void log_file_reopen(void)
{
	if (file.fd >= 0)
		sys_close(file.fd);
	open_file();
}

bool log_file_holds(int fd)
{
	return fd == file.fd || fd == file.index_fd || fd == file.dir;
}

bool log_file_was_rotated(void)
{
	bool rotated = file.rotated;
	file.rotated = false;
	return rotated;
}

/** Gives file `from` the number `to`, with its index, compressed or not. */
static int move_file(unsigned from, unsigned to)
{
	static const char *const endings[] = { "", ".gz", ".idx" };
	char old[sizeof file.name], new[sizeof file.name];
	int result = 0;
	for (unsigned i = 0; i < sizeof endings / sizeof *endings; i++) {
		int code = sys_renameat(file.dir, name_of(from, endings[i], old), file.dir, name_of(to, endings[i], new));
		if (i == 0)
			result = code;
		// What is left there of the file that was the last is another file's now.
		if (code < 0)
			sys_unlinkat(file.dir, new);
	}
	return result;
}

void log_file_rotate(void)
{
	// A record that is larger than a file may be has one for itself.
	if (file.size == 0)
		return;
	if (file.max_file == 1) {
		if (file.fd >= 0 && sys_ftruncate(file.fd, 0) == 0) {
			file.size = file.indexed = 0;
			file.begun = true;
			close_index();
		}
		return;
	}
	// Who compresses an old file holds the lock while it gives it its new name.
	if (sys_flock(file.dir, LOCK_EX | LOCK_NB) < 0)
		return;
	for (unsigned n = file.max_file - 1; n > 1; n--)
		move_file(n - 1, n);
	// When this fails the file just grows on.
	if (move_file(0, 1) == 0) {
		if (file.fd >= 0)
			sys_close(file.fd);
		open_file();
		file.rotated = true;
	}
	sys_flock(file.dir, LOCK_UN);
}

/** A new entry when it is time for one. */
static void write_index(void)
{
	if (file.size - file.indexed < INDEX_EVERY)
		return;
	if (file.index_fd < 0)
		open_index();
	if (file.index_fd < 0)
		return;
	// Somebody may have emptied the file.
	off_t end = sys_file_size(file.fd);
	if (end >= 0 && (uint64_t)end < file.size) {
		file.size = (uint64_t)end;
		sys_ftruncate(file.index_fd, 0);
	}
	struct index_entry entry = { file.size, file.last_time_ns };
	sys_write(file.index_fd, &entry, sizeof entry);
	file.indexed = file.size;
}

size_t log_file_write(const uint8_t *bytes, size_t size, uint64_t time_ns, int *code)
{
	*code = 0;
	if (file.fd < 0 && (*code = open_file()) < 0)
		return 0;
	size_t written = 0;
	while (written < size) {
		ssize_t n = sys_write(file.fd, bytes + written, size - written);
		if (n == -EINTR)
			continue;
		if (n <= 0) {
			*code = n < 0 ? (int)n : -EIO;
			break;
		}
		written += (size_t)n;
	}
	size_t whole = written;
	if (*code) {
		// A full disk tears the last record: cut it off, or the next one would stand on the same line.
		while (whole > 0 && bytes[whole - 1] != '\n')
			whole--;
		off_t file_end = sys_file_size(file.fd);
		if (whole < written && file_end >= (off_t)(written - whole))
			sys_ftruncate(file.fd, file_end - (off_t)(written - whole));
	}
	file.size += whole;
	if (time_ns > file.last_time_ns)
		file.last_time_ns = time_ns;
	write_index();
	return whole;
}
