// Each block is written in the shortest of three ways: with the codes that the format knows, with codes of its own, or as it is. How long
// they are is weighed as Go weighs it, so that the choice is the same; deflate.c tells why.
#include "worker/deflate-block.h"

#include <string.h>

#include "worker/huffman.h"

#define END_OF_BLOCK 256
#define STORED_MAX 65535
#define BITS_MAX 15
#define LENGTH_BITS_MAX 7
#define LENGTH_SYMBOLS 19
#define REPEAT_LAST 16
#define REPEAT_ZERO 17
#define REPEAT_ZERO_LONG 18

enum way { STORED, FIXED, DYNAMIC };

/** A code with the bits that follow it. */
struct code {
	uint32_t bits;
	uint32_t count;
};

struct codes {
	uint8_t literal_lengths[LITERAL_SYMBOLS + 2], distance_lengths[DISTANCE_SYMBOLS];
	size_t literals, distances;
};

/** The lengths of both codes, in the format's short form: a symbol, and above it what follows. */
struct short_form {
	uint16_t items[LITERAL_SYMBOLS + DISTANCE_SYMBOLS];
	size_t count;
	uint32_t counts[LENGTH_SYMBOLS];
	uint8_t lengths[LENGTH_SYMBOLS];
	/** How many of the lengths are written. */
	size_t written;
};

static const uint8_t repeat_bits[] = { [REPEAT_LAST] = 2, [REPEAT_ZERO] = 3, [REPEAT_ZERO_LONG] = 7 };

/** The order in which the lengths of the lengths' own codes are written. */
static const uint8_t length_order[LENGTH_SYMBOLS] = { 16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15 };

static inline void add_bits(struct deflate_block *block, uint64_t bits, unsigned count)
{
	block->bits |= bits << block->bit_count;
	block->bit_count += count;
}

/** Moves whole bytes out, so that there is room for 56 bits. */
static inline void drain(struct deflate_block *block)
{
	for (unsigned i = 0; i < 8; i++)
		block->bytes[block->filled + i] = (uint8_t)(block->bits >> 8 * i);
	block->filled += block->bit_count / 8;
	block->bits >>= block->bit_count & ~7u;
	block->bit_count &= 7;
}

/** Fills the last byte up. */
static void align(struct deflate_block *block)
{
	block->bit_count = (block->bit_count + 7) & ~7u;
	drain(block);
}

/** Bits that follow the symbol of a length or of a distance, and that symbol of a length less MATCH_BASE. */
static unsigned extra_of_distance(unsigned symbol)
{
	return symbol < 4 ? 0 : symbol / 2 - 1;
}

static unsigned extra_of_length(unsigned length)
{
	return length < 8 || length == 255 ? 0 : 29 - (unsigned)__builtin_clz(length);
}

static unsigned length_symbol(unsigned length)
{
	if (length == 255)
		return END_OF_BLOCK + 29;
	unsigned extra = extra_of_length(length);
	return END_OF_BLOCK + 1 + 4 * extra + (length >> extra);
}

static void set_fixed(struct codes *codes)
{
	memset(codes->literal_lengths, 8, sizeof codes->literal_lengths);
	memset(codes->literal_lengths + 144, 9, 112);
	memset(codes->literal_lengths + 256, 7, 24);
	memset(codes->distance_lengths, 5, sizeof codes->distance_lengths);
}

static uint64_t cost(const uint32_t *counts, const uint8_t *lengths, size_t symbols)
{
	uint64_t bits = 0;
	for (size_t i = 0; i < symbols; i++)
		bits += (uint64_t)counts[i] * lengths[i];
	return bits;
}

static void add_short(struct short_form *form, unsigned symbol, unsigned follows)
{
	form->items[form->count++] = (uint16_t)(symbol | follows << 8);
	form->counts[symbol]++;
}

