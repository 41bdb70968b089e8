// Published ports: sockets bound on the host, which reserve the port until the monitor that proxies them ends.
#pragma once

#include <stddef.h>

#include "common/error.h"
#include "spawn/request.h"

/**
 * Binds (and for TCP listens) all of them. `sockets`, -1 each before, gets close-on-exec descriptors, `bound` the ports
 * that were taken. What was opened before a failure is the caller's to close.
 */
int port_bind_all(const struct port_spec *specs, size_t count, int *sockets, uint16_t *bound, struct error *err);
