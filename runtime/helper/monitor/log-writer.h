// A process of its own that writes the log where a slow disk shall not hold the program up (mode=non-blocking). It lives as long
// as the monitor and writes what is left when that dies.
#pragma once

#include "fault.h"
#include <stdbool.h>

/** What the log has to say to its writer. */
struct writer_calls {
	/** In the writer: writes all that waits. */
	void (*drain)(void);
	/** In the monitor: the writer has ended, because it was told to or because somebody killed it. */
	void (*gone)(void);
};

/** Starts it. Before the monitor gives up its rights, which the writer does by itself. */
int writer_start(const struct writer_calls *calls, struct fault *fault);

/** Tells it that something waits. */
void writer_wake(void);

/** Lets it write what waits, and end. */
void writer_finish(void);

/** Whether it began a new file since this was asked. */
bool writer_rotated(void);
