// A compressed file is inflated whole: its lines are wanted from the end.
#include "worker/log-source.h"

#include <fcntl.h>
#include <isa-l/igzip_lib.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/** What a file may unfold to: such files have a limited size, and an attacker has not more than they. */
#define PLAIN_MAX (1ull << 30)

const char *log_file_name(const char *name, unsigned number, const char *ending, char *out, size_t capacity)
{
	int length = number == 0 ? snprintf(out, capacity, "%s%s", name, ending) : snprintf(out, capacity, "%s.%u%s", name, number, ending);
	return length > 0 && (size_t)length < capacity ? out : NULL;
}

static int open_at(int root, const char *name, unsigned number, const char *ending)
{
	char path[NAME_MAX + 1];
	if (!log_file_name(name, number, ending, path, sizeof path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return openat(root, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
}

static int inflate_all(struct log_source *source, struct error *err)
{
	static uint8_t in[256 * 1024];
	struct inflate_state *state = malloc(sizeof *state);
	size_t capacity = 4 << 20, used = 0;
	uint8_t *out = malloc(capacity);
	if (!state || !out)
		return error_set(err, ENOMEM, "inflate", "no memory");
	isal_inflate_init(state);
	state->crc_flag = ISAL_GZIP;
	for (;;) {
		ssize_t n = read(source->fd, in, sizeof in);
		if (n < 0)
			return error_errno(err, "read", "read a compressed log");
		if (n == 0)
			break;
		state->next_in = in;
		state->avail_in = (uint32_t)n;
		do {
			if (capacity - used < 1 << 20) {
				capacity *= 2;
				uint8_t *more = capacity > PLAIN_MAX ? NULL : realloc(out, capacity);
				if (!more)
					return error_set(err, EFBIG, "inflate", "a compressed log is too large to be searched");
				out = more;
			}
			size_t room = capacity - used < 1 << 30 ? capacity - used : 1 << 30;
			state->next_out = out + used;
			state->avail_out = (uint32_t)room;
			if (isal_inflate(state) != ISAL_DECOMP_OK)
				return error_set(err, EINVAL, "inflate", "a compressed log is broken");
			used += room - state->avail_out;
		} while (state->block_state != ISAL_BLOCK_FINISH && (state->avail_in > 0 || state->avail_out == 0));
		if (state->block_state == ISAL_BLOCK_FINISH)
			break;
	}
	free(state);
	source->memory = out;
	source->size = used;
	return 0;
}

/** Opens file `number` (0 is the current one). Returns 1, 0 when it is not there, or -1. */
static int source_open(int root, const char *name, unsigned number, struct log_source *source, struct error *err)
{
	*source = (struct log_source){ .fd = open_at(root, name, number, "") };
	if (source->fd < 0 && errno == ENOENT && number > 0) {
		source->fd = open_at(root, name, number, ".gz");
		source->compressed = true;
	}
	if (source->fd < 0)
		return errno == ENOENT ? 0 : error_errno(err, "open", "open a log");
	return 1;
}

int log_sources_open(int root, const char *name, struct log_source *sources, int capacity, struct error *err)
{
	int count = 0, there = 1;
	if (flock(root, LOCK_EX) < 0)
		return error_errno(err, "lock", "lock the folder of the log");
	for (unsigned number = 0; there >= 0 && (there || number <= 1) && count < capacity; number++) {
		there = source_open(root, name, number, &sources[count], err);
		count += there > 0;
	}
	flock(root, LOCK_UN);
	return there < 0 ? -1 : count;
}

int log_source_load(struct log_source *source, struct error *err)
{
	struct stat stat;
	if (fstat(source->fd, &stat) < 0 || !S_ISREG(stat.st_mode))
		return error_set(err, EINVAL, "open", "a log is no file");
	source->size = (uint64_t)stat.st_size;
	return source->compressed ? inflate_all(source, err) : 0;
}

void log_source_close(struct log_source *source)
{
	free(source->memory);
	close(source->fd);
}

int64_t log_source_read(const struct log_source *source, uint64_t offset, uint8_t *out, size_t size, struct error *err)
{
	if (source->memory) {
		size_t left = offset < source->size ? (size_t)(source->size - offset) : 0;
		memcpy(out, source->memory + offset, left < size ? left : size);
		return (int64_t)(left < size ? left : size);
	}
	size_t done = 0;
	while (done < size) {
		ssize_t n = pread(source->fd, out + done, size - done, (off_t)(offset + done));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(err, "read", "read a log");
		if (n == 0)
			break;
		done += (size_t)n;
	}
	return (int64_t)done;
}
