// Published ports: sockets bound on the host, which reserve the port until the monitor that proxies them ends.
#pragma once

#include "common/error.h"
#include "spawn/request.h"

/** Binds (and for TCP listens). Returns a close-on-exec descriptor; `*bound` is the port that was taken. */
int port_bind(const struct port_spec *spec, uint16_t *bound, struct error *err);
