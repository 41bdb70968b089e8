// VXLAN devices by rtnetlink. Which machine a frame goes to is learned from what comes, as a switch does; what nobody has learned
// goes to all: the entries of the forwarding database for the address 00:00:00:00:00:00.
//
// Learned entries come and go while the database is read, which the kernel does by the entry's number when it is long: one may be
// missed then. So it is read again after entries were removed.
#include "spawn/vxlan.h"

#include <arpa/inet.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdlib.h>

#include "common/cleanup.h"
#include "spawn/link-removal.h"
#include "spawn/link.h"
#include "spawn/netlink.h"

#define STEP "network"
#define READS_MAX 4

/** An IP address of either family; the bytes behind its length are 0. */
struct address {
	uint8_t length;
	uint8_t bytes[16];
};

struct peer {
	struct address address;
	/** Its entry was there before, or is there by this request. */
	bool there;
	bool added;
};

/** An entry of the forwarding database: frames for this MAC go to this machine. What is 0 is as of the device. */
struct entry {
	uint8_t mac[6];
	struct address machine;
	uint16_t port; // big endian
	uint32_t vni;
	uint32_t device;
};

/** A device while its ways to other machines are set. */
struct ways {
	int socket;
	int index;
	/** By their addresses. */
	struct peer *peers;
	size_t peer_count;
	/** Entries that lead elsewhere. */
	struct entry *wrong;
	size_t wrong_count, wrong_capacity;
	bool out_of_memory;
};

static int by_address(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct address));
}

/** Takes an address that one machine has. */
static int parse_address(const char *text, struct address *out, struct error *err)
{
	static const uint8_t nobody[16];
	bool v6 = strchr(text, ':') != NULL;
	*out = (struct address){ .length = v6 ? 16 : 4 };
	if (inet_pton(v6 ? AF_INET6 : AF_INET, text, out->bytes) != 1)
		return error_set(err, EINVAL, STEP, "\"%s\" is not an address", text);
	bool group = v6 ? out->bytes[0] == 0xff : out->bytes[0] >= 224;
	if (group || memcmp(out->bytes, nobody, sizeof nobody) == 0)
		return error_set(err, EINVAL, STEP, "%s is not the address of a machine", text);
	return 0;
}

/** Sorted, each once. */
static int parse_peers(const struct vxlan_spec *spec, const struct address *local, struct ways *ways, struct error *err)
{
	for (size_t i = 0; i < spec->peers.count; i++) {
		const char *text = spec->peers.items[i];
		struct address *address = &ways->peers[i].address;
		if (parse_address(text, address, err) < 0)
			return -1;
		if (address->length != local->length)
			return error_set(err, EINVAL, STEP, "%s and %s are addresses of different families", spec->local, text);
		if (by_address(address, local) == 0)
			return error_set(err, EINVAL, STEP, "%s is a peer and the local address", text);
	}
	qsort(ways->peers, spec->peers.count, sizeof *ways->peers, by_address);
	for (size_t i = 0; i < spec->peers.count; i++)
		if (i == 0 || by_address(&ways->peers[i], &ways->peers[ways->peer_count - 1]) != 0)
			ways->peers[ways->peer_count++] = ways->peers[i];
	return 0;
}

static int find_bridge(int socket, const char *name, struct error *err)
{
	_Alignas(struct nlmsghdr) char answer[16384];
	struct link_found found;
	if (link_find(socket, name, answer, sizeof answer, &found) < 0)
		return error_errno(err, STEP, "find the bridge %s", name);
	if (strcmp(found.kind, "bridge") != 0)
		return error_set(err, EINVAL, STEP, "the network device %s is not a bridge", name);
	return found.index;
}

