// What is to be logged and waits for the writer (log-writer.h), in memory that both processes share. One puts, one takes.
#pragma once

#include "fault.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** The text of one message has at most so many bytes. */
#define MESSAGE_MAX_BYTES 16384

/** A line, or a piece of one. */
struct message {
	uint64_t time_ns;
	uint32_t size;
	uint8_t stream;
	/** The text is the end of its line. */
	bool newline;
	/** Earlier pieces of its line have the same time. */
	bool split;
};

/** `capacity` is the most that may wait, in bytes, the messages' heads among them. */
int ring_open(uint64_t capacity, struct fault *fault);

/** Puts a message behind the others; one that is more than may wait is dropped, unless it is the only one. */
void ring_put(const struct message *message, const uint8_t *text);

/** Takes the first; false when there is none. */
bool ring_take(struct message *message, uint8_t text[MESSAGE_MAX_BYTES]);
