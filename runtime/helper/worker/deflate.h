// Deflate (RFC 1951), the very bytes that Go's compress/flate writes at its default level.
#pragma once

#include "worker/deflate-block.h"

#define WINDOW_BYTES 32768u
#define HASH_BITS 17

struct deflate {
	struct deflate_block block;
	/** Two windows of the input. Places in it begin with 1, so that 0 is nowhere; a few bytes behind its end may be read. */
	uint8_t input[1 + 2 * WINDOW_BYTES + 8];
	/** For each place the one before it with the same hash, and the last place with each hash. */
	uint16_t older[1 + 2 * WINDOW_BYTES];
	uint16_t newest[1u << HASH_BITS];
	/** Where the input ends, where it is linked to, which place is next, and where the block begins (0: no longer here). */
	size_t end, linked, place, block_start;
	/** What was found at the place before, which waits for whether the next place is better: a match, or the byte alone. */
	unsigned length, distance;
	bool waits;
};

/** Begins a stream; `put` gets the bytes. */
void deflate_open(struct deflate *deflate, deflate_put *put, void *context);

/** Where the calls cut the input can matter to the output: deflate.c says when. */
int deflate_add(struct deflate *deflate, const uint8_t *bytes, size_t length, struct error *err);

/** Ends the stream. */
int deflate_end(struct deflate *deflate, struct error *err);
