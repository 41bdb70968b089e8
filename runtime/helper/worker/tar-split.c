// Records and replays a layer's tar.
#include "worker/tar-split.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include "common/cleanup.h"
#include "spawn/in-root.h"
#include "worker/failure.h"

#define CHUNK_BYTES (64u << 10)

struct tar_split {
	int fd;
	ZSTD_CCtx *zstd;
	/** Bytes that are not a record yet. */
	size_t filled;
	uint8_t bytes[CHUNK_BYTES];
	uint8_t out[CHUNK_BYTES];
	bool failed;
	struct error error;
};

static void put_number(uint8_t *into, uint64_t value, int bytes)
{
	for (int i = 0; i < bytes; i++)
		into[i] = (uint8_t)(value >> (8 * i));
}

static uint64_t get_number(const uint8_t *from, int bytes)
{
	uint64_t value = 0;
	for (int i = 0; i < bytes; i++)
		value |= (uint64_t)from[i] << (8 * i);
	return value;
}

struct tar_split *tar_split_create(const char *path, struct error *err)
{
	struct tar_split *split = malloc(sizeof *split);
	if (!split) {
		error_errno(err, "memory", "take memory for headers");
		return NULL;
	}
	split->filled = 0;
	split->failed = false;
	split->zstd = ZSTD_createCCtx();
	split->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (split->zstd && split->fd >= 0) {
		ZSTD_CCtx_setParameter(split->zstd, ZSTD_c_compressionLevel, 1);
		return split;
	}
	error_errno(err, "open", "make \"%s\"", path);
	ZSTD_freeCCtx(split->zstd);
	free(split);
	return NULL;
}

static int write_all(int fd, const uint8_t *bytes, size_t length, struct error *err)
{
	while (length > 0) {
		ssize_t n = write(fd, bytes, length);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(err, "write", "write the layer's headers");
		bytes += n;
		length -= (size_t)n;
	}
	return 0;
}

static void compress(struct tar_split *split, const void *bytes, size_t length, ZSTD_EndDirective end)
{
	ZSTD_inBuffer in = { bytes, length, 0 };
	for (;;) {
		if (split->failed)
			return;
		ZSTD_outBuffer out = { split->out, sizeof split->out, 0 };
		size_t left = ZSTD_compressStream2(split->zstd, &out, &in, end);
		if (ZSTD_isError(left))
			split->failed = error_set(&split->error, EIO, "compress", "compress the layer's headers: %s", ZSTD_getErrorName(left)) < 0;
		else if (write_all(split->fd, split->out, out.pos, &split->error) < 0)
			split->failed = true;
		else if (end == ZSTD_e_end ? left == 0 : in.pos == in.size)
			return;
	}
}

static void flush(struct tar_split *split)
{
	uint8_t head[5] = { TAR_SPLIT_BYTES };
	if (split->filled == 0)
		return;
	put_number(head + 1, split->filled, 4);
	compress(split, head, sizeof head, ZSTD_e_continue);
	compress(split, split->bytes, split->filled, ZSTD_e_continue);
	split->filled = 0;
}

void tar_split_bytes(struct tar_split *split, const void *bytes, size_t length)
{
	const uint8_t *from = bytes;
	while (length > 0) {
		size_t room = sizeof split->bytes - split->filled;
		size_t n = length < room ? length : room;
		memcpy(split->bytes + split->filled, from, n);
		split->filled += n;
		from += n;
		length -= n;
		if (split->filled == sizeof split->bytes)
			flush(split);
	}
}

void tar_split_file(struct tar_split *split, const char *path, uint64_t offset, uint64_t length)
{
	uint8_t head[3] = { TAR_SPLIT_FILE };
	uint8_t tail[16];
	size_t path_length = strlen(path);
	if (length == 0)
		return;
	flush(split);
	put_number(head + 1, path_length, 2);
	put_number(tail, offset, 8);
	put_number(tail + 8, length, 8);
	compress(split, head, sizeof head, ZSTD_e_continue);
	compress(split, path, path_length, ZSTD_e_continue);
	compress(split, tail, sizeof tail, ZSTD_e_continue);
}

int tar_split_finish(struct tar_split *split, struct error *err)
{
	flush(split);
	compress(split, NULL, 0, ZSTD_e_end);
	if (!split->failed)
		return 0;
	*err = split->error;
	return -1;
}

/** The records as they come out of the file. */
struct source {
	int fd;
	ZSTD_DStream *zstd;
	ZSTD_inBuffer in;
	ZSTD_outBuffer out;
	/** How much of `out` was taken. */
	size_t taken;
	bool ended;
	uint8_t compressed[CHUNK_BYTES];
	uint8_t plain[CHUNK_BYTES];
};

static int damaged(struct error *err)
{
	return error_set(err, FAILURE_BAD_ARCHIVE, "headers", "the layer's headers are damaged");
}

