// What the kernel remembers of UDP flows to published ports. A client that never falls silent keeps its flow alive, which would
// go on to the address of a container that is no more, whatever the maps say.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** A UDP port that came or went. Addresses and ports are in network order. */
struct conntrack_forward {
	/** 4 or 16: the length of both addresses. */
	size_t address_length;
	/** NULL: every address of the host. */
	const uint8_t *host_address;
	uint16_t host_port;
	const uint8_t *address;
	uint16_t port;
	/** Flows to `address` are forgotten; else those to any other. */
	bool gone;
};

/** Forgets the flows that these make wrong. Where the kernel cannot tell of flows, they end when they fall silent. */
void conntrack_forget_udp(const struct conntrack_forward *forwards, size_t count);
