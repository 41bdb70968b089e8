// One direction of a proxied connection: bytes go from a socket through a pipe to another socket, by splice().
#pragma once

#include "loop.h"
#include <stdbool.h>
#include <stddef.h>

/** A socket, and what it can do as far as is known: true until the kernel says EAGAIN. */
struct side {
	struct watch watch;
	bool readable;
	bool writable;
};

struct pipe {
	/** To read from, to write to. */
	int ends[2];
	/** What it holds, in bytes, if the kernel fills its pages. */
	size_t size;
};

/** From one side to the other. */
struct flow {
	struct pipe pipe;
	bool has_pipe;
	/** Bytes in the pipe. */
	size_t held;
	/** The source gives no more. */
	bool ended;
	/** The target was told so. */
	bool shut;
};

enum flow_result {
	/** A socket must become ready first, or all is done. */
	FLOW_WAITS,
	/** It had its share of this turn. */
	FLOW_MORE,
	/** The connection is of no use any more. */
	FLOW_BROKEN,
};

/** Moves bytes, and the end of the data behind the last of them. */
enum flow_result flow_run(struct flow *flow, struct side *from, struct side *to);

/** Lets go of the pipe. */
void flow_close(struct flow *flow);
