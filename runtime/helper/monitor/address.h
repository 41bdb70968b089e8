// Reads ADDR:PORT, where ADDR is an IPv4 address or an IPv6 address with or without brackets. No names.
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/** What the kernel wants to be told of an address's length. */
socklen_t address_size(const union address *address);

/** Reads an address with its port; its family says which it is. */
bool address_parse(const char *text, union address *out);

/** An address without a port: writes it and returns its length, 4 or 16; 0 when it is none. */
size_t address_parse_ip(const char *text, size_t size, uint8_t out[16]);
