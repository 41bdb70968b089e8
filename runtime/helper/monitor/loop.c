// Timers are a sorted list: there are few, and those of one kind are started in the order in which they end.
#include "loop.h"
#include "memory.h"
#include "system.h"

#define EVENTS_PER_TURN 64

static int epoll = -1;
static bool stopped;
static struct timer *first_timer, *last_timer;

int loop_open(struct fault *fault)
{
	epoll = sys_epoll_create();
	return epoll < 0 ? fault_set(fault, epoll, "make an epoll descriptor") : 0;
}

int watch_start(struct watch *watch, uint32_t events)
{
	if (watch->registered && watch->events == events)
		return 0;
	struct epoll_event event = { .events = events, .data.ptr = watch };
	int result = sys_epoll_ctl(epoll, watch->registered ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, watch->fd, &event);
	if (result < 0)
		return result;
	watch->registered = true;
	watch->events = events;
	return 0;
}

void watch_stop(struct watch *watch)
{
	if (!watch->registered)
		return;
	sys_epoll_ctl(epoll, EPOLL_CTL_DEL, watch->fd, NULL);
	watch->registered = false;
	watch->events = 0;
}

int64_t loop_now_ms(void)
{
	struct timespec now;
	sys_clock(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void timer_stop(struct timer *timer)
{
	if (!timer->armed)
		return;
	*(timer->previous ? &timer->previous->next : &first_timer) = timer->next;
	*(timer->next ? &timer->next->previous : &last_timer) = timer->previous;
	timer->armed = false;
}

void timer_start(struct timer *timer, int64_t after_ms)
{
	timer_stop(timer);
	timer->due_ms = loop_now_ms() + after_ms;
	struct timer *before = last_timer;
	while (before && before->due_ms > timer->due_ms)
		before = before->previous;
	timer->previous = before;
	timer->next = before ? before->next : first_timer;
	*(before ? &before->next : &first_timer) = timer;
	*(timer->next ? &timer->next->previous : &last_timer) = timer;
	timer->armed = true;
}

/** How long epoll may sleep: until the first timer, rounded up so that it is due then. */
static int sleep_ms(void)
{
	if (!first_timer)
		return -1;
	int64_t left = first_timer->due_ms - loop_now_ms();
	return left <= 0 ? 0 : left > 60000 ? 60000 : (int)left;
}

static void fire_timers(void)
{
	if (!first_timer)
		return;
	int64_t now = loop_now_ms();
	while (first_timer && first_timer->due_ms <= now) {
		struct timer *timer = first_timer;
		timer_stop(timer);
		timer->fire(timer);
	}
}

void loop_run(bool (*turn_end)(void))
{
	struct epoll_event events[EVENTS_PER_TURN];
	bool more = false;
	while (!stopped) {
		int count = sys_epoll_wait(epoll, events, EVENTS_PER_TURN, more ? 0 : sleep_ms());
		for (int i = 0; i < count; i++) {
			struct watch *watch = events[i].data.ptr;
			// An earlier handler of this turn may have stopped it.
			if (watch->registered)
				watch->ready(watch, events[i].events);
		}
		fire_timers();
		more = turn_end();
	}
}

void loop_stop(void)
{
	stopped = true;
}
