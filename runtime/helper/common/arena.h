// Memory that is given back all at once: what one request needs lives in one arena.
#pragma once

#include <stddef.h>

struct arena_chunk;

struct arena {
	struct arena_chunk *chunks;
};

/** Zeroed memory, aligned for anything. Ends the program when there is none: requests are bounded. */
void *arena_take(struct arena *arena, size_t bytes);

/** printf() into the arena. */
__attribute__((format(printf, 2, 3))) char *arena_print(struct arena *arena, const char *format, ...);

void arena_release(struct arena *arena);
