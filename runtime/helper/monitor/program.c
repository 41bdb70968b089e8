// The process is the monitor's child, so wait4() has its status; a pidfd tells when, and cannot hit a reused PID with a signal.
#include "program.h"
#include "clients.h"
#include "exit-record.h"
#include "input.h"
#include "log.h"
#include "loop.h"
#include "oom.h"
#include "output.h"
#include "proxy.h"
#include "udp-proxy.h"
#include "system.h"
#include "text.h"
#include "timestamp.h"
#include <sys/wait.h>

/** How long clients may take to read what waits for them after the end. */
#define FAREWELL_MS 10000

static struct watch pidfd = { .fd = -1 };
static struct timer farewell;
static pid_t pid, monitor_pid;
static int root_fd = -1;
static bool ended, finishing;
static struct exit_record record;
static char started_at[TIMESTAMP_MAX];
static size_t started_at_size;

static void process_ended(struct watch *watch, uint32_t events)
{
	(void)events;
	int status = 0;
	pid_t waited = sys_wait(pid, &status, WNOHANG);
	if (waited == 0 || waited == -EINTR)
		return;
	watch_stop(watch);
	oom_ignore();
	ended = true;
	exit_record_fill(&record, waited == pid ? status : 255 << 8);
	proxy_stop_listening();
	udp_proxy_close();
	input_close();
	output_program_ended();
}

static void farewell_over(struct timer *timer)
{
	(void)timer;
	loop_stop();
}

/** The log is written. */
static void tell_end(void)
{
	static char json[EXIT_RECORD_MAX];
	size_t size = exit_record_format(&record, json);
	exit_record_write(json, size);
	clients_finish(json, size);
	finishing = true;
	timer_start(&farewell, FAREWELL_MS);
}

void program_output_ended(void)
{
	log_finish(tell_end);
}

bool program_turn_end(void)
{
	if (!finishing)
		return false;
	finishing = false;
	// Before any client is told of the end by its connection: a new monitor may then have a socket of this name.
	exit_record_remove_socket();
	// The last reference to the overlay: close() unmounts and syncs it, which may take long. Clients have the exit record
	// by now; that a connection ends tells them that the overlay is gone.
	if (root_fd >= 0)
		sys_close(root_fd);
	clients_part();
	clients_when_finished(loop_stop);
	return true;
}

void program_signal(uint32_t signal)
{
	if (!ended && signal >= 1 && signal <= 64)
		sys_pidfd_signal(pidfd.fd, (int)signal);
}

size_t program_describe(char *out, size_t size)
{
	struct text text = text_in(out, size);
	text_string(&text, "{\"protocol\":1,\"pid\":");
	text_number(&text, (uint64_t)pid);
	text_string(&text, ",\"monitor\":");
	text_number(&text, (uint64_t)monitor_pid);
	text_string(&text, ",\"startedAt\":\"");
	text_bytes(&text, started_at, started_at_size);
	text_string(&text, "\",\"exited\":");
	text_bool(&text, ended);
	text_string(&text, ",\"targets\":true}");
	return (size_t)(text.at - out);
}

int program_open(const struct options *options, struct fault *fault)
{
	pid = options->pid;
	monitor_pid = sys_getpid();
	started_at_size = timestamp_now(started_at);
	farewell.fire = farewell_over;
	root_fd = options->root_fd;
	pidfd.fd = options->pidfd;
	pidfd.ready = process_ended;
	int code = watch_start(&pidfd, EPOLLIN);
	return code < 0 ? fault_set(fault, code, "watch --pidfd") : 0;
}
