// All flows of a family are listed, and those that are wrong deleted by their first tuple. Kernels before 6.9 cannot filter when
// they delete, and the list is asked for only when a UDP port comes or goes.
#include "spawn/conntrack.h"

#include <arpa/inet.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "common/cleanup.h"
#include "spawn/netlink.h"

/** At most so many are deleted at once; a port with more clients than that is served as they fall silent. */
#define FLOWS_MAX 65536
#define TUPLE_MAX 128

/** A run of attributes. */
struct attributes {
	const char *data;
	size_t length;
};

/** What names a flow: its first tuple as the kernel wrote it, its zone and its id. */
struct flow {
	char tuple[TUPLE_MAX];
	size_t tuple_length;
	uint16_t zone;
	uint32_t id;
};

struct flows {
	struct flow *list;
	size_t count, capacity;
};

static struct attributes find(struct attributes in, uint16_t type)
{
	struct nlattr head;
	while (in.length >= sizeof head) {
		memcpy(&head, in.data, sizeof head);
		if (head.nla_len < sizeof head || head.nla_len > in.length)
			break;
		if ((head.nla_type & NLA_TYPE_MASK) == type)
			return (struct attributes){ in.data + NLA_HDRLEN, head.nla_len - NLA_HDRLEN };
		size_t step = NLA_ALIGN(head.nla_len);
		if (step >= in.length)
			break;
		in.data += step;
		in.length -= step;
	}
	return (struct attributes){ NULL, 0 };
}

/** Copies an attribute of exactly this size; false when it is not there. */
static bool read_value(struct attributes in, uint16_t type, void *value, size_t size)
{
	struct attributes found = find(in, type);
	if (!found.data || found.length != size)
		return false;
	memcpy(value, found.data, size);
	return true;
}

static bool is_wrong(struct attributes flow, const struct conntrack_forward *forward)
{
	bool v4 = forward->address_length == 4;
	struct attributes asked = find(flow, CTA_TUPLE_ORIG), answered = find(flow, CTA_TUPLE_REPLY);
	uint8_t to[16], from[16], protocol;
	uint16_t to_port, from_port;
	uint32_t status;
	struct attributes ports = find(asked, CTA_TUPLE_PROTO);
	if (!read_value(ports, CTA_PROTO_NUM, &protocol, sizeof protocol) || protocol != IPPROTO_UDP ||
	    !read_value(ports, CTA_PROTO_DST_PORT, &to_port, sizeof to_port) || to_port != forward->host_port)
		return false;
	if (!read_value(flow, CTA_STATUS, &status, sizeof status) || !(ntohl(status) & IPS_DST_NAT))
		return false;
	if (!read_value(find(asked, CTA_TUPLE_IP), v4 ? CTA_IP_V4_DST : CTA_IP_V6_DST, to, forward->address_length) ||
	    !read_value(find(answered, CTA_TUPLE_IP), v4 ? CTA_IP_V4_SRC : CTA_IP_V6_SRC, from, forward->address_length) ||
	    !read_value(find(answered, CTA_TUPLE_PROTO), CTA_PROTO_SRC_PORT, &from_port, sizeof from_port))
		return false;
	if (forward->host_address && memcmp(to, forward->host_address, forward->address_length) != 0)
		return false;
	bool there = from_port == forward->port && memcmp(from, forward->address, forward->address_length) == 0;
	return there == forward->gone;
}

static void remember(struct flows *flows, struct attributes attributes)
{
	struct attributes tuple = find(attributes, CTA_TUPLE_ORIG);
	if (tuple.length > TUPLE_MAX || flows->count == FLOWS_MAX)
		return;
	if (flows->count == flows->capacity) {
		size_t capacity = flows->capacity ? flows->capacity * 2 : 16;
		struct flow *list = realloc(flows->list, capacity * sizeof *list);
		if (!list)
			return;
		flows->list = list;
		flows->capacity = capacity;
	}
	struct flow *flow = &flows->list[flows->count++];
	*flow = (struct flow){ .tuple_length = tuple.length };
	memcpy(flow->tuple, tuple.data, tuple.length);
	read_value(attributes, CTA_ZONE, &flow->zone, sizeof flow->zone);
	read_value(attributes, CTA_ID, &flow->id, sizeof flow->id);
}

static void begin(struct netlink_message *message, uint16_t type, uint16_t flags, size_t address_length)
{
	struct nfgenmsg header = { .nfgen_family = address_length == 4 ? AF_INET : AF_INET6, .version = NFNETLINK_V0 };
	netlink_begin(message, (uint16_t)(NFNL_SUBSYS_CTNETLINK << 8 | type), flags, &header, sizeof header);
}

/** Goes through a datagram of the list; false when it was the last, or an error. */
static bool read_list(const char *data, size_t size, const struct conntrack_forward *forwards, size_t count,
		      struct flows *flows)
{
	const size_t start = NLMSG_SPACE(sizeof(struct nfgenmsg));
	struct nlmsghdr top;
	while (size >= sizeof top) {
		memcpy(&top, data, sizeof top);
		if (top.nlmsg_type == NLMSG_DONE || top.nlmsg_type == NLMSG_ERROR || top.nlmsg_len < sizeof top ||
		    top.nlmsg_len > size)
			return false;
		if (top.nlmsg_len > start) {
			struct attributes attributes = { data + start, top.nlmsg_len - start };
			for (size_t i = 0; i < count; i++) {
				if (!is_wrong(attributes, &forwards[i]))
					continue;
				remember(flows, attributes);
				break;
			}
		}
		size_t step = NLMSG_ALIGN(top.nlmsg_len);
		if (step >= size)
			return true;
		data += step;
		size -= step;
	}
	return true;
}

static void forget(int socket, const struct flow *flow, size_t address_length)
{
	struct netlink_message message;
	begin(&message, IPCTNL_MSG_CT_DELETE, 0, address_length);
	netlink_put(&message, CTA_TUPLE_ORIG | NLA_F_NESTED, flow->tuple, flow->tuple_length);
	if (flow->zone)
		netlink_put(&message, CTA_ZONE, &flow->zone, sizeof flow->zone);
	if (flow->id)
		netlink_put(&message, CTA_ID, &flow->id, sizeof flow->id);
	netlink_send(socket, &message); // one that has ended meanwhile is as good
}

void conntrack_forget_udp(const struct conntrack_forward *forwards, size_t count)
{
	struct error ignored;
	if (count == 0)
		return;
	cleanup_close int socket = netlink_open(NETLINK_NETFILTER, &ignored);
	struct netlink_message message;
	begin(&message, IPCTNL_MSG_CT_GET, NLM_F_DUMP, forwards[0].address_length);
	if (socket < 0 || send(socket, message.data, netlink_length(&message), 0) < 0)
		return;
	struct flows flows = { 0 };
	static char buffer[65536];
	for (;;) {
		ssize_t n = recv(socket, buffer, sizeof buffer, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0 || !read_list(buffer, (size_t)n, forwards, count, &flows))
			break;
	}
	// A socket of its own: on this one the end of the list may still wait.
	cleanup_close int second = flows.count ? netlink_open(NETLINK_NETFILTER, &ignored) : -1;
	for (size_t i = 0; i < flows.count && second >= 0; i++)
		forget(second, &flows.list[i], forwards[0].address_length);
	free(flows.list);
}
