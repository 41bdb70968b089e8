// Elements of nftables maps by nfnetlink: published ports (proto . port -> address . port).
#pragma once

#include <jansson.h>

#include "common/error.h"

/** Carries out a `map` request: all additions and removals in one batch. Removing what is not there is no error. */
int nft_map_change(const json_t *request, struct error *err);
