// Docker's stream frames, [type,0,0,0, length BE32], and what a client may send in them.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define FRAME_HEAD_SIZE 8
#define FRAME_CLIENT_MAX 65536
#define FRAME_MONITOR_MAX 32768
/** The longest payload of a client's frame that is not stdin. */
#define FRAME_SMALL_MAX 34

enum frame_type {
	FRAME_STDIN = 0,
	FRAME_STDOUT = 1,
	FRAME_STDERR = 2,
	FRAME_STDIN_EOF = 4,
	FRAME_RESIZE = 5,
	FRAME_SIGNAL = 6,
	FRAME_CLIENT_HELLO = 7,
	FRAME_MONITOR_HELLO = 8,
	FRAME_EXIT = 9,
	FRAME_GO = 10,
	FRAME_ROTATED = 11,
	FRAME_OOM = 12,
	FRAME_TARGETS = 13,
};

enum hello_flag {
	HELLO_WANTS_STDOUT = 1,
	HELLO_WANTS_STDERR = 2,
	HELLO_GIVES_STDIN = 4,
	HELLO_CONTROL = 8,
};

static inline uint32_t read_be32(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/** Writes the head of a frame. */
static inline void frame_write_head(uint8_t head[FRAME_HEAD_SIZE], enum frame_type type, uint32_t size)
{
	head[0] = (uint8_t)type;
	head[1] = head[2] = head[3] = 0;
	head[4] = (uint8_t)(size >> 24);
	head[5] = (uint8_t)(size >> 16);
	head[6] = (uint8_t)(size >> 8);
	head[7] = (uint8_t)size;
}

/** Reads the head of a client's frame; false unless the type is one of a client's and the payload has its length. */
static inline bool frame_read_head(const uint8_t head[FRAME_HEAD_SIZE], enum frame_type *type, uint32_t *size)
{
	if (head[1] | head[2] | head[3])
		return false;
	*type = (enum frame_type)head[0];
	*size = read_be32(head + 4);
	switch (head[0]) {
	case FRAME_STDIN:
		return *size <= FRAME_CLIENT_MAX;
	case FRAME_STDIN_EOF:
	case FRAME_GO:
		return *size == 0;
	case FRAME_RESIZE:
	case FRAME_SIGNAL:
		return *size == 4;
	case FRAME_CLIENT_HELLO:
		return *size == 2;
	case FRAME_TARGETS:
		return *size == 34;
	default:
		return false;
	}
}
