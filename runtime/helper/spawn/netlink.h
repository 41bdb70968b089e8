// One netlink request: built attribute by attribute in a fixed buffer, sent, and its acknowledgement read.
#pragma once

#include <linux/netlink.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/error.h"

#define NETLINK_MESSAGE_MAX 2048

struct netlink_message {
	_Alignas(struct nlmsghdr) char data[NETLINK_MESSAGE_MAX];
	/** Set when an attribute found no room; sending fails then. */
	int overflow;
};

/** A close-on-exec socket of this netlink protocol in the current network namespace. */
int netlink_open(int protocol, struct error *err);

/** Starts a message with its family header; NLM_F_REQUEST and NLM_F_ACK are added to `flags`. */
void netlink_begin(struct netlink_message *message, uint16_t type, uint16_t flags, const void *header, size_t length);

void netlink_put(struct netlink_message *message, uint16_t type, const void *value, size_t length);
void netlink_put_string(struct netlink_message *message, uint16_t type, const char *value);

/** Opens a nested attribute; returns its offset for netlink_end_nested(). */
size_t netlink_begin_nested(struct netlink_message *message, uint16_t type);

/** Puts raw bytes (a header inside of a nested attribute). */
void netlink_put_raw(struct netlink_message *message, const void *value, size_t length);

void netlink_end_nested(struct netlink_message *message, size_t offset);

size_t netlink_length(const struct netlink_message *message);

/** Sends it and waits for its acknowledgement. -1 with errno, the kernel's answer. */
int netlink_send(int socket, struct netlink_message *message);

/** Sends a query for many things (NLM_F_DUMP) and hands each message of the answer to `each`. -1 with errno. */
int netlink_dump(int socket, struct netlink_message *message, void (*each)(const struct nlmsghdr *message, void *context),
		 void *context);

/** As netlink_send() for a query without NLM_F_ACK: the answer's payload is copied to `answer`. Its length, or -1. */
ssize_t netlink_query(int socket, struct netlink_message *message, char *answer, size_t size);
