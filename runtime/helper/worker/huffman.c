// Package-merge: level by level, a list of all symbols and of the pairs of the level below, lightest first. The lightest 2n - 2 items
// of the last level say how long the codes are: a symbol gets one bit for every level on which it is among those that count.
//
// Of a pair and a symbol that weigh the same the pair comes first, of two symbols the lower one. Any order would do for a good code, but
// this one gives Go's codes, and deflate.c tells why we want those.
#include "worker/huffman.h"

#include <stdlib.h>
#include <string.h>

#define BITS_MAX 15
#define SYMBOL_BITS 9

/** A symbol below its count: sorting by it sorts by both. */
static int compare_keys(const void *a, const void *b)
{
	uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
	return (left > right) - (left < right);
}

/** Merges the symbols' weights and the pairs of the list below. `symbols_in[i]` becomes how many of the first `i` items are symbols. */
static size_t next_level(const uint32_t *keys, size_t n, const uint32_t *below, size_t below_count, uint32_t *list, uint16_t *symbols_in)
{
	size_t pairs = below_count / 2, symbol = 0, pair = 0, i = 0;
	symbols_in[0] = 0;
	while (i < 2 * n - 2 && (symbol < n || pair < pairs)) {
		uint32_t light = symbol < n ? keys[symbol] >> SYMBOL_BITS : UINT32_MAX;
		uint32_t both = pair < pairs ? below[2 * pair] + below[2 * pair + 1] : UINT32_MAX;
		size_t is_symbol = light < both;
		list[i++] = is_symbol ? light : both;
		symbol += is_symbol;
		pair += !is_symbol;
		symbols_in[i] = (uint16_t)symbol;
	}
	return i;
}

void huffman_lengths(const uint32_t *counts, size_t symbols, unsigned limit, uint8_t *lengths)
{
	uint32_t keys[HUFFMAN_SYMBOLS_MAX];
	uint32_t lists[2][2 * HUFFMAN_SYMBOLS_MAX];
	uint16_t symbols_in[BITS_MAX][2 * HUFFMAN_SYMBOLS_MAX];
	size_t n = 0;
	for (size_t i = 0; i < symbols; i++) {
		lengths[i] = counts[i] > 0;
		if (counts[i] > 0)
			keys[n++] = counts[i] << SYMBOL_BITS | (uint32_t)i;
	}
	if (n <= 2)
		return;
	qsort(keys, n, sizeof *keys, compare_keys);
	if (limit > n - 1)
		limit = (unsigned)n - 1;
	size_t in_list = 0;
	for (unsigned level = 0; level < limit; level++)
		in_list = next_level(keys, n, lists[level % 2], in_list, lists[(level + 1) % 2], symbols_in[level]);
	for (size_t i = 0; i < n; i++)
		lengths[keys[i] & ((1u << SYMBOL_BITS) - 1)] = 0;
	size_t counting = 2 * n - 2;
	for (unsigned level = limit; level-- > 0 && counting > 0;) {
		size_t light = symbols_in[level][counting];
		for (size_t i = 0; i < light; i++)
			lengths[keys[i] & ((1u << SYMBOL_BITS) - 1)]++;
		counting = 2 * (counting - light);
	}
}

static uint16_t reversed(unsigned code, unsigned bits)
{
	unsigned result = 0;
	for (; bits > 0; bits--, code >>= 1)
		result = result << 1 | (code & 1);
	return (uint16_t)result;
}

void huffman_codes(const uint8_t *lengths, size_t symbols, uint16_t *codes)
{
	unsigned of_length[BITS_MAX + 1] = { 0 }, next[BITS_MAX + 1], code = 0;
	for (size_t i = 0; i < symbols; i++)
		of_length[lengths[i]]++;
	of_length[0] = 0;
	for (unsigned bits = 1; bits <= BITS_MAX; bits++)
		next[bits] = code = (code + of_length[bits - 1]) << 1;
	for (size_t i = 0; i < symbols; i++)
		codes[i] = lengths[i] > 0 ? reversed(next[lengths[i]]++, lengths[i]) : 0;
}
