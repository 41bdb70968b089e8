// berth-monitor: owns one container's or exec's main process, its streams, log and published ports, and outlives the engine.
// Started by berth-spawn, which made the process and the descriptors (PROTOCOL.md, section 2). One thread, one epoll loop.
#include "clients.h"
#include "dns.h"
#include "exit-record.h"
#include "input.h"
#include "log.h"
#include "loop.h"
#include "oom.h"
#include "options.h"
#include "output.h"
#include "privileges.h"
#include "program.h"
#include "proxy.h"
#include "system.h"
#include "text.h"
#include "udp-proxy.h"

static struct options options;

/** Says on stderr what could not be done. */
static int give_up(const struct fault *fault)
{
	char line[256];
	struct text text = text_in(line, sizeof line);
	text_string(&text, fault->tried[0] == '-' ? "berth-monitor: cannot understand " : "berth-monitor: cannot ");
	text_string(&text, fault->tried);
	text_string(&text, ": errno ");
	text_number(&text, (uint64_t)fault->code);
	text_string(&text, "\n");
	sys_write(2, line, (size_t)(text.at - line));
	return 1;
}

static void tell_oom(void)
{
	clients_tell(FRAME_OOM);
}

static bool turn_end(void)
{
	log_flush();
	if (log_was_rotated())
		clients_tell(FRAME_ROTATED);
	bool more = proxy_turn_end();
	clients_flush();
	return program_turn_end() || more;
}

/** Everything that can fail. Capabilities go before the first byte of anybody is read, stdio last, so that failures can be said. */
static int set_up(int argc, char **argv, struct fault *fault)
{
	if (options_parse(&options, argc, argv, fault) < 0 || privileges_tidy(&options, fault) < 0)
		return -1;
	if (loop_open(fault) < 0 || exit_record_open(&options, fault) < 0 || oom_open(&options, tell_oom, fault) < 0 ||
	    log_open(&options, fault) < 0)
		return -1;
	if (input_open(&options, fault) < 0 || proxy_open(&options, fault) < 0 || udp_proxy_open(&options, fault) < 0 ||
	    dns_open(&options, fault) < 0 || program_open(&options, fault) < 0)
		return -1;
	if (clients_open(&options, fault) < 0 || privileges_drop(fault) < 0)
		return -1;
	return privileges_detach_stdio(fault);
}

int main(int argc, char **argv)
{
	struct fault fault = { 0 };
	if (set_up(argc, argv, &fault) < 0)
		return give_up(&fault);
	output_open(&options, program_output_ended);
	loop_run(turn_end);
	proxy_close();
	clients_close();
	input_close();
	output_close();
	return 0;
}
