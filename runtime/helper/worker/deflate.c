// Finds matches, as Go's compress/flate does at its default level: which matches are found, and where they are not looked for, decides the
// bytes. Docker compresses what it pushes with Go's, so an image that is pulled and pushed elsewhere keeps its digests, and a registry
// takes our layer for the one that it has. No library writes these bytes, which is why there is a compressor of our own.
//
// A match has at least 4 bytes and is found by the hash of them: the last 128 places with the same hash are looked at, the nearest
// first, until one matches for 128 bytes. It waits for whether the next place has a longer one, if it has fewer than 16 bytes. There are two
// windows of input, which move on by one window when less than a longest match is left; what is before their start is not matched, though
// it may be less than a window away. They also move when a call's bytes end just then, and so the calls decide, for the one place
// that is exactly a longest match before the end of both windows, whether it can be matched with the last bytes before their new start.
#include "worker/deflate.h"

#include <string.h>

#define MATCH_MIN 4
#define MATCH_MAX 258
/** Without a match. */
#define NO_LENGTH (MATCH_MIN - 1)
/** So much is known of what comes before a place is looked at, but at the end of the input. */
#define AHEAD_MIN (MATCH_MAX + MATCH_MIN)
#define TRIES 128
#define LONG_ENOUGH 128
/** A match with so many bytes does not wait. */
#define WORTH_TAKING 16
/** A match of MATCH_MIN bytes is not worth more distance than this. */
#define SHORT_DISTANCE_MAX 4096
#define INPUT_END (1 + 2 * (size_t)WINDOW_BYTES)

static inline uint32_t load_32(const uint8_t *from)
{
	uint32_t value;
	memcpy(&value, from, sizeof value);
	return value;
}

static inline uint32_t hash(const uint8_t *from)
{
	uint32_t value = (uint32_t)from[0] << 24 | (uint32_t)from[1] << 16 | (uint32_t)from[2] << 8 | from[3];
	return value * 0x1e35a7bdu >> (32 - HASH_BITS);
}

/** How many bytes are the same, at most `most`; up to 7 behind them are read. */
static inline unsigned same_bytes(const uint8_t *a, const uint8_t *b, unsigned most)
{
	for (unsigned n = 0; n < most; n += 8) {
		uint64_t left, right;
		memcpy(&left, a + n, sizeof left);
		memcpy(&right, b + n, sizeof right);
		if (left != right) {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
			n += (unsigned)__builtin_ctzll(left ^ right) / 8;
#else
			n += (unsigned)__builtin_clzll(left ^ right) / 8;
#endif
			return n < most ? n : most;
		}
	}
	return most;
}

/** The longest match with more than `length` bytes, and at most `most`, or `length` when there is none. */
static inline unsigned find_longer(struct deflate *deflate, unsigned length, unsigned most)
{
	const size_t place = deflate->place, oldest = place > WINDOW_BYTES ? place - WINDOW_BYTES : 1;
	const uint8_t *here = deflate->input + place;
	unsigned enough = most < LONG_ENOUGH ? most : LONG_ENOUGH;
	uint32_t last = load_32(here + length - 3);
	size_t candidate = deflate->older[place];
	for (unsigned tries = TRIES; tries > 0 && candidate >= oldest; tries--) {
		const uint8_t *there = deflate->input + candidate;
		// A longer one has the same bytes around where this one ends.
		if (load_32(there + length - 3) == last) {
			unsigned same = same_bytes(here, there, most);
			if (same > length && (same > MATCH_MIN || place - candidate <= SHORT_DISTANCE_MAX)) {
				length = same;
				deflate->distance = (unsigned)(place - candidate);
				if (length >= enough)
					break;
				last = load_32(here + length - 3);
			}
		}
		candidate = deflate->older[candidate];
	}
	return length;
}

static int end_block(struct deflate *deflate, struct error *err)
{
	size_t start = deflate->block_start;
	deflate->block_start = deflate->place;
	return block_write(&deflate->block, start > 0 ? deflate->input + start : NULL, deflate->place - start, err);
}