static void add_run(struct short_form *form, unsigned length, size_t run)
{
	if (length > 0) {
		add_short(form, length, 0);
		for (run--; run >= 3;) {
			size_t n = run < 6 ? run : 6;
			add_short(form, REPEAT_LAST, (unsigned)n - 3);
			run -= n;
		}
	} else {
		while (run >= 11) {
			size_t n = run < 138 ? run : 138;
			add_short(form, REPEAT_ZERO_LONG, (unsigned)n - 11);
			run -= n;
		}
		if (run >= 3) {
			add_short(form, REPEAT_ZERO, (unsigned)run - 3);
			run = 0;
		}
	}
	for (; run > 0; run--)
		add_short(form, length, 0);
}

/** Both codes' lengths are one list; a run may go from the one into the other. Answers how many bits it takes. */
static uint64_t shorten(const struct codes *codes, struct short_form *form)
{
	uint8_t all[LITERAL_SYMBOLS + DISTANCE_SYMBOLS];
	size_t count = codes->literals + codes->distances;
	memset(form, 0, sizeof *form);
	memcpy(all, codes->literal_lengths, codes->literals);
	memcpy(all + codes->literals, codes->distance_lengths, codes->distances);
	for (size_t start = 0, end; start < count; start = end) {
		for (end = start + 1; end < count && all[end] == all[start];)
			end++;
		add_run(form, all[start], end - start);
	}
	huffman_lengths(form->counts, LENGTH_SYMBOLS, LENGTH_BITS_MAX, form->lengths);
	form->written = LENGTH_SYMBOLS;
	while (form->written > 4 && form->lengths[length_order[form->written - 1]] == 0)
		form->written--;
	uint64_t bits = 5 + 5 + 4 + 3 * form->written + cost(form->counts, form->lengths, LENGTH_SYMBOLS);
	for (unsigned symbol = REPEAT_LAST; symbol <= REPEAT_ZERO_LONG; symbol++)
		bits += (uint64_t)form->counts[symbol] * repeat_bits[symbol];
	return bits;
}

static void write_short(struct deflate_block *block, const struct codes *codes, const struct short_form *form)
{
	uint16_t words[LENGTH_SYMBOLS];
	huffman_codes(form->lengths, LENGTH_SYMBOLS, words);
	add_bits(block, (codes->literals - 257) | (codes->distances - 1) << 5 | (form->written - 4) << 10, 14);
	for (size_t i = 0; i < form->written; i++) {
		drain(block);
		add_bits(block, form->lengths[length_order[i]], 3);
	}
	for (size_t i = 0; i < form->count; i++) {
		unsigned symbol = form->items[i] & 0xff;
		drain(block);
		add_bits(block, words[symbol], form->lengths[symbol]);
		if (symbol >= REPEAT_LAST)
			add_bits(block, form->items[i] >> 8, repeat_bits[symbol]);
	}
	drain(block);
}

static void write_tokens(struct deflate_block *block, const struct codes *codes)
{
	uint16_t words[LITERAL_SYMBOLS + 2], distance_words[DISTANCE_SYMBOLS];
	struct code literals[END_OF_BLOCK + 1], lengths[256], distances[DISTANCE_SYMBOLS];
	huffman_codes(codes->literal_lengths, sizeof codes->literal_lengths, words);
	huffman_codes(codes->distance_lengths, DISTANCE_SYMBOLS, distance_words);
	for (unsigned i = 0; i <= END_OF_BLOCK; i++)
		literals[i] = (struct code){ words[i], codes->literal_lengths[i] };
	for (unsigned i = 0; i < 256; i++) {
		unsigned symbol = length_symbol(i), extra = extra_of_length(i), bits = codes->literal_lengths[symbol];
		lengths[i] = (struct code){ words[symbol] | (i & ((1u << extra) - 1)) << bits, bits + extra };
	}
	for (unsigned i = 0; i < DISTANCE_SYMBOLS; i++)
		distances[i] = (struct code){ distance_words[i], codes->distance_lengths[i] };
	for (size_t i = 0; i < block->token_count; i++) {
		uint32_t token = block->tokens[i];
		if (token < TOKEN_MATCH) {
			add_bits(block, literals[token].bits, literals[token].count);
		} else {
			const struct code *length = &lengths[token >> TOKEN_LENGTH_SHIFT & 0xff];
			unsigned distance = token & 0x7fff, symbol = distance_symbol(distance), extra = extra_of_distance(symbol);
			add_bits(block, length->bits, length->count);
			add_bits(block, distances[symbol].bits, distances[symbol].count);
			add_bits(block, distance & ((1u << extra) - 1), extra);
		}
		drain(block);
	}
	add_bits(block, literals[END_OF_BLOCK].bits, literals[END_OF_BLOCK].count);
	drain(block);
}

