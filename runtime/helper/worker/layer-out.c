// Three threads: the caller's reads headers and files, one hashes the tar, one compresses, hashes that, and puts it.
// The compression depends on nothing but the bytes, so that a layer always becomes the same blob.
#include "worker/layer-out.h"

#include <fcntl.h>
#include <isa-l/igzip_lib.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "worker/digest.h"
#include "worker/failure.h"
#include "worker/tar-split.h"

/** What a level 2 of ISA-L's needs; it is as fast as disks are and packs nearly as well as zlib does. */
#define LEVEL 2
#define LEVEL_BYTES ISAL_DEF_LVL2_DEFAULT
#define OUT_BYTES (256u << 10)

struct work {
	struct layer_out *out;
	struct ring plain;
	/** The ring's block at hand. */
	uint8_t *block;
	size_t filled;
	struct error error;
	bool failed;
};

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
	work->block = ring_reserve(&work->plain);
	work->filled = 0;
	if (work->out->on_progress)
		work->out->on_progress(work->out->diff_size);
	return 0;
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

static int put(struct work *work, EVP_MD_CTX *hash, const uint8_t *bytes, size_t length)
{
	struct layer_out *out = work->out;
	if (length == 0)
		return 0;
	if (hash)
		digest_add(hash, bytes, length);
	out->size += length;
	return out->put(out->context, bytes, length, &work->error);
}

static int put_plain(struct work *work)
{
	const uint8_t *block;
	size_t length;
	while ((block = ring_next(&work->plain, 0, &length))) {
		if (put(work, NULL, block, length) < 0)
			return -1;
		ring_release(&work->plain, 0);
	}
	return 0;
}

static int put_gzip(struct work *work, EVP_MD_CTX *hash)
{
	static uint8_t out[OUT_BYTES], level[LEVEL_BYTES];
	static struct isal_zstream stream;
	isal_deflate_init(&stream);
	stream.level = LEVEL;
	stream.level_buf = level;
	stream.level_buf_size = sizeof level;
	stream.gzip_flag = IGZIP_GZIP;
	do {
		size_t length = 0;
		const uint8_t *block = ring_next(&work->plain, 0, &length);
		stream.next_in = (uint8_t *)block;
		stream.avail_in = block ? (uint32_t)length : 0;
		stream.end_of_stream = !block;
		do {
			stream.next_out = out;
			stream.avail_out = sizeof out;
			if (isal_deflate(&stream) != COMP_OK)
				return error_set(&work->error, EIO, "compress", "compress the layer");
			if (put(work, hash, out, sizeof out - stream.avail_out) < 0)
				return -1;
		} while (stream.avail_out == 0);
		if (block)
			ring_release(&work->plain, 0);
	} while (!stream.end_of_stream);
	return 0;
}

static void *writer_main(void *argument)
{
	struct work *work = argument;
	EVP_MD_CTX *hash = work->out->gzip ? digest_open() : NULL;
	work->failed = (hash ? put_gzip(work, hash) : put_plain(work)) < 0;
	if (work->failed)
		ring_abandon(&work->plain);
	if (hash)
		digest_close(hash, work->out->digest);
	return NULL;
}

static int replay(struct work *work, int folder, struct error *err)
{
	const struct tar_split_sink sink = { .context = work, .reserve = reserve, .used = used };
	cleanup_close int split = openat(folder, "split", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	cleanup_close int diff = openat(folder, "diff", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (split < 0 || diff < 0)
		return error_errno(err, "open", "open the layer's %s", split < 0 ? "headers" : "files");
	work->block = ring_reserve(&work->plain);
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
