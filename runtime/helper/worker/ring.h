// A bounded ring of blocks between one writing thread and one or two reading threads. It holds back the writer when the slowest
// reader is a whole ring behind. An abandoned ring lets its writer run on into the void and gives its readers nothing.
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/error.h"

#define RING_BLOCK_BYTES (256u << 10)
#define RING_BLOCKS 8
#define RING_READERS_MAX 2

struct ring {
	uint8_t *memory;
	size_t lengths[RING_BLOCKS];
	uint64_t written;
	uint64_t read[RING_READERS_MAX];
	unsigned readers;
	bool ended;
	bool abandoned;
	pthread_mutex_t lock;
	pthread_cond_t changed;
};

int ring_open(struct ring *ring, unsigned readers, struct error *err);

/** Gives its memory back; no thread may use it any more. */
void ring_close(struct ring *ring);

/** The next block to fill, RING_BLOCK_BYTES long. Waits for the slowest reader. */
uint8_t *ring_reserve(struct ring *ring);

/** Gives the reserved block's first `length` bytes to the readers. */
void ring_commit(struct ring *ring, size_t length);

/** No more blocks come. */
void ring_end(struct ring *ring);

/** The reader's next block, or NULL at the end. Waits for the writer. */
const uint8_t *ring_next(struct ring *ring, unsigned reader, size_t *length);

/** The reader is done with the block it got last. */
void ring_release(struct ring *ring, unsigned reader);

void ring_abandon(struct ring *ring);

bool ring_is_abandoned(struct ring *ring);
