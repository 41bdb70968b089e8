// The threads of a bulk job.
#include "worker/pipeline.h"

#include <inttypes.h>
#include <unistd.h>

#include "worker/decompress.h"
#include "worker/digest.h"
#include "worker/failure.h"

/** Keeps the first failure and lets every stage run out. */
static void fail(struct pipeline *pipeline, const struct error *err)
{
	pthread_mutex_lock(&pipeline->lock);
	if (!pipeline->failed) {
		pipeline->failed = true;
		pipeline->error = *err;
	}
	pthread_mutex_unlock(&pipeline->lock);
	ring_abandon(&pipeline->compressed);
	ring_abandon(&pipeline->plain);
}

bool pipeline_has_failed(struct pipeline *pipeline)
{
	pthread_mutex_lock(&pipeline->lock);
	bool failed = pipeline->failed;
	pthread_mutex_unlock(&pipeline->lock);
	return failed;
}

static int read_input(struct pipeline *pipeline, EVP_MD_CTX *hash, struct error *err)
{
	const struct pipeline_options *options = &pipeline->options;
	uint64_t total = 0;
	for (;;) {
		if (ring_is_abandoned(&pipeline->compressed) && !pipeline->verify_after_failure)
			return 0;
		uint8_t *block = ring_reserve(&pipeline->compressed);
		size_t filled = 0;
		bool end = false;
		// The first block carries enough for the format to be told.
		do {
			ssize_t n = read(options->input, block + filled, RING_BLOCK_BYTES - filled);
			if (n < 0 && errno == EINTR)
				continue;
			if (n < 0)
				return error_errno(err, "read", "read the input");
			end = n == 0;
			filled += (size_t)n;
		} while (!end && total == 0 && filled < 512);
		total += filled;
		if (options->size >= 0 && total > (uint64_t)options->size)
			return error_set(err, FAILURE_BAD_DIGEST, "size", "the input is longer than %" PRId64 " bytes", options->size);
		if (options->hash)
			digest_add(hash, block, filled);
		ring_commit(&pipeline->compressed, filled);
		atomic_store_explicit(&pipeline->in, total, memory_order_relaxed);
		if (end) {
			pipeline->complete = true;
			ring_end(&pipeline->compressed);
			return 0;
		}
	}
}

static void *reader_main(void *argument)
{
	struct pipeline *pipeline = argument;
	struct error err = { 0 };
	char digest[DIGEST_TEXT_MAX];
	EVP_MD_CTX *hash = digest_open();
	if (!hash)
		error_set(&err, ENOMEM, "hash", "prepare sha256");
	if (!hash || read_input(pipeline, hash, &err) < 0)
		fail(pipeline, &err);
	digest_close(hash, digest);
	if (pipeline->complete)
		memcpy(pipeline->digest, digest, sizeof digest);
	return NULL;
}

static void *decompressor_main(void *argument)
{
	struct pipeline *pipeline = argument;
	struct error err = { 0 };
	if (decompress(&pipeline->compressed, &pipeline->plain, pipeline->options.kinds, pipeline->options.limit, &err) < 0)
		fail(pipeline, &err);
	return NULL;
}

static void *hasher_main(void *argument)
{
	struct pipeline *pipeline = argument;
	struct error err = { 0 };
	EVP_MD_CTX *hash = digest_open();
	if (!hash) {
		error_set(&err, ENOMEM, "hash", "prepare sha256");
		fail(pipeline, &err);
		return NULL;
	}
	const uint8_t *block;
	size_t length;
	while ((block = ring_next(&pipeline->plain, 1, &length))) {
		digest_add(hash, block, length);
		ring_release(&pipeline->plain, 1);
	}
	digest_close(hash, pipeline->diff_id);
	return NULL;
}

