// cgroup v2 makes its file of events readable "with priority"; v1 signals an eventfd that was registered with it. Where neither
// works the end of the program tells of it all the same.
#include "oom.h"
#include "loop.h"
#include "memory.h"
#include "system.h"
#include "text.h"

static int counter = -1;
static struct watch notice = { .fd = -1 };
static uint64_t known_kills;
static void (*tell)(void);

/** N of the line `oom_kill N` of memory.events (v2) or memory.oom_control (v1, since Linux 4.13). */
static uint64_t count_kills(void)
{
	char text[512];
	ssize_t size = counter < 0 ? 0 : sys_pread(counter, text, sizeof text, 0);
	static const char key[] = "oom_kill ";
	for (ssize_t at = 0; at < size; at++) {
		ssize_t digit = at + (ssize_t)sizeof key - 1;
		if ((at > 0 && text[at - 1] != '\n') || digit >= size || memcmp(text + at, key, sizeof key - 1))
			continue;
		uint64_t count = 0;
		for (; digit < size && text[digit] >= '0' && text[digit] <= '9'; digit++)
			count = count * 10 + (uint64_t)(text[digit] - '0');
		return count;
	}
	return 0;
}

/** v1 also comes when the cgroup is removed, but that is after the program's end. v2 comes for other events of memory too. */
static void noticed(struct watch *watch, uint32_t events)
{
	(void)events;
	uint64_t ignored, kills = count_kills();
	bool is_news = kills > known_kills;
	if (watch->fd != counter)
		is_news = sys_read(watch->fd, &ignored, sizeof ignored) > 0;
	known_kills = kills;
	if (is_news)
		tell();
}

/** The eventfd that v1 signals, or -1. */
static int register_event(const char *file)
{
	static const char name[] = "memory.oom_control", control[] = "cgroup.event_control";
	char path[4096], line[64];
	size_t size = strlen(file), folder = size - (sizeof name - 1);
	if (size < sizeof name || size >= sizeof path - sizeof control || memcmp(file + folder, name, sizeof name - 1))
		return -1;
	memcpy(path, file, folder);
	memcpy(path + folder, control, sizeof control);
	int event = sys_eventfd(), fd = sys_openat(AT_FDCWD, path, O_WRONLY | O_CLOEXEC, 0);
	struct text text = text_in(line, sizeof line);
	text_number(&text, (uint64_t)event);
	text_string(&text, " ");
	text_number(&text, (uint64_t)counter);
	bool done = event >= 0 && fd >= 0 && sys_write(fd, line, (size_t)(text.at - line)) > 0;
	if (fd >= 0)
		sys_close(fd);
	if (!done && event >= 0)
		sys_close(event);
	return done ? event : -1;
}

int oom_open(const struct options *options, void (*told)(void), struct fault *fault)
{
	if (!options->oom_file)
		return 0;
	counter = sys_openat(AT_FDCWD, options->oom_file, O_RDONLY | O_CLOEXEC, 0);
	if (counter < 0)
		return fault_set(fault, counter, "open --oom-file");
	tell = told;
	notice.ready = noticed;
	notice.fd = register_event(options->oom_file);
	if (notice.fd >= 0)
		return watch_start(&notice, EPOLLIN) < 0 ? fault_set(fault, EIO, "watch the OOM killer") : 0;
	// It is news from here on. A file that cannot be waited for is only read at the end.
	known_kills = count_kills();
	notice.fd = counter;
	watch_start(&notice, EPOLLPRI);
	return 0;
}

bool oom_killed(void)
{
	return count_kills() > 0;
}

void oom_ignore(void)
{
	watch_stop(&notice);
}
