// The sockets of a container's resolver at 127.0.0.11:53.
#pragma once

#include <sys/types.h>

#include "common/error.h"

struct resolver_sockets {
	int udp;
	/** It listens. */
	int tcp;
};

/** Opens them in the network namespace of `pid`, whose loopback it brings up. Not opened, they are left as they are. */
int resolver_open(pid_t pid, struct resolver_sockets *sockets, struct error *err);
