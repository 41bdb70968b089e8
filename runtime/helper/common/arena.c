// Memory that is given back all at once.
#include "common/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct arena_chunk {
	struct arena_chunk *next;
	max_align_t data[];
};

void *arena_take(struct arena *arena, size_t bytes)
{
	struct arena_chunk *chunk = calloc(1, sizeof *chunk + bytes);
	if (!chunk) {
		fputs("berth: out of memory\n", stderr);
		abort();
	}
	chunk->next = arena->chunks;
	arena->chunks = chunk;
	return chunk->data;
}

char *arena_print(struct arena *arena, const char *format, ...)
{
	va_list args, again;
	va_start(args, format);
	va_copy(again, args);
	int length = vsnprintf(NULL, 0, format, args);
	va_end(args);
	char *text = arena_take(arena, (size_t)(length < 0 ? 0 : length) + 1);
	vsnprintf(text, (size_t)(length < 0 ? 0 : length) + 1, format, again);
	va_end(again);
	return text;
}

void arena_release(struct arena *arena)
{
	while (arena->chunks) {
		struct arena_chunk *chunk = arena->chunks;
		arena->chunks = chunk->next;
		free(chunk);
	}
}
