// The bounded ring of blocks.
#include "worker/ring.h"

#include <stdlib.h>
#include <string.h>

int ring_open(struct ring *ring, unsigned readers, struct error *err)
{
	memset(ring, 0, sizeof *ring);
	ring->readers = readers;
	pthread_mutex_init(&ring->lock, NULL);
	pthread_cond_init(&ring->changed, NULL);
	ring->memory = aligned_alloc(4096, (size_t)RING_BLOCKS * RING_BLOCK_BYTES);
	if (!ring->memory)
		return error_errno(err, "memory", "take memory for buffers");
	return 0;
}

void ring_close(struct ring *ring)
{
	free(ring->memory);
	pthread_mutex_destroy(&ring->lock);
	pthread_cond_destroy(&ring->changed);
}

static uint64_t slowest(const struct ring *ring)
{
	uint64_t least = ring->read[0];
	for (unsigned i = 1; i < ring->readers; i++)
		if (ring->read[i] < least)
			least = ring->read[i];
	return least;
}

uint8_t *ring_reserve(struct ring *ring)
{
	pthread_mutex_lock(&ring->lock);
	while (!ring->abandoned && ring->written - slowest(ring) >= RING_BLOCKS)
		pthread_cond_wait(&ring->changed, &ring->lock);
	uint8_t *block = ring->memory + ring->written % RING_BLOCKS * RING_BLOCK_BYTES;
	pthread_mutex_unlock(&ring->lock);
	return block;
}

void ring_commit(struct ring *ring, size_t length)
{
	if (length == 0)
		return;
	pthread_mutex_lock(&ring->lock);
	if (!ring->abandoned) {
		ring->lengths[ring->written % RING_BLOCKS] = length;
		ring->written++;
		pthread_cond_broadcast(&ring->changed);
	}
	pthread_mutex_unlock(&ring->lock);
}

void ring_end(struct ring *ring)
{
	pthread_mutex_lock(&ring->lock);
	ring->ended = true;
	pthread_cond_broadcast(&ring->changed);
	pthread_mutex_unlock(&ring->lock);
}

const uint8_t *ring_next(struct ring *ring, unsigned reader, size_t *length)
{
	const uint8_t *block = NULL;
	pthread_mutex_lock(&ring->lock);
	while (!ring->abandoned && !ring->ended && ring->read[reader] == ring->written)
		pthread_cond_wait(&ring->changed, &ring->lock);
	if (!ring->abandoned && ring->read[reader] < ring->written) {
		size_t index = ring->read[reader] % RING_BLOCKS;
		block = ring->memory + index * RING_BLOCK_BYTES;
		*length = ring->lengths[index];
	}
	pthread_mutex_unlock(&ring->lock);
	return block;
}

void ring_release(struct ring *ring, unsigned reader)
{
	pthread_mutex_lock(&ring->lock);
	ring->read[reader]++;
	pthread_cond_broadcast(&ring->changed);
	pthread_mutex_unlock(&ring->lock);
}

void ring_abandon(struct ring *ring)
{
	pthread_mutex_lock(&ring->lock);
	ring->abandoned = true;
	pthread_cond_broadcast(&ring->changed);
	pthread_mutex_unlock(&ring->lock);
}

bool ring_is_abandoned(struct ring *ring)
{
	pthread_mutex_lock(&ring->lock);
	bool abandoned = ring->abandoned;
	pthread_mutex_unlock(&ring->lock);
	return abandoned;
}
