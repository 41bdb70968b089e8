// What passes between a container's process, before its program runs, and the monitor-to-be that made it: "go" down;
// "ready" with descriptors, or an error, up. The end of the connection, by exec, says that the program runs.
#pragma once

#include "common/error.h"

enum channel_news {
	CHANNEL_LOST, // the other end is gone
	CHANNEL_READY,
	CHANNEL_FAILED,
};

/** A connected pair of close-on-exec descriptors: [0] for the monitor-to-be, [1] for the process. */
int channel_open(int ends[2], struct error *err);

/** Lets the process go on past channel_wait(). */
void channel_go(int parent_end);

/** Waits for "go"; fails when the monitor-to-be died. */
int channel_wait(int child_end, struct error *err);

/** Whether the monitor-to-be is still there. */
int channel_alive(int child_end, struct error *err);

/** Sends the root, and the pty's master when there is one (-1: none). */
int channel_ready(int child_end, int root, int master, struct error *err);

/** Tells what went wrong. Uses write(2) only: a seccomp filter may be loaded already. */
void channel_fail(int child_end, const struct error *error);

/** Waits for news. CHANNEL_READY fills `*root` and `*master`, CHANNEL_FAILED `*reason`. */
enum channel_news channel_read(int parent_end, int *root, int *master, struct error *reason);