static int create(int socket, const struct vxlan_spec *spec, const struct address *local, struct error *err)
{
	struct ifinfomsg header = { .ifi_family = AF_UNSPEC };
	const uint16_t port = htons(spec->port);
	const uint8_t on = 1;
	struct netlink_message message;
	netlink_begin(&message, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &header, sizeof header);
	netlink_put_string(&message, IFLA_IFNAME, spec->name);
	size_t info = netlink_begin_nested(&message, IFLA_LINKINFO);
	netlink_put_string(&message, IFLA_INFO_KIND, "vxlan");
	size_t data = netlink_begin_nested(&message, IFLA_INFO_DATA);
	netlink_put(&message, IFLA_VXLAN_ID, &spec->vni, sizeof spec->vni);
	netlink_put(&message, local->length == 4 ? IFLA_VXLAN_LOCAL : IFLA_VXLAN_LOCAL6, local->bytes, local->length);
	netlink_put(&message, IFLA_VXLAN_PORT, &port, sizeof port);
	netlink_put(&message, IFLA_VXLAN_LEARNING, &on, sizeof on);
	netlink_end_nested(&message, data);
	netlink_end_nested(&message, info);
	if (netlink_send(socket, &message) < 0)
		return error_errno(err, STEP, "make the VXLAN device %s", spec->name);
	int index = (int)if_nametoindex(spec->name);
	return index ? index : error_errno(err, STEP, "find the VXLAN device %s", spec->name);
}

/** Whether a device's IFLA_INFO_DATA says what is asked for. */
static bool is_as_asked(const struct rtattr *data, const struct vxlan_spec *spec, const struct address *local)
{
	uint32_t vni = 0;
	uint16_t port = 0;
	uint8_t learns = 0;
	bool bound = false;
	struct address found = { 0 };
	int rest = (int)RTA_PAYLOAD(data);
	for (const struct rtattr *each = RTA_DATA(data); RTA_OK(each, rest); each = RTA_NEXT(each, rest)) {
		size_t length = RTA_PAYLOAD(each);
		if (each->rta_type == IFLA_VXLAN_ID && length == sizeof vni)
			memcpy(&vni, RTA_DATA(each), sizeof vni);
		else if (each->rta_type == IFLA_VXLAN_PORT && length == sizeof port)
			memcpy(&port, RTA_DATA(each), sizeof port);
		else if (each->rta_type == IFLA_VXLAN_LEARNING && length == sizeof learns)
			memcpy(&learns, RTA_DATA(each), sizeof learns);
		else if (each->rta_type == IFLA_VXLAN_LINK || each->rta_type == IFLA_VXLAN_GROUP ||
			 each->rta_type == IFLA_VXLAN_GROUP6)
			bound = true;
		else if ((each->rta_type == IFLA_VXLAN_LOCAL && length == 4) ||
			 (each->rta_type == IFLA_VXLAN_LOCAL6 && length == 16)) {
			found.length = (uint8_t)length;
			memcpy(found.bytes, RTA_DATA(each), length);
		}
	}
	return vni == spec->vni && ntohs(port) == spec->port && by_address(&found, local) == 0 && learns && !bound;
}

/** The device of that name when it is as asked for; one that is not is removed. 0: there is none. */
static int take_over(int socket, const struct vxlan_spec *spec, const struct address *local, pid_t *remover,
		     struct error *err)
{
	_Alignas(struct nlmsghdr) char answer[16384];
	struct link_found found;
	if (link_find(socket, spec->name, answer, sizeof answer, &found) < 0)
		return errno == ENODEV ? 0 : error_errno(err, STEP, "find %s", spec->name);
	if (strcmp(found.kind, "vxlan") != 0)
		return error_set(err, EEXIST, STEP, "the network device %s exists and is not a VXLAN device", spec->name);
	if (found.data && is_as_asked(found.data, spec, local))
		return found.index;
	return link_remove(found.index, spec->name, remover, err);
}

static int set_up(int socket, int index, int bridge, const struct vxlan_spec *spec, struct error *err)
{
	struct ifinfomsg header = { .ifi_index = index, .ifi_flags = IFF_UP, .ifi_change = IFF_UP };
	struct netlink_message message;
	netlink_begin(&message, RTM_NEWLINK, 0, &header, sizeof header);
	netlink_put(&message, IFLA_MASTER, &bridge, sizeof bridge);
	if (spec->mtu)
		netlink_put(&message, IFLA_MTU, &spec->mtu, sizeof spec->mtu);
	if (netlink_send(socket, &message) < 0)
		return error_errno(err, STEP, "put %s onto %s and bring it up", spec->name, spec->bridge);
	return 0;
}

