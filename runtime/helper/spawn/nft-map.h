// Elements of nftables maps by nfnetlink: published ports (proto . port -> address . port).
#pragma once

#include <jansson.h>
#include <stdint.h>

#include "common/error.h"

/**
 * Carries out a `map` request: all additions and removals in one batch. Removing what is not there is no error. `*port` is
 * the netlink port that the changes are told to come from.
 */
int nft_map_change(const json_t *request, uint32_t *port, struct error *err);
