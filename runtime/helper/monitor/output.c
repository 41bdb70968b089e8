// A stream is watched only while every client that wants it has room, so a slow client slows the program. Once the program is
// dead nothing must be lost to a slow client any more: at the end of the grace time the rest is read without asking.
#include "output.h"
#include "clients.h"
#include "log.h"
#include "loop.h"
#include "memory.h"
#include "system.h"
#include <sys/ioctl.h>

#define READ_BYTES 65536
/** Less room than this is not worth a read. */
#define READ_MIN 4096
#define HOLD_MS 5000
#define GRACE_MS 2000
/** A descendant that writes for ever is cut off after this much in the last read. */
#define LAST_READ_BYTES (1024 * 1024)
/** So long after a read larger than that the buffers' memory is given back. */
#define REST_MS 1000
#define REST_READ_BYTES 4096

struct stream {
	struct watch watch;
	enum log_stream number;
	/** Opened, and not at its end. */
	bool reading;
};

static struct stream streams[2] = {
	[LOG_STDOUT] = { .watch = { .fd = -1 }, .number = LOG_STDOUT },
	[LOG_STDERR] = { .watch = { .fd = -1 }, .number = LOG_STDERR },
};
static bool tty, holding, program_ended, finished;
static void (*on_ended)(void);
static struct timer hold_timer, grace_timer, rest_timer;
static uint8_t buffer[READ_BYTES + READ_AHEAD] __attribute__((aligned(4096)));

/** Tells once that the last stream is at its end. */
static void check_ended(void)
{
	if (finished || !program_ended || holding || streams[0].reading || streams[1].reading)
		return;
	finished = true;
	timer_stop(&grace_timer);
	on_ended();
}

/** The stream is at its end. A terminal stays open: closing it would hang up whoever still has it. */
static void stream_end(struct stream *stream)
{
	if (!stream->reading)
		return;
	stream->reading = false;
	watch_stop(&stream->watch);
	if (!tty) {
		sys_close(stream->watch.fd);
		stream->watch.fd = -1;
	}
	log_stream_end(stream->number);
	check_ended();
}

/** Reads up to `size` bytes once. Returns how many came, 0 when there is nothing now or no more. */
static size_t stream_read(struct stream *stream, size_t size)
{
	ssize_t n = sys_read(stream->watch.fd, buffer, size < READ_BYTES ? size : READ_BYTES);
	if (n == -EAGAIN || n == -EINTR)
		return 0;
	if (n <= 0) {
		// EIO is how a terminal says that nobody has it open.
		stream_end(stream);
		return 0;
	}
	log_write(stream->number, buffer, (size_t)n);
	clients_send(stream->number, buffer, (size_t)n);
	return (size_t)n;
}

/** Fires a second after a large read; a program that goes on writing starts the timer anew. */
static void rested(struct timer *timer)
{
	(void)timer;
	sys_release(buffer, sizeof buffer);
	log_rest();
}

static void readable(struct watch *watch, uint32_t events)
{
	(void)events;
	struct stream *stream = container_of(watch, struct stream, watch);
	size_t room = clients_room(stream->number);
	if (room < READ_MIN) {
		watch_stop(watch);
		return;
	}
	if (stream_read(stream, room) > REST_READ_BYTES && !rest_timer.armed)
		timer_start(&rest_timer, REST_MS);
}

static void start_reading(struct stream *stream)
{
	// Without a watch the stream would stand still for ever: its end is better.
	if (stream->reading && watch_start(&stream->watch, EPOLLIN) < 0)
		stream_end(stream);
}

void output_resume(void)
{
	if (holding)
		return;
	for (unsigned i = 0; i < 2; i++)
		if (streams[i].reading && !streams[i].watch.registered && clients_room(streams[i].number) >= READ_MIN)
			start_reading(&streams[i]);
}

/** The grace time is over: takes what is there now, whatever the clients do, and closes. */
static void grace_over(struct timer *timer)
{
	(void)timer;
	for (unsigned i = 0; i < 2; i++) {
		size_t total = 0, n = 0;
		while (streams[i].reading && total < LAST_READ_BYTES && (n = stream_read(&streams[i], READ_BYTES)))
			total += n;
		stream_end(&streams[i]);
	}
}

void output_go(void)
{
	if (!holding)
		return;
	holding = false;
	timer_stop(&hold_timer);
	for (unsigned i = 0; i < 2; i++)
		start_reading(&streams[i]);
	if (program_ended)
		timer_start(&grace_timer, GRACE_MS);
	check_ended();
}

static void hold_over(struct timer *timer)
{
	(void)timer;
	output_go();
}

void output_program_ended(void)
{
	program_ended = true;
	if (!holding)
		timer_start(&grace_timer, GRACE_MS);
	check_ended();
}

void output_open(const struct options *options, void (*ended)(void))
{
	on_ended = ended;
	tty = options->tty;
	streams[LOG_STDOUT].watch.fd = options->stdout_fd;
	streams[LOG_STDERR].watch.fd = options->stderr_fd;
	hold_timer.fire = hold_over;
	grace_timer.fire = grace_over;
	rest_timer.fire = rested;
	for (unsigned i = 0; i < 2; i++) {
		streams[i].watch.ready = readable;
		streams[i].reading = streams[i].watch.fd >= 0;
	}
	holding = true;
	if (options->hold)
		timer_start(&hold_timer, HOLD_MS);
	else
		output_go();
}

void output_resize(uint16_t rows, uint16_t columns)
{
	if (!tty || streams[LOG_STDOUT].watch.fd < 0)
		return;
	struct winsize size = { .ws_row = rows, .ws_col = columns };
	sys_ioctl(streams[LOG_STDOUT].watch.fd, TIOCSWINSZ, &size);
}

void output_close(void)
{
	for (unsigned i = 0; i < 2; i++)
		stream_end(&streams[i]);
}
