// Published TCP and SCTP ports: connections to the host's sockets are passed on to the container, bytes moved by splice().
#pragma once

#include "fault.h"
#include "options.h"
#include <stdbool.h>

/** Keeps the options' targets of every protocol, to change them later. */
int proxy_open(struct options *options, struct fault *fault);

/**
 * The container is at other addresses from now on: twice a byte that is 4, 6, or 0 for none, and 16 with an address, for ports
 * of the host's IPv4 addresses, then for those of IPv6. Connections that there are stay as they are.
 */
void proxy_retarget(const uint8_t addresses[34]);

/** The container is dead: its host ports are free at once; connections go on until both sides are done. */
void proxy_stop_listening(void);

/** Moves bytes of the connections that had events. Part of each turn's end; true when some of them have more to move. */
bool proxy_turn_end(void);

/** Moves what is there once more and closes everything. */
void proxy_close(void);
