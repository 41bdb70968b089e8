// One epoll descriptor, one thread: watches on descriptors and one-shot timers. A turn of the loop handles what is ready,
// fires what is due and then runs the turn's end, where what was written in the turn is flushed and the dead are freed.
#pragma once

#include "fault.h"
#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>

/** A descriptor and who is called when it is ready. Embedded in what it belongs to; must not move while registered. */
struct watch {
	int fd;
	bool registered;
	uint32_t events;
	void (*ready)(struct watch *watch, uint32_t events);
};

/** A one-shot timer, embedded likewise. */
struct timer {
	int64_t due_ms;
	bool armed;
	void (*fire)(struct timer *timer);
	struct timer *next;
	struct timer *previous;
};

/** What a `struct watch *` or `struct timer *` is embedded in. */
#define container_of(pointer, type, member) ((type *)((char *)(pointer) - __builtin_offsetof(type, member)))

int loop_open(struct fault *fault);

/** Waits for these events from now on (EPOLLHUP and EPOLLERR always come too). Returns 0 or a negative errno. */
int watch_start(struct watch *watch, uint32_t events);

/** Waits for nothing any more, not even for a hang-up. Must precede close(). */
void watch_stop(struct watch *watch);

/** Milliseconds of a clock that is never set. */
int64_t loop_now_ms(void);

/** (Re)starts a timer; it fires once, `after_ms` from now. */
void timer_start(struct timer *timer, int64_t after_ms);
void timer_stop(struct timer *timer);

/** Turns until loop_stop(). `turn_end` returns true when it left work behind that must not wait for an event. */
void loop_run(bool (*turn_end)(void));
void loop_stop(void);
