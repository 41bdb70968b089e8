// Only the first frame of the queue is being written; while the program does not read, the clients behind it wait.
#include "input.h"
#include "loop.h"
#include "system.h"

static struct watch watch = { .fd = -1 };
static enum stdin_mode mode;
static bool tty;
static struct stdin_frame *first, *last;

/** Writes on; false when the rest has to wait. */
static bool write_frame(struct stdin_frame *frame)
{
	while (watch.fd >= 0 && frame->sent < frame->size) {
		ssize_t n = sys_write(watch.fd, frame->bytes + frame->sent, frame->size - frame->sent);
		if (n == -EAGAIN || n == 0)
			return false;
		if (n > 0)
			frame->sent += (size_t)n;
		else if (n != -EINTR)
			input_close();
	}
	return true;
}

static void writable(struct watch *unused, uint32_t events)
{
	(void)unused;
	(void)events;
	while (first && write_frame(first)) {
		// input_close() within write_frame() may have emptied the queue.
		struct stdin_frame *frame = first;
		if (!frame)
			break;
		first = frame->next;
		frame->waiting = false;
		frame->taken(frame);
	}
	if (!first)
		watch_stop(&watch);
}

int input_open(const struct options *options, struct fault *fault)
{
	mode = options->stdin_mode;
	tty = options->tty;
	watch.ready = writable;
	watch.fd = options->stdin_fd;
	if (tty && mode != STDIN_NONE) {
		// A descriptor of its own, so that input and output can be watched apart.
		watch.fd = sys_fcntl(options->stdout_fd, F_DUPFD_CLOEXEC, 3);
		if (watch.fd < 0)
			return fault_set(fault, watch.fd, "duplicate the terminal");
	}
	return 0;
}

bool input_write(struct stdin_frame *frame)
{
	frame->sent = 0;
	if (!first && write_frame(frame))
		return true;
	if (watch.fd < 0)
		return true;
	if (!first && watch_start(&watch, EPOLLOUT) < 0) {
		input_close();
		return true;
	}
	frame->waiting = true;
	frame->next = NULL;
	if (first)
		last->next = frame;
	else
		first = frame;
	last = frame;
	return false;
}

void input_forget(struct stdin_frame *frame)
{
	struct stdin_frame **at = &first, *before = NULL;
	while (*at && *at != frame) {
		before = *at;
		at = &before->next;
	}
	if (!*at)
		return;
	*at = frame->next;
	if (last == frame)
		last = before;
	frame->waiting = false;
	if (!first)
		watch_stop(&watch);
}

void input_giver_ended(void)
{
	if (mode == STDIN_ONCE && !tty)
		input_close();
}

void input_close(void)
{
	if (watch.fd < 0)
		return;
	watch_stop(&watch);
	sys_close(watch.fd);
	watch.fd = -1;
	while (first) {
		struct stdin_frame *frame = first;
		first = frame->next;
		frame->waiting = false;
		frame->taken(frame);
	}
}
