// Notices when somebody else takes something out of the engine's nft table (a flush, another firewall's reload), or changes what
// other tables do.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/error.h"

/** A socket that is told of every change of the network namespace's nft rules. */
int nft_watch_open(struct error *err);

/** What others did. */
enum nft_change {
	/** Something was taken out of the engine's table. */
	NFT_OWN_REMOVED,
	/** Another table lost a chain or a rule, or has a chain that is new or has another policy. */
	NFT_OTHER_CHANGED,
};

/**
 * Reads what waits and calls `tell` with the netlink port of who changed something (that of nft(8) is its process id), once for
 * several changes in a row; of `table` only removals count. With port 0, once of either kind, when changes were missed. Those of
 * `own` are not told of.
 */
void nft_watch_read(int socket, const char *table, uint32_t own, void (*tell)(enum nft_change what, uint32_t by));