/** 1: there is something to take, 0: the end. */
static int fill(struct source *source, struct error *err)
{
	while (source->taken == source->out.pos) {
		bool full = source->out.pos == source->out.size;
		source->taken = source->out.pos = 0;
		if (source->in.pos == source->in.size && (!full || source->ended)) {
			ssize_t n = read(source->fd, source->compressed, sizeof source->compressed);
			if (n < 0 && errno == EINTR)
				continue;
			if (n < 0)
				return error_errno(err, "read", "read the layer's headers");
			if (n == 0)
				return source->ended ? 0 : damaged(err);
			source->in = (ZSTD_inBuffer){ source->compressed, (size_t)n, 0 };
		}
		size_t wanted = ZSTD_decompressStream(source->zstd, &source->out, &source->in);
		if (ZSTD_isError(wanted))
			return damaged(err);
		source->ended = wanted == 0;
	}
	return 1;
}

static int take(struct source *source, void *into, size_t length, struct error *err)
{
	uint8_t *place = into;
	while (length > 0) {
		int more = fill(source, err);
		if (more <= 0)
			return more < 0 ? -1 : damaged(err);
		size_t n = source->out.pos - source->taken;
		if (n > length)
			n = length;
		memcpy(place, source->plain + source->taken, n);
		source->taken += n;
		place += n;
		length -= n;
	}
	return 0;
}

static int replay_bytes(struct source *source, const struct tar_split_sink *sink, struct error *err)
{
	uint8_t head[4];
	if (take(source, head, sizeof head, err) < 0)
		return -1;
	for (uint64_t left = get_number(head, 4); left > 0;) {
		int more = fill(source, err);
		if (more <= 0)
			return more < 0 ? -1 : damaged(err);
		size_t n = source->out.pos - source->taken;
		if (n > left)
			n = (size_t)left;
		uint8_t *place = sink->reserve(sink->context, &n);
		memcpy(place, source->plain + source->taken, n);
		if (sink->used(sink->context, n, err) < 0)
			return -1;
		source->taken += n;
		left -= n;
	}
	return 0;
}

/** The layer's owner can do nothing to it, but what lies there may be what a hostile archive made. */
static int open_file(int root, const char *path, struct error *err)
{
	struct stat status;
	int fd = in_root_open(root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW, 0);
	if (fd >= 0 && fstat(fd, &status) == 0 && S_ISREG(status.st_mode))
		return fd;
	if (fd >= 0)
		close(fd);
	return error_set(err, FAILURE_BAD_DIGEST, "open", "%.200s is not in the layer any more", path);
}

static int replay_file(struct source *source, int root, const struct tar_split_sink *sink, struct error *err)
{
	char path[PATH_MAX + 1];
	uint8_t head[2], tail[16];
	if (take(source, head, sizeof head, err) < 0)
		return -1;
	size_t length = (size_t)get_number(head, 2);
	if (length >= PATH_MAX)
		return damaged(err);
	if (take(source, path, length, err) < 0 || take(source, tail, sizeof tail, err) < 0)
		return -1;
	path[length] = '\0';
	uint64_t offset = get_number(tail, 8);
	uint64_t left = get_number(tail + 8, 8);
	cleanup_close int fd = open_file(root, path, err);
	if (fd < 0)
		return -1;
	while (left > 0) {
		size_t room = left < SIZE_MAX ? (size_t)left : SIZE_MAX;
		uint8_t *place = sink->reserve(sink->context, &room);
		ssize_t n = pread(fd, place, room, (off_t)offset);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(err, "read", "read %.200s", path);
		if (n == 0)
			return error_set(err, FAILURE_BAD_DIGEST, "read", "%.200s is shorter than it was", path);
		if (sink->used(sink->context, (size_t)n, err) < 0)
			return -1;
		offset += (uint64_t)n;
		left -= (uint64_t)n;
	}
	sink->file_ended(sink->context);
	return 0;
}

int tar_split_replay(int fd, int root, const struct tar_split_sink *sink, struct error *err)
{
	static struct source source;
	source.fd = fd;
	source.in = (ZSTD_inBuffer){ source.compressed, 0, 0 };
	source.out = (ZSTD_outBuffer){ source.plain, sizeof source.plain, 0 };
	source.taken = 0;
	source.ended = false;
	if (!source.zstd)
		source.zstd = ZSTD_createDStream();
	if (!source.zstd)
		return error_errno(err, "memory", "take memory for zstd");
	ZSTD_initDStream(source.zstd);
	for (;;) {
		uint8_t kind;
		int more = fill(&source, err);
		if (more <= 0)
			return more;
		if (take(&source, &kind, 1, err) < 0)
			return -1;
		int result = kind == TAR_SPLIT_BYTES  ? replay_bytes(&source, sink, err)
			     : kind == TAR_SPLIT_FILE ? replay_file(&source, root, sink, err)
						      : damaged(err);
		if (result < 0)
			return -1;
	}
}