int pipeline_start(struct pipeline *pipeline, const struct pipeline_options *options, struct error *err)
{
	memset(pipeline, 0, sizeof *pipeline);
	pipeline->options = *options;
	// Without a size, reading on could take for ever.
	pipeline->verify_after_failure = options->digest && options->size >= 0;
	pthread_mutex_init(&pipeline->lock, NULL);
	if (ring_open(&pipeline->compressed, 1, err) < 0 || ring_open(&pipeline->plain, options->hash ? 2 : 1, err) < 0)
		return -1;
	void *(*const mains[])(void *) = { reader_main, decompressor_main, hasher_main };
	for (unsigned i = 0; i < (options->hash ? 3u : 2u); i++) {
		int code = pthread_create(&pipeline->threads[i], NULL, mains[i], pipeline);
		if (code != 0)
			return error_set(err, code, "thread", "start a thread: %s", strerror(code));
		pipeline->thread_count++;
	}
	return 0;
}

size_t pipeline_peek(struct pipeline *pipeline, const uint8_t **bytes)
{
	if (pipeline->block_offset == pipeline->block_length) {
		if (pipeline->block)
			ring_release(&pipeline->plain, 0);
		pipeline->block_offset = pipeline->block_length = 0;
		pipeline->block = ring_next(&pipeline->plain, 0, &pipeline->block_length);
		if (!pipeline->block) {
			pipeline->block_length = 0;
			return 0;
		}
		if (pipeline->options.on_block)
			pipeline->options.on_block(pipeline);
	}
	*bytes = pipeline->block + pipeline->block_offset;
	return pipeline->block_length - pipeline->block_offset;
}

void pipeline_take(struct pipeline *pipeline, size_t length)
{
	if (pipeline->options.split)
		tar_split_bytes(pipeline->options.split, pipeline->block + pipeline->block_offset, length);
	pipeline_take_data(pipeline, length);
}

void pipeline_take_data(struct pipeline *pipeline, size_t length)
{
	pipeline->block_offset += length;
	pipeline->out += length;
}

static int check(struct pipeline *pipeline, struct error *err)
{
	const struct pipeline_options *options = &pipeline->options;
	uint64_t in = atomic_load(&pipeline->in);
	if (options->size >= 0 && in < (uint64_t)options->size)
		return error_set(err, FAILURE_TRUNCATED, "size", "the input ends after %" PRIu64 " of %" PRId64 " bytes", in, options->size);
	if (options->digest && strcmp(options->digest, pipeline->digest) != 0)
		return error_set(err, FAILURE_BAD_DIGEST, "digest", "the input has digest %s, not %s", pipeline->digest,
				 options->digest);
	return 0;
}

int pipeline_finish(struct pipeline *pipeline, int result, struct error *err)
{
	const uint8_t *bytes;
	size_t length;
	if (result < 0)
		fail(pipeline, err);
	else
		while ((length = pipeline_peek(pipeline, &bytes)) > 0)
			pipeline_take(pipeline, length);

	if (pipeline_has_failed(pipeline)) {
		pthread_mutex_lock(&pipeline->lock);
		*err = pipeline->error;
		pthread_mutex_unlock(&pipeline->lock);
		if (!pipeline->verify_after_failure || err->code == FAILURE_BAD_DIGEST)
			return -1; // a reader that waits for input is left behind: the process ends
		pthread_join(pipeline->threads[0], NULL);
		struct error broken;
		if (pipeline->complete && check(pipeline, &broken) < 0)
			*err = broken;
		return -1;
	}
	for (unsigned i = 0; i < pipeline->thread_count; i++)
		pthread_join(pipeline->threads[i], NULL);
	if (pipeline_has_failed(pipeline)) {
		*err = pipeline->error;
		return -1;
	}
	if (check(pipeline, err) < 0)
		return -1;
	if (pipeline->options.diff_id && strcmp(pipeline->options.diff_id, pipeline->diff_id) != 0)
		return error_set(err, FAILURE_BAD_DIGEST, "diff-id", "the layer has diffID %s, not %s", pipeline->diff_id,
				 pipeline->options.diff_id);
	return 0;
}
