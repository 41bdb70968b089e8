// Notices when somebody else takes something out of the engine's nft table (a flush, another firewall's reload).
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/error.h"

/** A socket that is told of every change of the network namespace's nft rules. */
int nft_watch_open(struct error *err);

/**
 * Reads what waits and calls `removed` with the netlink port of who took something out of `table` (that of nft(8) is its
 * process id), once for several changes in a row; 0 when changes were missed. Those of `own` are not told of.
 */
void nft_watch_read(int socket, const char *table, uint32_t own, void (*removed)(uint32_t by));
