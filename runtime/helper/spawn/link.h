// Network links by rtnetlink: the bridge, the veth pair of a container, its addresses and routes.
#pragma once

#include <sys/types.h>

#include "common/error.h"
#include "spawn/request.h"

/** Makes the bridge or takes over one of that name; sets address (a.b.c.d/n, may be NULL), MTU and up; no IPv6 on it. */
int link_make_bridge(const char *name, const char *address, uint32_t mtu, struct error *err);

/** Deletes a link of this kind ("bridge", "veth"). No error when it is not there. */
int link_delete(const char *name, const char *kind, struct error *err);

/** Makes a veth pair: one end up on the bridge, the other directly in the network namespace of `pid`. */
int link_make_veth(const struct network_spec *network, pid_t pid, struct error *err);

/** Brings lo up in the current network namespace. */
int link_up_loopback(struct error *err);

/** Inside the container's network namespace: gives the veth end its addresses, brings it up, adds the default route. */
int link_configure(const struct network_spec *network, struct error *err);
