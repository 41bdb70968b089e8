// Network links by rtnetlink.
#include "spawn/link.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "spawn/file.h"
#include "spawn/link-removal.h"
#include "spawn/netlink.h"

#define STEP "network"

int link_check_name(const char *name, struct error *err)
{
	size_t length = strlen(name);
	if (length == 0 || length >= IFNAMSIZ || strchr(name, '/') || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return error_set(err, EINVAL, STEP, "\"%s\" is not a name of a network device", name);
	return 0;
}

static void put_kind(struct netlink_message *message, const char *kind)
{
	size_t info = netlink_begin_nested(message, IFLA_LINKINFO);
	netlink_put_string(message, IFLA_INFO_KIND, kind);
	netlink_end_nested(message, info);
}

int link_find(int socket, const char *name, char *answer, size_t size, struct link_found *found)
{
	struct netlink_message message;
	struct ifinfomsg header = { .ifi_family = AF_UNSPEC };
	netlink_begin(&message, RTM_GETLINK, 0, &header, sizeof header);
	netlink_put_string(&message, IFLA_IFNAME, name);
	ssize_t length = netlink_query(socket, &message, answer, size);
	if (length < 0)
		return -1;
	if ((size_t)length < sizeof header) {
		errno = EBADMSG;
		return -1;
	}
	memcpy(&header, answer, sizeof header);
	*found = (struct link_found){ .index = header.ifi_index };
	int rest = (int)((size_t)length - NLMSG_ALIGN(sizeof header));
	for (struct rtattr *outer = (void *)(answer + NLMSG_ALIGN(sizeof header)); RTA_OK(outer, rest);
	     outer = RTA_NEXT(outer, rest)) {
		if ((outer->rta_type & NLA_TYPE_MASK) != IFLA_LINKINFO)
			continue;
		int inner_rest = (int)RTA_PAYLOAD(outer);
		for (struct rtattr *inner = RTA_DATA(outer); RTA_OK(inner, inner_rest);
		     inner = RTA_NEXT(inner, inner_rest)) {
			if (inner->rta_type == IFLA_INFO_KIND)
				snprintf(found->kind, sizeof found->kind, "%.*s", (int)RTA_PAYLOAD(inner),
					 (const char *)RTA_DATA(inner));
			if ((inner->rta_type & NLA_TYPE_MASK) == IFLA_INFO_DATA)
				found->data = inner;
		}
	}
	return 0;
}

/** The index of a link, and its kind ("" for a plain device). -1 with errno: ENODEV when it is not there. */
static int find_link(int socket, const char *name, char kind[static 16])
{
	_Alignas(struct nlmsghdr) char answer[16384];
	struct link_found found;
	if (link_find(socket, name, answer, sizeof answer, &found) < 0)
		return -1;
	memcpy(kind, found.kind, sizeof found.kind);
	return found.index;
}

static int set_up(int socket, int index, uint32_t mtu)
{
	struct netlink_message message;
	struct ifinfomsg header = { .ifi_index = index, .ifi_flags = IFF_UP, .ifi_change = IFF_UP };
	netlink_begin(&message, RTM_NEWLINK, 0, &header, sizeof header);
	if (mtu)
		netlink_put(&message, IFLA_MTU, &mtu, sizeof mtu);
	return netlink_send(socket, &message);
}

static int add_address(int socket, int index, const char *text, struct error *err)
{
	char host[INET6_ADDRSTRLEN];
	uint8_t bytes[16];
	const char *slash = strchr(text, '/');
	size_t length = slash ? (size_t)(slash - text) : strlen(text);
	if (length >= sizeof host)
		return error_set(err, EINVAL, STEP, "\"%s\" is not an address", text);
	memcpy(host, text, length);
	host[length] = 0;
	bool v6 = strchr(host, ':') != NULL;
	long prefix = slash ? strtol(slash + 1, NULL, 10) : v6 ? 128 : 32;
	if (inet_pton(v6 ? AF_INET6 : AF_INET, host, bytes) != 1 || prefix < 0 || prefix > (v6 ? 128 : 32))
		return error_set(err, EINVAL, STEP, "\"%s\" is not an address", text);

	struct ifaddrmsg header = {
		.ifa_family = v6 ? AF_INET6 : AF_INET,
		.ifa_prefixlen = (uint8_t)prefix,
		.ifa_index = (uint32_t)index,
		// The engine gave the address out: no second or two of duplicate address detection.
		.ifa_flags = v6 ? IFA_F_NODAD : 0,
	};
	struct netlink_message message;
	netlink_begin(&message, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &header, sizeof header);
	netlink_put(&message, IFA_LOCAL, bytes, v6 ? 16 : 4);
	netlink_put(&message, IFA_ADDRESS, bytes, v6 ? 16 : 4);
	if (!v6 && prefix < 31) {
		uint32_t broadcast;
		memcpy(&broadcast, bytes, 4);
		broadcast |= htonl((uint32_t)(0xffffffffULL >> prefix));
		netlink_put(&message, IFA_BROADCAST, &broadcast, 4);
	}
	if (netlink_send(socket, &message) < 0 && errno != EEXIST)
		return error_errno(err, STEP, "add the address %s", text);
	return 0;
}

static int add_default_route(int socket, int index, const char *gateway, struct error *err)
{
	uint8_t bytes[16];
	bool v6 = strchr(gateway, ':') != NULL;
	if (inet_pton(v6 ? AF_INET6 : AF_INET, gateway, bytes) != 1)
		return error_set(err, EINVAL, STEP, "\"%s\" is not an address", gateway);
	struct rtmsg header = {
		.rtm_family = v6 ? AF_INET6 : AF_INET,
		.rtm_table = RT_TABLE_MAIN,
		.rtm_protocol = RTPROT_BOOT,
		.rtm_scope = RT_SCOPE_UNIVERSE,
		.rtm_type = RTN_UNICAST,
	};
	struct netlink_message message;
	netlink_begin(&message, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, &header, sizeof header);
	netlink_put(&message, RTA_GATEWAY, bytes, v6 ? 16 : 4);
	netlink_put(&message, RTA_OIF, &index, sizeof index);
	if (netlink_send(socket, &message) < 0)
		return error_errno(err, STEP, "add a default route through %s", gateway);
	return 0;
}

static bool speaks_ipv6(const struct string_list *addresses)
{
	for (size_t i = 0; i < addresses->count; i++)
		if (strchr(addresses->items[i], ':'))
			return true;
	return false;
}

static int write_ipv6_setting(int root, const char *prefix, const char *device, const char *setting, const char *value,
			      struct error *err)
{
	char path[96 + IFNAMSIZ];
	snprintf(path, sizeof path, "%snet/ipv6/conf/%s/%s", prefix, device, setting);
	if (file_write(root, path, value) == 0 || errno == ENOENT || errno == EROFS) // no IPv6 in this kernel: fine
		return 0;
	return error_errno(err, STEP, "set %s of %s", setting, device);
}

/** Turns IPv6 on or off on a device, and makes it deaf to what neighbours call a router (CVE-2020-13401). */
static int switch_ipv6(int root, const char *prefix, const char *device, bool on, struct error *err)
{
	if (write_ipv6_setting(root, prefix, device, "disable_ipv6", on ? "0" : "1", err) < 0)
		return -1;
	return on ? write_ipv6_setting(root, prefix, device, "accept_ra", "0", err) : 0;
}

int link_silence_ipv6(const char *name, struct error *err)
{
	return switch_ipv6(AT_FDCWD, "/proc/sys/", name, false, err);
}

int link_make_bridge(const char *name, const struct string_list *addresses, uint32_t mtu, struct error *err)
{
	if (link_check_name(name, err) < 0)
		return -1;
	cleanup_close int socket = netlink_open(NETLINK_ROUTE, err);
	if (socket < 0)
		return -1;
	char kind[16];
	int index = find_link(socket, name, kind);
	if (index < 0 && errno == ENODEV) {
		// A MAC of its own: without one the bridge changes to that of its lowest port, and neighbours lose it.
		uint8_t mac[6] = { 0x02, 0x42 };
		if (getrandom(mac + 2, 4, 0) != 4)
			return error_errno(err, STEP, "getrandom");
		struct ifinfomsg header = { .ifi_family = AF_UNSPEC };
		struct netlink_message message;
		netlink_begin(&message, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &header, sizeof header);
		netlink_put_string(&message, IFLA_IFNAME, name);
		netlink_put(&message, IFLA_ADDRESS, mac, sizeof mac);
		put_kind(&message, "bridge");
		if (netlink_send(socket, &message) < 0)
			return error_errno(err, STEP, "make the bridge %s", name);
		index = find_link(socket, name, kind);
	}
	if (index < 0)
		return error_errno(err, STEP, "find the bridge %s", name);
	if (strcmp(kind, "bridge") != 0)
		return error_set(err, EEXIST, STEP, "the network device %s exists and is not a bridge", name);

	if (switch_ipv6(AT_FDCWD, "/proc/sys/", name, speaks_ipv6(addresses), err) < 0)
		return -1;
	for (size_t i = 0; i < addresses->count; i++)
		if (add_address(socket, index, addresses->items[i], err) < 0)
			return -1;
	if (set_up(socket, index, mtu) < 0)
		return error_errno(err, STEP, "bring %s up", name);
	return 0;
}

int link_delete(const char *name, const char *kind, pid_t *remover, struct error *err)
{
	if (link_check_name(name, err) < 0)
		return -1;
	cleanup_close int socket = netlink_open(NETLINK_ROUTE, err);
	if (socket < 0)
		return -1;
	char found[16];
	int index = find_link(socket, name, found);
	if (index < 0)
		return errno == ENODEV ? 0 : error_errno(err, STEP, "find %s", name);
	if (strcmp(found, kind) != 0)
		return error_set(err, EINVAL, STEP, "the network device %s is not a %s", name, kind);
	return link_remove(index, name, remover, err);
}

/**
 * Lets the bridge send a frame back by the port it came from: where bridged frames pass the IP hooks
 * (bridge-nf-call-iptables), a container that connects to its own published port is such a frame.
 */
static int set_port(int socket, const struct network_spec *network, struct error *err)
{
	struct ifinfomsg header = { .ifi_family = AF_BRIDGE, .ifi_index = (int)if_nametoindex(network->host_name) };
	const uint8_t on = 1;
	struct netlink_message message;
	netlink_begin(&message, RTM_SETLINK, 0, &header, sizeof header);
	size_t settings = netlink_begin_nested(&message, IFLA_PROTINFO | NLA_F_NESTED);
	netlink_put(&message, IFLA_BRPORT_MODE, &on, sizeof on);
	if (network->isolated)
		netlink_put(&message, IFLA_BRPORT_ISOLATED, &on, sizeof on);
	netlink_end_nested(&message, settings);
	return netlink_send(socket, &message) < 0 ?
		       error_errno(err, STEP, "set up the bridge's port %s", network->host_name) :
		       0;
}

static int make_veth(int socket, const struct network_spec *network, pid_t pid, struct error *err)
{
	if (link_check_name(network->host_name, err) < 0 || link_check_name(network->bridge, err) < 0)
		return -1;
	unsigned bridge = if_nametoindex(network->bridge);
	if (!bridge)
		return error_errno(err, STEP, "find the bridge %s", network->bridge);

	struct ifinfomsg header = { .ifi_family = AF_UNSPEC, .ifi_flags = IFF_UP, .ifi_change = IFF_UP };
	struct ifinfomsg peer = { .ifi_family = AF_UNSPEC };
	uint32_t pid_number = (uint32_t)pid;
	struct netlink_message message;
	netlink_begin(&message, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &header, sizeof header);
	netlink_put_string(&message, IFLA_IFNAME, network->host_name);
	netlink_put(&message, IFLA_MTU, &network->mtu, sizeof network->mtu);
	netlink_put(&message, IFLA_MASTER, &bridge, sizeof bridge);
	size_t info = netlink_begin_nested(&message, IFLA_LINKINFO);
	netlink_put_string(&message, IFLA_INFO_KIND, "veth");
	size_t data = netlink_begin_nested(&message, IFLA_INFO_DATA);
	size_t other = netlink_begin_nested(&message, VETH_INFO_PEER);
	netlink_put_raw(&message, &peer, sizeof peer);
	netlink_put_string(&message, IFLA_IFNAME, network->name);
	netlink_put(&message, IFLA_ADDRESS, network->mac, sizeof network->mac);
	netlink_put(&message, IFLA_MTU, &network->mtu, sizeof network->mtu);
	netlink_put(&message, IFLA_NET_NS_PID, &pid_number, sizeof pid_number);
	netlink_end_nested(&message, other);
	netlink_end_nested(&message, data);
	netlink_end_nested(&message, info);
	if (netlink_send(socket, &message) < 0)
		return error_errno(err, STEP, "make the veth pair %s on %s", network->host_name, network->bridge);
	struct error ignored;
	if (set_port(socket, network, err) == 0)
		return 0;
	link_delete(network->host_name, "veth", NULL, &ignored);
	return -1;
}

/** A macvlan or an ipvlan, which has its parent's MAC address. */
static int make_child(int socket, const struct network_spec *network, pid_t pid, struct error *err)
{
	const char *kind = network->is_ipvlan ? "ipvlan" : "macvlan";
	if (link_check_name(network->parent, err) < 0)
		return -1;
	unsigned parent = if_nametoindex(network->parent);
	if (!parent)
		return error_errno(err, STEP, "find the device %s", network->parent);
	struct ifinfomsg header = { .ifi_family = AF_UNSPEC };
	uint32_t pid_number = (uint32_t)pid;
	struct netlink_message message;
	netlink_begin(&message, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &header, sizeof header);
	netlink_put_string(&message, IFLA_IFNAME, network->name);
	if (!network->is_ipvlan)
		netlink_put(&message, IFLA_ADDRESS, network->mac, sizeof network->mac);
	netlink_put(&message, IFLA_MTU, &network->mtu, sizeof network->mtu);
	netlink_put(&message, IFLA_LINK, &parent, sizeof parent);
	netlink_put(&message, IFLA_NET_NS_PID, &pid_number, sizeof pid_number);
	size_t info = netlink_begin_nested(&message, IFLA_LINKINFO);
	netlink_put_string(&message, IFLA_INFO_KIND, kind);
	size_t data = netlink_begin_nested(&message, IFLA_INFO_DATA);
	if (network->is_ipvlan) {
		const uint16_t mode = IPVLAN_MODE_L2;
		netlink_put(&message, IFLA_IPVLAN_MODE, &mode, sizeof mode);
		netlink_put(&message, IFLA_IPVLAN_FLAGS, &network->ipvlan_flag, sizeof network->ipvlan_flag);
	} else {
		netlink_put(&message, IFLA_MACVLAN_MODE, &network->macvlan_mode, sizeof network->macvlan_mode);
	}
	netlink_end_nested(&message, data);
	netlink_end_nested(&message, info);
	return netlink_send(socket, &message) < 0 ?
		       error_errno(err, STEP, "make the %s on %s", kind, network->parent) :
		       0;
}

int link_make(const struct network_spec *network, pid_t pid, struct error *err)
{
	if (link_check_name(network->name, err) < 0)
		return -1;
	cleanup_close int socket = netlink_open(NETLINK_ROUTE, err);
	if (socket < 0)
		return -1;
	return network->parent ? make_child(socket, network, pid, err) : make_veth(socket, network, pid, err);
}

int link_has_kind(const char *kind, struct error *err)
{
	cleanup_close int socket = netlink_open(NETLINK_ROUTE, err);
	if (socket < 0)
		return -1;
	// On no device: a kernel that has the kind refuses this for another reason than one that has not (rtnl_newlink(), Linux 6.18).
	struct ifinfomsg header = { .ifi_family = AF_UNSPEC };
	struct netlink_message message;
	netlink_begin(&message, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &header, sizeof header);
	put_kind(&message, kind);
	if (netlink_send(socket, &message) == 0 || errno != EOPNOTSUPP)
		return 0;
	return error_errno(err, STEP, "make a network device of the kind %s", kind);
}

int link_up_loopback(struct error *err)
{
	cleanup_close int socket = netlink_open(NETLINK_ROUTE, err);
	if (socket < 0)
		return -1;
	return set_up(socket, 1, 0) < 0 ? error_errno(err, STEP, "bring lo up") : 0;
}

/** The index of a device of the current network namespace, which /proc/self and ioctl() may not agree upon. */
static int index_of(const char *name, struct error *err)
{
	unsigned index = if_nametoindex(name);
	return index ? (int)index : error_errno(err, STEP, "find %s in the container", name);
}

static int add_routes(int socket, int index, const struct string_list *gateways, struct error *err)
{
	for (size_t i = 0; i < gateways->count; i++)
		if (add_default_route(socket, index, gateways->items[i], err) < 0)
			return -1;
	return 0;
}

int link_configure(const struct network_spec *network, int settings, struct error *err)
{
	cleanup_close int socket = netlink_open(NETLINK_ROUTE, err);
	if (socket < 0)
		return -1;
	int index = index_of(network->name, err);
	if (index < 0 || switch_ipv6(settings, "", network->name, network->ipv6, err) < 0)
		return -1;
	for (size_t i = 0; i < network->addresses.count; i++)
		if (add_address(socket, index, network->addresses.items[i], err) < 0)
			return -1;
	if (set_up(socket, index, 0) < 0)
		return error_errno(err, STEP, "bring %s up", network->name);
	return add_routes(socket, index, &network->gateways, err);
}

/** One that cannot come back must not go on. */
int link_inside(pid_t pid, link_work *work, const void *what, struct error *err)
{
	char path[64];
	snprintf(path, sizeof path, "/proc/%d/ns/net", pid);
	cleanup_close int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	cleanup_close int away = open(path, O_RDONLY | O_CLOEXEC);
	if (home < 0 || away < 0 || setns(away, CLONE_NEWNET) < 0)
		return error_errno(err, STEP, "enter the network of process %d", pid);
	// Shows the settings of whoever's network namespace it is opened from.
	cleanup_close int settings = open("/proc/sys", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int result = settings < 0 ? error_errno(err, STEP, "open /proc/sys") : work(what, settings, err);
	if (setns(home, CLONE_NEWNET) < 0)
		abort();
	return result;
}

static int configure_inside(const void *what, int settings, struct error *err)
{
	return link_configure(what, settings, err);
}

int link_attach(const struct network_spec *network, pid_t pid, struct error *err)
{
	if (link_make(network, pid, err) < 0)
		return -1;
	if (link_inside(pid, configure_inside, network, err) == 0)
		return 0;
	struct error ignored;
	link_detach(network->name, pid, NULL, &ignored);
	return -1;
}

struct departure {
	const char *name;
	pid_t *remover;
};

static int delete_inside(const void *what, int settings, struct error *err)
{
	(void)settings;
	const struct departure *departure = what;
	const char *name = departure->name;
	cleanup_close int socket = netlink_open(NETLINK_ROUTE, err);
	if (socket < 0)
		return -1;
	char kind[16];
	int index = find_link(socket, name, kind);
	if (index < 0)
		return errno == ENODEV ? 0 : error_errno(err, STEP, "find %s", name);
	return link_remove(index, name, departure->remover, err);
}

int link_detach(const char *name, pid_t pid, pid_t *remover, struct error *err)
{
	struct departure departure = { name, remover };
	return link_check_name(name, err) < 0 ? -1 : link_inside(pid, delete_inside, &departure, err);
}

struct route {
	const char *name;
	const struct string_list *gateways;
};

static int route_inside(const void *what, int settings, struct error *err)
{
	(void)settings;
	const struct route *route = what;
	cleanup_close int socket = netlink_open(NETLINK_ROUTE, err);
	int index = socket < 0 ? -1 : index_of(route->name, err);
	return index < 0 ? -1 : add_routes(socket, index, route->gateways, err);
}

int link_route(const char *name, const struct string_list *gateways, pid_t pid, struct error *err)
{
	struct route route = { name, gateways };
	return link_inside(pid, route_inside, &route, err);
}
