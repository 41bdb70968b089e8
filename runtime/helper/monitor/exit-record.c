// Everything goes through descriptors opened at the start, so that later nothing depends on paths.
#include "exit-record.h"
#include "memory.h"
#include "oom.h"
#include "system.h"
#include "text.h"
#include <sys/wait.h>

static int dir = -1;

int exit_record_open(const struct options *options, struct fault *fault)
{
	dir = sys_openat(AT_FDCWD, options->dir, O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
	if (dir < 0)
		return fault_set(fault, dir, "open --dir");
	return 0;
}

void exit_record_fill(struct exit_record *record, int wait_status)
{
	record->finished_at_size = timestamp_now(record->finished_at);
	record->signal = WIFSIGNALED(wait_status) ? WTERMSIG(wait_status) : 0;
	record->exit_code = record->signal ? 128 + record->signal : WEXITSTATUS(wait_status);
	record->oom_killed = oom_killed();
}

size_t exit_record_format(const struct exit_record *record, char out[EXIT_RECORD_MAX])
{
	struct text text = text_in(out, EXIT_RECORD_MAX);
	text_string(&text, "{\"exitCode\":");
	text_number(&text, (uint64_t)record->exit_code);
	text_string(&text, ",\"signal\":");
	text_number(&text, (uint64_t)record->signal);
	text_string(&text, ",\"oomKilled\":");
	text_bool(&text, record->oom_killed);
	text_string(&text, ",\"finishedAt\":\"");
	text_bytes(&text, record->finished_at, record->finished_at_size);
	text_string(&text, "\"}");
	return (size_t)(text.at - out);
}

void exit_record_write(const char *json, size_t size)
{
	int fd = sys_openat(dir, "exit.json.new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return;
	ssize_t written = sys_write(fd, json, size);
	sys_close(fd);
	// A torn record would be worse than none: without it the engine knows that the end is unknown.
	if (written == (ssize_t)size)
		sys_renameat(dir, "exit.json.new", dir, "exit.json");
	else
		sys_unlinkat(dir, "exit.json.new");
}

void exit_record_remove_socket(void)
{
	sys_unlinkat(dir, "io.sock");
}
