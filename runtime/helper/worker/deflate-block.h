// A block of deflate (RFC 1951, 3.2): tokens are gathered and counted, then written the shortest way.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/error.h"

/** A block ends when it has so many tokens. */
#define BLOCK_TOKENS 16384
/** The shortest match that deflate can express. */
#define MATCH_BASE 3
/** Bit of a token that is a match; the length is above the distance. */
#define TOKEN_MATCH (1u << 24)
#define TOKEN_LENGTH_SHIFT 16

#define LITERAL_SYMBOLS 286
#define DISTANCE_SYMBOLS 30

/** Takes the compressed bytes, in order. */
typedef int deflate_put(void *context, const void *bytes, size_t length, struct error *err);

struct deflate_block {
	deflate_put *put;
	void *context;
	/** A literal's byte, or TOKEN_MATCH with the length less MATCH_BASE and the distance less 1. */
	uint32_t tokens[BLOCK_TOKENS];
	size_t token_count;
	/** How often each literal, length (less MATCH_BASE) and symbol of a distance comes. */
	uint32_t literals[256], lengths[256], distances[DISTANCE_SYMBOLS];
	/** Bits that are no whole byte yet, lowest first. */
	uint64_t bits;
	unsigned bit_count;
	/** What was written of the block; the longest token has 48 bits, and what comes before them a few hundred bytes. */
	size_t filled;
	uint8_t bytes[BLOCK_TOKENS * 6 + 4096];
};

/** The symbol of a distance less 1 (RFC 1951, 3.2.5): its two highest bits and how many follow. */
static inline unsigned distance_symbol(unsigned distance)
{
	if (distance < 4)
		return distance;
	unsigned extra = 30 - (unsigned)__builtin_clz(distance);
	return 2 * extra + (distance >> extra);
}

static inline void block_add_literal(struct deflate_block *block, uint8_t byte)
{
	block->tokens[block->token_count++] = byte;
	block->literals[byte]++;
}

static inline void block_add_match(struct deflate_block *block, unsigned length, unsigned distance)
{
	length -= MATCH_BASE;
	distance--;
	block->tokens[block->token_count++] = TOKEN_MATCH | length << TOKEN_LENGTH_SHIFT | distance;
	block->lengths[length]++;
	block->distances[distance_symbol(distance)]++;
}

/** Writes the block and begins a new one. `plain` is what its tokens stand for, or NULL when that is no longer known. */
int block_write(struct deflate_block *block, const uint8_t *plain, size_t length, struct error *err);

/** Writes an empty last block, to the end of its last byte. */
int block_write_last(struct deflate_block *block, struct error *err);
