// Huffman codes of limited length (RFC 1951, 3.2.2).
#pragma once

#include <stddef.h>
#include <stdint.h>

/** The most symbols that a code of deflate has, and the most that one of them is counted. */
#define HUFFMAN_SYMBOLS_MAX 286
#define HUFFMAN_COUNT_MAX 0x7fffff

/** How many bits each symbol gets, at most `limit` (15 or less): 0 for one that does not occur, 1 for each of one or two. */
void huffman_lengths(const uint32_t *counts, size_t symbols, unsigned limit, uint8_t *lengths);

/** The codes that follow from the lengths, their first bit lowest, as deflate writes them. */
void huffman_codes(const uint8_t *lengths, size_t symbols, uint16_t *codes);