static void write_stored(struct deflate_block *block, const uint8_t *plain, size_t length, bool last)
{
	add_bits(block, last | STORED << 1, 3);
	align(block);
	add_bits(block, length | (~length & 0xffff) << 16, 32);
	drain(block);
	memcpy(block->bytes + block->filled, plain, length);
	block->filled += length;
}

static int put_bytes(struct deflate_block *block, struct error *err)
{
	size_t filled = block->filled;
	block->filled = 0;
	return filled > 0 ? block->put(block->context, block->bytes, filled, err) : 0;
}

int block_write(struct deflate_block *block, const uint8_t *plain, size_t length, struct error *err)
{
	uint32_t literals[LITERAL_SYMBOLS] = { 0 };
	struct codes own = { .literals = LITERAL_SYMBOLS, .distances = DISTANCE_SYMBOLS }, fixed;
	struct short_form form;
	uint64_t extra = 0;
	memcpy(literals, block->literals, sizeof block->literals);
	literals[END_OF_BLOCK] = 1;
	for (unsigned i = 0; i < 256; i++) {
		literals[length_symbol(i)] += block->lengths[i];
		extra += (uint64_t)block->lengths[i] * extra_of_length(i);
	}
	for (unsigned i = 0; i < DISTANCE_SYMBOLS; i++)
		extra += (uint64_t)block->distances[i] * extra_of_distance(i);
	while (literals[own.literals - 1] == 0)
		own.literals--;
	while (own.distances > 1 && block->distances[own.distances - 1] == 0)
		own.distances--;
	// Without any match one distance is counted all the same: its code cannot be empty.
	if (own.distances == 1 && block->distances[0] == 0)
		block->distances[0] = 1;
	huffman_lengths(literals, LITERAL_SYMBOLS, BITS_MAX, own.literal_lengths);
	huffman_lengths(block->distances, DISTANCE_SYMBOLS, BITS_MAX, own.distance_lengths);
	set_fixed(&fixed);
	uint64_t shortest = 3 + extra + cost(literals, fixed.literal_lengths, LITERAL_SYMBOLS) +
			    cost(block->distances, fixed.distance_lengths, DISTANCE_SYMBOLS);
	uint64_t dynamic = 3 + extra + shorten(&own, &form) + cost(literals, own.literal_lengths, LITERAL_SYMBOLS) +
			   cost(block->distances, own.distance_lengths, DISTANCE_SYMBOLS);
	enum way way = FIXED;
	if (dynamic < shortest) {
		way = DYNAMIC;
		shortest = dynamic;
	}
	if (plain && length <= STORED_MAX && 8 * (length + 5) < shortest) {
		write_stored(block, plain, length, false);
	} else {
		add_bits(block, way << 1, 3);
		if (way == DYNAMIC)
			write_short(block, &own, &form);
		write_tokens(block, way == DYNAMIC ? &own : &fixed);
	}
	block->token_count = 0;
	memset(block->literals, 0, sizeof block->literals);
	memset(block->lengths, 0, sizeof block->lengths);
	memset(block->distances, 0, sizeof block->distances);
	return put_bytes(block, err);
}

int block_write_last(struct deflate_block *block, struct error *err)
{
	write_stored(block, (const uint8_t *)"", 0, true);
	return put_bytes(block, err);
}
