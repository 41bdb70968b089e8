// Published UDP ports: datagrams to the host's sockets are passed on to the container, and its answers back.
#pragma once

#include "fault.h"
#include "options.h"

int udp_proxy_open(const struct options *options, struct fault *fault);

/** The container is at another address: who writes again is passed on to it. */
void udp_proxy_forget_clients(void);

/** The container is dead: its host ports are free at once. */
void udp_proxy_close(void);
