// Two pipes: by the bell the monitor wakes the writer, and ends it by closing it; by the news the writer tells of new files, and
// of its end.
#include "log-writer.h"
#include "log-file.h"
#include "loop.h"
#include "privileges.h"
#include "system.h"

static const struct writer_calls *calls;
static pid_t writer;
static int bell = -1;
static struct watch news = { .fd = -1 };
static bool rotated;

/** A copy of a pipe's end or a socket would keep it open after the monitor closed its own. */
static void close_others(int bell_end, int news_end)
{
	int highest = bell_end > news_end ? bell_end : news_end;
	sys_close_range((unsigned)highest + 1, ~0u);
	for (int fd = 3; fd < highest; fd++)
		if (fd != bell_end && fd != news_end && !log_file_holds(fd))
			sys_close(fd);
}

__attribute__((noreturn)) static void run(int bell_end, int news_end)
{
	struct fault fault;
	close_others(bell_end, news_end);
	if (privileges_drop(&fault) < 0 || privileges_detach_stdio(&fault) < 0)
		sys_exit(1);
	for (;;) {
		uint8_t rings[64];
		ssize_t n = sys_read(bell_end, rings, sizeof rings);
		if (n == -EINTR)
			continue;
		calls->drain();
		if (log_file_was_rotated())
			sys_write(news_end, "r", 1);
		if (n <= 0)
			sys_exit(0);
	}
}

static void hear(struct watch *watch, uint32_t events)
{
	(void)events;
	uint8_t bytes[64];
	ssize_t n = sys_read(watch->fd, bytes, sizeof bytes);
	rotated |= n > 0;
	if (n > 0 || n == -EAGAIN || n == -EINTR)
		return;
	watch_stop(watch);
	sys_close(watch->fd);
	writer_finish();
	int status;
	sys_wait(writer, &status, 0);
	calls->gone();
}

int writer_start(const struct writer_calls *with, struct fault *fault)
{
	int bells[2], all_news[2];
	calls = with;
	int code = sys_pipe2(bells, O_CLOEXEC);
	if (code == 0)
		code = sys_pipe2(all_news, O_CLOEXEC | O_NONBLOCK);
	// Only this end: the writer sleeps at the other.
	if (code == 0)
		code = sys_fcntl(bells[1], F_SETFL, O_NONBLOCK);
	if (code < 0)
		return fault_set(fault, code, "make the pipes of the log's writer");
	writer = sys_fork();
	if (writer == 0)
		run(bells[0], all_news[1]);
	if (writer < 0)
		return fault_set(fault, writer, "fork the log's writer");
	sys_close(bells[0]);
	sys_close(all_news[1]);
	bell = bells[1];
	news.fd = all_news[0];
	news.ready = hear;
	code = watch_start(&news, EPOLLIN);
	return code < 0 ? fault_set(fault, code, "watch the log's writer") : 0;
}

void writer_wake(void)
{
	// A full pipe wakes it too.
	sys_write(bell, "", 1);
}

void writer_finish(void)
{
	if (bell >= 0)
		sys_close(bell);
	bell = -1;
}

bool writer_rotated(void)
{
	bool answer = rotated;
	rotated = false;
	return answer;
}