static int change_entry(const struct ways *ways, uint16_t type, const struct entry *entry)
{
	struct ndmsg header = {
		.ndm_family = AF_BRIDGE,
		.ndm_ifindex = ways->index,
		.ndm_state = NUD_PERMANENT | NUD_NOARP,
		.ndm_flags = NTF_SELF,
	};
	uint16_t flags = type == RTM_NEWNEIGH ? NLM_F_CREATE | NLM_F_APPEND : 0;
	struct netlink_message message;
	netlink_begin(&message, type, flags, &header, sizeof header);
	netlink_put(&message, NDA_LLADDR, entry->mac, sizeof entry->mac);
	netlink_put(&message, NDA_DST, entry->machine.bytes, entry->machine.length);
	if (entry->port)
		netlink_put(&message, NDA_PORT, &entry->port, sizeof entry->port);
	if (entry->vni)
		netlink_put(&message, NDA_VNI, &entry->vni, sizeof entry->vni);
	if (entry->device)
		netlink_put(&message, NDA_IFINDEX, &entry->device, sizeof entry->device);
	return netlink_send(ways->socket, &message);
}

/** Reads an entry of this device; false when it is another's, or the bridge's own about its port. */
static bool read_entry(const struct nlmsghdr *message, int index, struct entry *out)
{
	const struct ndmsg *header = NLMSG_DATA(message);
	if (message->nlmsg_type != RTM_NEWNEIGH || message->nlmsg_len < NLMSG_LENGTH(sizeof *header) ||
	    header->ndm_ifindex != index || !(header->ndm_flags & NTF_SELF))
		return false;
	*out = (struct entry){ 0 };
	int rest = (int)(message->nlmsg_len - NLMSG_LENGTH(sizeof *header));
	const struct rtattr *each = (const void *)((const char *)header + NLMSG_ALIGN(sizeof *header));
	for (; RTA_OK(each, rest); each = RTA_NEXT(each, rest)) {
		size_t length = RTA_PAYLOAD(each);
		if (each->rta_type == NDA_LLADDR && length == sizeof out->mac)
			memcpy(out->mac, RTA_DATA(each), length);
		else if (each->rta_type == NDA_PORT && length == sizeof out->port)
			memcpy(&out->port, RTA_DATA(each), length);
		else if (each->rta_type == NDA_VNI && length == sizeof out->vni)
			memcpy(&out->vni, RTA_DATA(each), length);
		else if (each->rta_type == NDA_IFINDEX && length == sizeof out->device)
			memcpy(&out->device, RTA_DATA(each), length);
		else if (each->rta_type == NDA_DST && (length == 4 || length == 16)) {
			out->machine.length = (uint8_t)length;
			memcpy(out->machine.bytes, RTA_DATA(each), length);
		}
	}
	return out->machine.length != 0;
}

static void note_entry(const struct nlmsghdr *message, void *context)
{
	static const uint8_t everybody[6];
	struct ways *ways = context;
	struct entry entry;
	if (!read_entry(message, ways->index, &entry))
		return;
	struct peer *peer =
		bsearch(&entry.machine, ways->peers, ways->peer_count, sizeof *ways->peers, by_address);
	bool for_all = memcmp(entry.mac, everybody, sizeof everybody) == 0;
	bool usual = !entry.port && !entry.vni && !entry.device;
	if (peer && for_all && usual)
		peer->there = true;
	if (peer && (usual || !for_all))
		return;
	if (ways->wrong_count == ways->wrong_capacity) {
		size_t capacity = ways->wrong_capacity ? ways->wrong_capacity * 2 : 64;
		struct entry *grown = reallocarray(ways->wrong, capacity, sizeof *grown);
		if (!grown) {
			ways->out_of_memory = true;
			return;
		}
		ways->wrong = grown;
		ways->wrong_capacity = capacity;
	}
	ways->wrong[ways->wrong_count++] = entry;
}

