// The few memory and string functions the monitor needs (and the compiler calls), since it links no C library.
#pragma once

#include <stddef.h>
#include <stdint.h>

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *a, const void *b, size_t size);
size_t strlen(const char *string);
int strcmp(const char *a, const char *b);

/** Sixteen bytes looked at in one go; may lie at any address. */
typedef uint8_t bytes16 __attribute__((vector_size(16), aligned(1), may_alias));
typedef uint64_t words2 __attribute__((vector_size(16)));

/** Which of sixteen comparison results (0x00 or 0xff each) comes first; 16 when none is set. */
static inline unsigned first_set(bytes16 mask)
{
	words2 words = (words2)mask;
	if (words[0])
		return (unsigned)__builtin_ctzll(words[0]) / 8;
	if (words[1])
		return 8 + (unsigned)__builtin_ctzll(words[1]) / 8;
	return 16;
}

/** So many bytes behind a text may be read with it by who asks for it, so that its end is looked at sixteen bytes at a time, too. */
#define READ_AHEAD 15

/** The first `byte` in [from, from + size), or NULL. */
static inline const uint8_t *find_byte(const uint8_t *from, uint8_t byte, size_t size)
{
	const uint8_t *end = from + size;
	for (; end - from >= 16; from += 16) {
		unsigned at = first_set((bytes16)(*(const bytes16 *)from == byte));
		if (at < 16)
			return from + at;
	}
	for (; from < end; from++)
		if (*from == byte)
			return from;
	return NULL;
}
