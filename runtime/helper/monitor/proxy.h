// Published TCP and SCTP ports: connections to the host's sockets are passed on to the container, bytes moved by splice().
#pragma once

#include "fault.h"
#include "options.h"
#include <stdbool.h>

int proxy_open(const struct options *options, struct fault *fault);

/** The container is dead: its host ports are free at once; connections go on until both sides are done. */
void proxy_stop_listening(void);

/** Moves bytes of the connections that had events. Part of each turn's end; true when some of them have more to move. */
bool proxy_turn_end(void);

/** Moves what is there once more and closes everything. */
void proxy_close(void);
