// Network links by rtnetlink: the bridge, the veth pair of a container, its addresses and routes.
#pragma once

#include <linux/rtnetlink.h>
#include <sys/types.h>

#include "common/error.h"
#include "spawn/request.h"

/**
 * Makes the bridge or takes over one of that name; sets addresses (a.b.c.d/n or IPv6), MTU and up. Without an IPv6 address
 * it speaks no IPv6.
 */
int link_make_bridge(const char *name, const struct string_list *addresses, uint32_t mtu, struct error *err);

/** Deletes a link of this kind ("bridge", "veth"); `remover` as of link_remove(). No error when it is not there. */
int link_delete(const char *name, const char *kind, pid_t *remover, struct error *err);

/**
 * Makes a container's device in the network namespace of `pid`: one end of a veth pair whose other end is a port of the
 * bridge, or a macvlan or ipvlan on the host's device.
 */
int link_make(const struct network_spec *network, pid_t pid, struct error *err);

/** Fails with EOPNOTSUPP where the kernel has no devices of this kind ("ipvlan"), of those that need a parent. Makes none. */
int link_has_kind(const char *kind, struct error *err);

/** What the kernel says of a link. */
struct link_found {
	int index;
	/** "veth", "vxlan"; empty for a plain device. */
	char kind[16];
	/** IFLA_INFO_DATA in the answer; NULL for none. */
	const struct rtattr *data;
};

/** Asks for a link by its name; `answer` is room for what the kernel says. -1 with errno: ENODEV when it is not there. */
int link_find(int socket, const char *name, char *answer, size_t size, struct link_found *found);

/** Refuses what cannot be a name of a network device. */
int link_check_name(const char *name, struct error *err);

/** Turns IPv6 off on a device of the current network namespace. */
int link_silence_ipv6(const char *name, struct error *err);

/** Brings lo up in the current network namespace. */
int link_up_loopback(struct error *err);

/**
 * Inside the container's network namespace: gives the device its addresses, brings it up, adds the default routes.
 * `settings` is this namespace's /proc/sys.
 */
int link_configure(const struct network_spec *network, int settings, struct error *err);

/** Puts a device with its addresses into the namespace of a running container; undone when it fails. */
int link_attach(const struct network_spec *network, pid_t pid, struct error *err);

/** Deletes a device in the namespace of `pid`; `remover` as of link_remove(). No error when it is not there. */
int link_detach(const char *name, pid_t pid, pid_t *remover, struct error *err);

/** Makes these the default routes in the namespace of `pid`, by the device `name`. */
int link_route(const char *name, const struct string_list *gateways, pid_t pid, struct error *err);

/** What is done in another network namespace; `settings` is its /proc/sys. */
typedef int link_work(const void *what, int settings, struct error *err);

/** Enters the network namespace of `pid`, does it, and comes back. */
int link_inside(pid_t pid, link_work *work, const void *what, struct error *err);
