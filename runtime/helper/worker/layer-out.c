// Three threads: the caller's reads headers and files, one hashes the tar, one compresses, hashes that, and puts it.
// A layer always becomes the same blob, and that is the one that Docker makes of it.
#include "worker/layer-out.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "worker/digest.h"
#include "worker/failure.h"
#include "worker/gzip.h"
#include "worker/tar-split.h"

#define WINDOWS (RING_BLOCK_BYTES / WINDOW_BYTES)

struct work {
	struct layer_out *out;
	struct ring plain;
	/** The ring's block at hand. */
	uint8_t *block;
	size_t filled;
	/** For each window of each block of the ring how much of it there was when a file ended in it last. */
	uint16_t ends[RING_BLOCKS][WINDOWS];
	/** Of what is put, or NULL. */
	EVP_MD_CTX *hash;
	struct error error;
	bool failed;
};

static uint16_t *ends_of(struct work *work, const uint8_t *block)
{
	return work->ends[(size_t)(block - work->plain.memory) / RING_BLOCK_BYTES];
}

static void begin_block(struct work *work)
{
	work->block = ring_reserve(&work->plain);
	work->filled = 0;
	memset(ends_of(work, work->block), 0, sizeof work->ends[0]);
}

static uint8_t *reserve(void *context, size_t *length)
{
	struct work *work = context;
	size_t room = RING_BLOCK_BYTES - work->filled;
	if (*length > room)
		*length = room;
	return work->block + work->filled;
}

static int used(void *context, size_t length, struct error *err)
{
	struct work *work = context;
	work->filled += length;
	work->out->diff_size += length;
	if (work->filled < RING_BLOCK_BYTES)
		return 0;
	ring_commit(&work->plain, work->filled);
	if (ring_is_abandoned(&work->plain))
		return error_set(err, EPIPE, "write", "nobody takes the layer any more");
	begin_block(work);
	if (work->out->on_progress)
		work->out->on_progress(work->out->diff_size);
	return 0;
}

static void file_ended(void *context)
{
	struct work *work = context;
	ends_of(work, work->block)[work->filled / WINDOW_BYTES] = work->filled % WINDOW_BYTES;
}

static void *hasher_main(void *argument)
{
	struct work *work = argument;
	const uint8_t *block;
	size_t length;
	EVP_MD_CTX *hash = digest_open();
	while ((block = ring_next(&work->plain, 1, &length))) {
		digest_add(hash, block, length);
		ring_release(&work->plain, 1);
	}
	digest_close(hash, work->out->diff_id);
	return NULL;
}

static int put(void *context, const void *bytes, size_t length, struct error *err)
{
	struct work *work = context;
	digest_add(work->hash, bytes, length);
	work->out->size += length;
	return work->out->put(work->out->context, bytes, length, err);
}

static int put_plain(struct work *work)
{
	const uint8_t *block;
	size_t length;
	while ((block = ring_next(&work->plain, 0, &length))) {
		if (put(work, block, length, &work->error) < 0)
			return -1;
		ring_release(&work->plain, 0);
	}
	return 0;
}

/** Docker gives its compressor a tar in pieces that end where a file ends; other ends of them lie where they cannot matter (deflate.c). */
static int add_block(struct work *work, struct gzip *gzip, const uint8_t *block, size_t length)
{
	const uint16_t *ends = ends_of(work, block);
	for (size_t start = 0; start < length; start += WINDOW_BYTES) {
		size_t end = ends[start / WINDOW_BYTES], rest = length - start < WINDOW_BYTES ? length - start : WINDOW_BYTES;
		if (gzip_add(gzip, block + start, end, &work->error) < 0 ||
		    gzip_add(gzip, block + start + end, rest - end, &work->error) < 0)
			return -1;
	}
	return 0;
}

static int put_gzip(struct work *work)
{
	static struct gzip gzip;
	const uint8_t *block;
	size_t length;
	if (gzip_open(&gzip, put, work, &work->error) < 0)
		return -1;
	while ((block = ring_next(&work->plain, 0, &length))) {
		if (add_block(work, &gzip, block, length) < 0)
			return -1;
		ring_release(&work->plain, 0);
	}
	return gzip_end(&gzip, &work->error);
}

static void *writer_main(void *argument)
{
	struct work *work = argument;
	work->hash = work->out->gzip ? digest_open() : NULL;
	work->failed = (work->out->gzip ? put_gzip(work) : put_plain(work)) < 0;
	if (work->failed)
		ring_abandon(&work->plain);
	if (work->out->gzip)
		digest_close(work->hash, work->out->digest);
	return NULL;
}

static int replay(struct work *work, int folder, struct error *err)
{
	const struct tar_split_sink sink = { .context = work, .reserve = reserve, .used = used, .file_ended = file_ended };
	cleanup_close int split = openat(folder, "split", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	cleanup_close int diff = openat(folder, "diff", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (split < 0 || diff < 0)
		return error_errno(err, "open", "open the layer's %s", split < 0 ? "headers" : "files");
	begin_block(work);
	return tar_split_replay(split, diff, &sink, err);
}

int layer_out_write(int layers, const char *name, const char *diff_id, struct layer_out *out, struct error *err)
{
	struct work work = { .out = out };
	pthread_t threads[2];
	out->diff_size = out->size = 0;
	cleanup_close int folder = openat(layers, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (folder < 0)
		return error_errno(err, "open", "open the layer %.40s", name);
	if (ring_open(&work.plain, 2, err) < 0)
		return -1;
	int code = pthread_create(&threads[0], NULL, writer_main, &work);
	if (code == 0 && (code = pthread_create(&threads[1], NULL, hasher_main, &work)) != 0) {
		ring_abandon(&work.plain);
		pthread_join(threads[0], NULL);
	}
	if (code != 0)
		return error_set(err, code, "thread", "start a thread: %s", strerror(code));
	int result = replay(&work, folder, err);
	if (result == 0)
		ring_commit(&work.plain, work.filled);
	else
		ring_abandon(&work.plain);
	ring_end(&work.plain);
	pthread_join(threads[0], NULL);
	pthread_join(threads[1], NULL);
	ring_close(&work.plain);
	// What the writer met is why the reader could not go on.
	if (work.failed) {
		*err = work.error;
		return -1;
	}
	if (result < 0)
		return -1;
	if (!out->gzip)
		snprintf(out->digest, sizeof out->digest, "%s", out->diff_id);
	if (diff_id && strcmp(diff_id, out->diff_id) != 0)
		return error_set(err, FAILURE_BAD_DIGEST, "diff-id", "the layer on disk has diffID %s, not %s", out->diff_id, diff_id);
	return 0;
}