/** Looks which peers have their entry and which entries are wrong. */
static int read_ways(struct ways *ways, struct error *err)
{
	// Of this device alone: the header is that of the kernel's old way, as a shorter one is no filter (valid_fdb_dump_legacy(), Linux 6.18).
	struct ifinfomsg header = { .ifi_family = AF_BRIDGE, .ifi_index = ways->index };
	struct netlink_message message;
	ways->wrong_count = 0;
	netlink_begin(&message, RTM_GETNEIGH, NLM_F_DUMP, &header, sizeof header);
	if (netlink_dump(ways->socket, &message, note_entry, ways) < 0)
		return error_errno(err, STEP, "read the forwarding database");
	return ways->out_of_memory ? error_set(err, ENOMEM, STEP, "no memory for the forwarding database") : 0;
}

static int add_peers(struct ways *ways, struct error *err)
{
	for (size_t i = 0; i < ways->peer_count; i++) {
		struct peer *peer = &ways->peers[i];
		if (peer->there)
			continue;
		char text[INET6_ADDRSTRLEN];
		const struct entry entry = { .machine = peer->address };
		if (change_entry(ways, RTM_NEWNEIGH, &entry) < 0)
			return error_errno(err, STEP, "add the peer %s",
					   inet_ntop(peer->address.length == 4 ? AF_INET : AF_INET6,
						     peer->address.bytes, text, sizeof text));
		peer->there = peer->added = true;
	}
	return 0;
}

static void take_peers_back(struct ways *ways)
{
	for (size_t i = 0; i < ways->peer_count; i++) {
		const struct entry entry = { .machine = ways->peers[i].address };
		if (ways->peers[i].added)
			change_entry(ways, RTM_DELNEIGH, &entry);
	}
}

static int remove_wrong(struct ways *ways, struct error *err)
{
	for (int reads = 1; ways->wrong_count; reads++) {
		for (size_t i = 0; i < ways->wrong_count; i++)
			// What was learned may have aged away meanwhile.
			if (change_entry(ways, RTM_DELNEIGH, &ways->wrong[i]) < 0 && errno != ENOENT)
				return error_errno(err, STEP, "remove a way to another machine");
		// One who still sends to us is learned again: not for ever.
		if (reads == READS_MAX)
			break;
		if (read_ways(ways, err) < 0)
			return -1;
	}
	return 0;
}

static int make(const struct vxlan_spec *spec, const struct address *local, struct ways *ways, pid_t *remover,
		struct error *err)
{
	int bridge = find_bridge(ways->socket, spec->bridge, err);
	if (bridge < 0)
		return -1;
	ways->index = take_over(ways->socket, spec, local, remover, err);
	if (ways->index < 0)
		return -1;
	bool made = ways->index == 0;
	if (made)
		ways->index = create(ways->socket, spec, local, err);
	if (ways->index < 0)
		return -1;
	// What can fail for a reason goes before what cannot be taken back.
	if (link_silence_ipv6(spec->name, err) == 0 && read_ways(ways, err) == 0 && add_peers(ways, err) == 0 &&
	    set_up(ways->socket, ways->index, bridge, spec, err) == 0 && remove_wrong(ways, err) == 0)
		return 0;
	struct error ignored;
	if (made)
		link_remove(ways->index, spec->name, NULL, &ignored);
	else
		take_peers_back(ways);
	return -1;
}

int vxlan_make(const struct vxlan_spec *spec, pid_t *remover, struct error *err)
{
	struct address local;
	if (link_check_name(spec->name, err) < 0 || link_check_name(spec->bridge, err) < 0 ||
	    parse_address(spec->local, &local, err) < 0)
		return -1;
	if (spec->peers.count > VXLAN_PEERS_MAX)
		return error_set(err, EINVAL, STEP, "%zu peers are more than the %d there can be", spec->peers.count,
				 VXLAN_PEERS_MAX);
	cleanup_close int socket = netlink_open(NETLINK_ROUTE, err);
	if (socket < 0)
		return -1;
	cleanup_free struct peer *peers = calloc(spec->peers.count + 1, sizeof *peers);
	if (!peers)
		return error_errno(err, STEP, "calloc");
	struct ways ways = { .socket = socket, .peers = peers };
	int result = parse_peers(spec, &local, &ways, err) < 0 ? -1 : make(spec, &local, &ways, remover, err);
	free(ways.wrong);
	return result;
}
