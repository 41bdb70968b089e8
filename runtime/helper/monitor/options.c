// A table of names; an option that is not in it, or a value that does not fit, stops the monitor before it does anything.
#include "options.h"
#include "memory.h"
#include "text.h"
#include <errno.h>

static bool parse_fd(const char *value, int *fd)
{
	uint64_t number;
	if (!parse_number(value, strlen(value), 1 << 20, &number) || number < 3)
		return false;
	*fd = (int)number;
	return true;
}

static bool parse_stdin_mode(const char *value, enum stdin_mode *mode)
{
	static const char *const names[] = { [STDIN_NONE] = "none", [STDIN_OPEN] = "open", [STDIN_ONCE] = "once" };
	for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
		if (!strcmp(value, names[i])) {
			*mode = (enum stdin_mode)i;
			return true;
		}
	return false;
}

static bool parse_log_driver(const char *value, enum log_driver *driver)
{
	if (strcmp(value, "json-file") && strcmp(value, "local"))
		return false;
	*driver = strcmp(value, "local") ? LOG_JSON_FILE : LOG_LOCAL;
	return true;
}

/** FD=ADDR:PORT, an IPv6 address with or without brackets. */
static bool parse_proxy(const char *value, int protocol, struct options *options)
{
	const char *equals = (const char *)find_byte((const uint8_t *)value, '=', strlen(value));
	if (!equals || options->proxy_count == PROXY_LISTENERS_MAX)
		return false;
	struct proxy_target *target = &options->proxies[options->proxy_count];
	uint64_t fd;
	if (!parse_number(value, (size_t)(equals - value), 1 << 20, &fd) || fd < 3)
		return false;
	target->listen_fd = (int)fd;
	target->protocol = protocol;
	if (!address_parse(equals + 1, &target->address))
		return false;
	options->proxy_count++;
	return true;
}

static bool parse_value(struct options *options, const char *name, const char *value)
{
	uint64_t number;
	if (!strcmp(name, "--id"))
		options->id = value;
	else if (!strcmp(name, "--dir"))
		options->dir = value;
	else if (!strcmp(name, "--log"))
		options->log_path = value;
	else if (!strcmp(name, "--log-driver"))
		return parse_log_driver(value, &options->log_driver);
	else if (!strcmp(name, "--log-attrs"))
		options->log_attrs = value;
	else if (!strcmp(name, "--oom-file"))
		options->oom_file = value;
	else if (!strcmp(name, "--stdin"))
		return parse_stdin_mode(value, &options->stdin_mode);
	else if (!strcmp(name, "--listen"))
		return parse_fd(value, &options->listen_fd);
	else if (!strcmp(name, "--stdin-fd"))
		return parse_fd(value, &options->stdin_fd);
	else if (!strcmp(name, "--stdout-fd"))
		return parse_fd(value, &options->stdout_fd);
	else if (!strcmp(name, "--stderr-fd"))
		return parse_fd(value, &options->stderr_fd);
	else if (!strcmp(name, "--pidfd"))
		return parse_fd(value, &options->pidfd);
	else if (!strcmp(name, "--root-fd"))
		return parse_fd(value, &options->root_fd);
	else if (!strcmp(name, "--dns-fd"))
		return parse_fd(value, &options->dns_fd);
	else if (!strcmp(name, "--dns-stream-fd"))
		return parse_fd(value, &options->dns_stream_fd);
	else if (!strcmp(name, "--dns-file"))
		options->dns_file = value;
	else if (!strcmp(name, "--tcp-proxy"))
		return parse_proxy(value, IPPROTO_TCP, options);
	else if (!strcmp(name, "--udp-proxy"))
		return parse_proxy(value, IPPROTO_UDP, options);
	else if (!strcmp(name, "--sctp-proxy"))
		return parse_proxy(value, IPPROTO_SCTP, options);
	else if (!strcmp(name, "--log-max-size"))
		return parse_number(value, strlen(value), INT64_MAX, &options->log_max_size);
	else if (!strcmp(name, "--log-max-buffer"))
		return parse_number(value, strlen(value), 1 << 30, &options->log_max_buffer);
	else if (!strcmp(name, "--log-max-file")) {
		if (!parse_number(value, strlen(value), 1000, &number) || number == 0)
			return false;
		options->log_max_file = (unsigned)number;
	} else if (!strcmp(name, "--pid")) {
		if (!parse_number(value, strlen(value), 1 << 22, &number) || number == 0)
			return false;
		options->pid = (pid_t)number;
	} else
		return false;
	return true;
}

int options_parse(struct options *options, int argc, char **argv, struct fault *fault)
{
	options->log_max_file = 1;
	options->listen_fd = options->stdin_fd = options->stdout_fd = -1;
	options->stderr_fd = options->pidfd = options->root_fd = options->dns_fd = options->dns_stream_fd = -1;
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--tty"))
			options->tty = true;
		else if (!strcmp(argv[i], "--hold"))
			options->hold = true;
		else if (i + 1 >= argc || !parse_value(options, argv[i], argv[i + 1]))
			return fault_set(fault, EINVAL, argv[i]);
		else
			i++;
	}
	if (!options->dir || !options->pid || options->listen_fd < 0 || options->pidfd < 0 || options->stdout_fd < 0)
		return fault_set(fault, EINVAL, "find --dir, --pid, --listen, --pidfd and --stdout-fd");
	return 0;
}
