// The device by which a bridge of an overlay network reaches the other machines of a swarm: VXLAN (RFC 7348) over UDP.
#pragma once

#include <sys/types.h>

#include "common/error.h"
#include "spawn/request.h"

#define VXLAN_PEERS_MAX 1000

struct vxlan_spec {
	const char *name;
	/** The bridge that it is a port of. */
	const char *bridge;
	/** The number of the network on the wire, 24 bits. */
	uint32_t vni;
	uint16_t port;
	/** This machine's address, and those of the others; all of one family. */
	const char *local;
	struct string_list peers;
	/** 0: left to the kernel. */
	uint32_t mtu;
};

/**
 * Makes the device, or takes over one of that name: one of another number, port or local address is made anew. Frames for
 * everybody, and those for whom nobody knows the way, go to each of `peers` and to nobody else. When it fails a device that
 * was made is gone, and one that was taken over has no peer that it had not. `remover` as of link_remove().
 */
int vxlan_make(const struct vxlan_spec *spec, pid_t *remover, struct error *err);
