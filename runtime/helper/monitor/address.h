// Reads ADDR:PORT, where ADDR is an IPv4 address or an IPv6 address with or without brackets. No names.
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Fills `v4` or `v6`, which may share their memory; the family says which. */
bool address_parse(const char *text, struct sockaddr_in *v4, struct sockaddr_in6 *v6);

/** An address without a port: writes it and returns its length, 4 or 16; 0 when it is none. */
size_t address_parse_ip(const char *text, size_t size, uint8_t out[16]);
