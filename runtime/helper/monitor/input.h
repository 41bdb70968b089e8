// The program's stdin: frames of clients are written one after the other, each whole, in the order in which they came.
#pragma once

#include "fault.h"
#include "options.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** A frame's payload on its way. It belongs to its client, who keeps it until `taken` was called. */
struct stdin_frame {
	const uint8_t *bytes;
	size_t size;
	size_t sent;
	bool waiting;
	void (*taken)(struct stdin_frame *frame);
	struct stdin_frame *next;
};

int input_open(const struct options *options, struct fault *fault);

/** Writes the frame, or drops it when stdin is closed. True: done at once; false: `taken` will be called. */
bool input_write(struct stdin_frame *frame);

/** Takes a frame that waits out of the queue: its client is being freed. */
void input_forget(struct stdin_frame *frame);

/** A client that gives stdin sent eof, half-closed or left: with `once` this is the program's end of input. */
void input_giver_ended(void);

/** Closes stdin; frames that wait are dropped. */
void input_close(void);
