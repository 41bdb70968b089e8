// Frames on a stream socket: a 32-bit big-endian length and that many bytes of JSON. Non-blocking in both directions.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "common/error.h"

/** The longest body that is taken or given, in bytes. */
#define FRAME_MAX_BYTES (4u << 20)

struct frame_buffer {
	char *data;
	size_t length;
	size_t capacity;
};

struct frame_channel {
	int fd;
	struct frame_buffer in;
	struct frame_buffer out;
	/** Bytes at the start of `in` that were handed out already. */
	size_t taken;
};

/** Takes over `fd` and makes it non-blocking. */
int frame_channel_open(struct frame_channel *channel, int fd, struct error *err);

/** Reads what is there. 1: the peer is gone or broke the protocol, 0: go on. */
int frame_channel_fill(struct frame_channel *channel);

/** The next whole frame's body, valid until the next fill; false when there is none (or `*bad`: it is too long). */
bool frame_channel_next(struct frame_channel *channel, const char **body, size_t *length, bool *bad);

/** Queues one frame; it leaves with the next flush. */
int frame_channel_put(struct frame_channel *channel, const char *body, size_t length, struct error *err);

/** Writes what can be written. 1: the peer is gone, 0: go on. */
int frame_channel_flush(struct frame_channel *channel);

/** Whether bytes wait for the socket to take them. */
static inline bool frame_channel_waiting(const struct frame_channel *channel)
{
	return channel->out.length > 0;
}