/** All places whose hash is known get what was before them. */
static void link_places(struct deflate *deflate)
{
	for (; deflate->linked + MATCH_MIN <= deflate->end; deflate->linked++) {
		uint16_t *newest = &deflate->newest[hash(deflate->input + deflate->linked)];
		deflate->older[deflate->linked] = *newest;
		*newest = (uint16_t)deflate->linked;
	}
}

/** Goes on while enough is known of what follows, or to the end. */
static inline int advance(struct deflate *deflate, bool last, struct error *err)
{
	link_places(deflate);
	for (;;) {
		size_t ahead = deflate->end - deflate->place, place = deflate->place;
		if (last ? ahead == 0 : ahead < AHEAD_MIN)
			return 0;
		unsigned length = deflate->length, distance = deflate->distance;
		deflate->length = NO_LENGTH;
		if (length < WORTH_TAKING && ahead > length) {
			unsigned most = last && ahead < MATCH_MAX ? (unsigned)ahead : MATCH_MAX;
			deflate->length = find_longer(deflate, length, most);
		}
		bool take = length >= MATCH_MIN && deflate->length <= length;
		if (take) {
			block_add_match(&deflate->block, length, distance);
			deflate->place += length - 1;
			deflate->length = NO_LENGTH;
			deflate->waits = false;
		} else if (deflate->waits) {
			block_add_literal(&deflate->block, deflate->input[place - 1]);
		}
		if (deflate->block.token_count == BLOCK_TOKENS && end_block(deflate, err) < 0)
			return -1;
		if (!take) {
			deflate->place++;
			deflate->waits = true;
		}
	}
}

/** Where a place comes to lie: those of the second window have the highest bit, the last one of the first goes with the others. */
static inline uint16_t less_window(uint16_t place)
{
	return place & (uint16_t)((int16_t)place >> 15 & INT16_MAX);
}

/** Forgets the first window. */
static void slide(struct deflate *deflate)
{
	memmove(deflate->input + 1, deflate->input + 1 + WINDOW_BYTES, WINDOW_BYTES);
	deflate->place -= WINDOW_BYTES;
	deflate->end -= WINDOW_BYTES;
	deflate->linked -= WINDOW_BYTES;
	deflate->block_start = deflate->block_start > WINDOW_BYTES ? deflate->block_start - WINDOW_BYTES : 0;
	for (size_t i = 0; i < 1u << HASH_BITS; i++)
		deflate->newest[i] = less_window(deflate->newest[i]);
	for (size_t i = 1; i <= WINDOW_BYTES; i++)
		deflate->older[i] = less_window(deflate->older[i + WINDOW_BYTES]);
}

void deflate_open(struct deflate *deflate, deflate_put *put, void *context)
{
	memset(deflate, 0, sizeof *deflate);
	deflate->block.put = put;
	deflate->block.context = context;
	deflate->end = deflate->linked = deflate->place = deflate->block_start = 1;
	deflate->length = NO_LENGTH;
}

int deflate_add(struct deflate *deflate, const uint8_t *bytes, size_t length, struct error *err)
{
	while (length > 0) {
		if (deflate->place >= INPUT_END - AHEAD_MIN)
			slide(deflate);
		size_t n = INPUT_END - deflate->end;
		if (n > length)
			n = length;
		memcpy(deflate->input + deflate->end, bytes, n);
		deflate->end += n;
		bytes += n;
		length -= n;
		if (advance(deflate, false, err) < 0)
			return -1;
	}
	return 0;
}

int deflate_end(struct deflate *deflate, struct error *err)
{
	if (advance(deflate, true, err) < 0)
		return -1;
	if (deflate->waits)
		block_add_literal(&deflate->block, deflate->input[deflate->place - 1]);
	if (deflate->block.token_count > 0 && end_block(deflate, err) < 0)
		return -1;
	return block_write_last(&deflate->block, err);
}
