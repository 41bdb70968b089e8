// The threads of a bulk job: read and hash the input, decompress it, hash what comes out; the caller's own thread takes
// the plain bytes. Every stage holds back the one before it.
#pragma once

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/error.h"
#include "worker/digest.h"
#include "worker/ring.h"
#include "worker/tar-split.h"

struct pipeline;

struct pipeline_options {
	int input;
	/** DECOMPRESS_LAYERS or DECOMPRESS_ARCHIVES. */
	int kinds;
	/** Whether the digests are wanted; without, nothing is hashed. */
	bool hash;
	/** `sha256:<hex>` that the input must have, or NULL. */
	const char *digest;
	/** Likewise for the plain bytes. */
	const char *diff_id;
	/** Bytes that the input must have, or -1. */
	int64_t size;
	/** The most plain bytes that are taken. */
	uint64_t limit;
	/** Told of all plain bytes but those that pipeline_take_data() takes, or NULL. */
	struct tar_split *split;
	/** Called by the taking thread at each new block of plain bytes, or NULL. */
	void (*on_block)(struct pipeline *pipeline);
};

struct pipeline {
	struct pipeline_options options;
	struct ring compressed;
	struct ring plain;
	pthread_t threads[3];
	unsigned thread_count;
	/** Bytes read from the input so far. */
	atomic_uint_fast64_t in;
	/** The reader came to the end of the input. */
	bool complete;
	/** The input is read on after a failure, to tell a damaged transfer from a bad archive. */
	bool verify_after_failure;
	char digest[DIGEST_TEXT_MAX];
	char diff_id[DIGEST_TEXT_MAX];
	pthread_mutex_t lock;
	bool failed;
	struct error error;
	/** The caller's place in the plain bytes. */
	const uint8_t *block;
	size_t block_length;
	size_t block_offset;
	uint64_t out;
};

int pipeline_start(struct pipeline *pipeline, const struct pipeline_options *options, struct error *err);

/** The plain bytes at hand, at least one; 0 at their end or after a failure. They stay valid until taken. */
size_t pipeline_peek(struct pipeline *pipeline, const uint8_t **bytes);

/** Moves on by `length` bytes, at most as many as were at hand. */
void pipeline_take(struct pipeline *pipeline, size_t length);

/** The same for bytes that will be found in a file of the layer. */
void pipeline_take_data(struct pipeline *pipeline, size_t length);

/** Whether a stage failed: then the end of the plain bytes says nothing. */
bool pipeline_has_failed(struct pipeline *pipeline);

/**
 * Ends the pipeline: takes all bytes that are left, waits for the digests and compares them with what was promised. `result` and
 * `*err` are how the caller's own work ended; the first failure of all counts, but content that is not what was promised
 * counts more than what it led to.
 */
int pipeline_finish(struct pipeline *pipeline, int result, struct error *err);
