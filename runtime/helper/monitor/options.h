// The monitor's command line, which berth-spawn writes. Everything is checked here; nothing is allocated.
#pragma once

#include "address.h"
#include "fault.h"
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/** Published ports of one container; one descriptor each. */
#define PROXY_LISTENERS_MAX 1024

enum log_driver { LOG_JSON_FILE, LOG_LOCAL };

enum stdin_mode { STDIN_NONE, STDIN_OPEN, STDIN_ONCE };

/** A socket of the host, for TCP a listening one, and the container's address behind it. */
struct proxy_target {
	int listen_fd;
	/** IPPROTO_TCP, IPPROTO_UDP or IPPROTO_SCTP. */
	int protocol;
	union address address;
};

struct options {
	const char *id;
	const char *dir;
	const char *log_path;
	const char *oom_file;
	bool tty;
	bool hold;
	enum stdin_mode stdin_mode;
	enum log_driver log_driver;
	/** A file with what every record of json-file says beside its text, or NULL. */
	const char *log_attrs;
	/** In bytes; 0 = no limit. */
	uint64_t log_max_size;
	unsigned log_max_file;
	/** How much may wait to be written, in bytes, before lines are dropped; 0 = the program waits instead. */
	uint64_t log_max_buffer;
	pid_t pid;
	/** -1 = not given. */
	int listen_fd, stdin_fd, stdout_fd, stderr_fd, pidfd, root_fd;
	/** The resolver's sockets in the container's network, and the file that says where it looks. */
	int dns_fd;
	int dns_stream_fd;
	const char *dns_file;
	unsigned proxy_count;
	struct proxy_target proxies[PROXY_LISTENERS_MAX];
};

int options_parse(struct options *options, int argc, char **argv, struct fault *fault);
