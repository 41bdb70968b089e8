// A batch of changes of nft rules: the kernel applies all of it or nothing.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "spawn/netlink.h"

/** Begins zeroed; ends with nft_batch_send(). */
struct nft_batch {
	char *data;
	size_t length;
	size_t capacity;
	uint32_t sequence;
	bool failed;
};

/** Starts a message of a type (NFT_MSG_...) for a table of this family. */
void nft_begin(struct netlink_message *message, uint16_t type, uint16_t flags, uint8_t family);

/** Adds a message. */
void nft_batch_append(struct nft_batch *batch, struct netlink_message *message);

/** Sends and frees it. -1 with errno: that of the first change that failed. */
int nft_batch_send(struct nft_batch *batch, int socket);
