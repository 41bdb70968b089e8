// A container may have a name server of its own at port 53 of all its addresses, so ours must not be bound there. It has some
// other port of 127.0.0.11, and the namespace's own nft rules write 53 into what goes there and comes from there. They
// keep no state: no connection of the container is tracked for them.
#include "spawn/resolver.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#include "common/cleanup.h"
#include "spawn/link.h"
#include "spawn/nft-batch.h"

#define STEP "network"
#define TABLE "berth-resolver"
#define CHAIN "output"
#define ADDRESS 0x7f00000bu
#define PORT 53
/** Until one port is free for both protocols. */
#define TRIES 64
#define BACKLOG 64

static void put_number(struct netlink_message *message, uint16_t type, uint32_t number)
{
	number = htonl(number);
	netlink_put(message, type, &number, sizeof number);
}

static void put_value(struct netlink_message *message, uint16_t type, const void *value, size_t length)
{
	size_t data = netlink_begin_nested(message, (uint16_t)(type | NLA_F_NESTED));
	netlink_put(message, NFTA_DATA_VALUE, value, length);
	netlink_end_nested(message, data);
}

/** An expression of a rule while its attributes are put. */
struct expression {
	size_t item;
	size_t data;
};

static struct expression begin_expression(struct netlink_message *message, const char *name)
{
	struct expression expression = { .item = netlink_begin_nested(message, NFTA_LIST_ELEM | NLA_F_NESTED) };
	netlink_put_string(message, NFTA_EXPR_NAME, name);
	expression.data = netlink_begin_nested(message, NFTA_EXPR_DATA | NLA_F_NESTED);
	return expression;
}

static void end_expression(struct netlink_message *message, struct expression expression)
{
	netlink_end_nested(message, expression.data);
	netlink_end_nested(message, expression.item);
}

static void compare(struct netlink_message *message, const void *value, size_t length)
{
	struct expression cmp = begin_expression(message, "cmp");
	put_number(message, NFTA_CMP_SREG, NFT_REG_1);
	put_number(message, NFTA_CMP_OP, NFT_CMP_EQ);
	put_value(message, NFTA_CMP_DATA, value, length);
	end_expression(message, cmp);
}

static void load(struct netlink_message *message, uint32_t base, uint32_t offset, uint32_t length)
{
	struct expression payload = begin_expression(message, "payload");
	put_number(message, NFTA_PAYLOAD_DREG, NFT_REG_1);
	put_number(message, NFTA_PAYLOAD_BASE, base);
	put_number(message, NFTA_PAYLOAD_OFFSET, offset);
	put_number(message, NFTA_PAYLOAD_LEN, length);
	end_expression(message, payload);
}

/** Writes a port into the header that it was loaded from. */
static void write_port(struct netlink_message *message, uint16_t port, uint32_t offset, uint32_t checksum)
{
	struct expression immediate = begin_expression(message, "immediate");
	put_number(message, NFTA_IMMEDIATE_DREG, NFT_REG_1);
	port = htons(port);
	put_value(message, NFTA_IMMEDIATE_DATA, &port, sizeof port);
	end_expression(message, immediate);
	struct expression payload = begin_expression(message, "payload");
	put_number(message, NFTA_PAYLOAD_SREG, NFT_REG_1);
	put_number(message, NFTA_PAYLOAD_BASE, NFT_PAYLOAD_TRANSPORT_HEADER);
	put_number(message, NFTA_PAYLOAD_OFFSET, offset);
	put_number(message, NFTA_PAYLOAD_LEN, sizeof port);
	put_number(message, NFTA_PAYLOAD_CSUM_TYPE, NFT_PAYLOAD_CSUM_INET);
	put_number(message, NFTA_PAYLOAD_CSUM_OFFSET, checksum);
	end_expression(message, payload);
}

/** `ip daddr 127.0.0.11 udp dport 53 udp dport set PORT`, or the same of the source, back. */
static void add_rule(struct nft_batch *batch, uint8_t protocol, bool back, uint16_t port)
{
	struct netlink_message message;
	const uint32_t address = htonl(ADDRESS);
	const uint16_t from = htons(back ? port : PORT);
	const uint32_t offset = back ? 0 : 2; // of the source's or the destination's port
	nft_begin(&message, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND, NFPROTO_IPV4);
	netlink_put_string(&message, NFTA_RULE_TABLE, TABLE);
	netlink_put_string(&message, NFTA_RULE_CHAIN, CHAIN);
	size_t list = netlink_begin_nested(&message, NFTA_RULE_EXPRESSIONS | NLA_F_NESTED);
	load(&message, NFT_PAYLOAD_NETWORK_HEADER, back ? 12 : 16, sizeof address);
	compare(&message, &address, sizeof address);
	struct expression meta = begin_expression(&message, "meta");
	put_number(&message, NFTA_META_DREG, NFT_REG_1);
	put_number(&message, NFTA_META_KEY, NFT_META_L4PROTO);
	end_expression(&message, meta);
	compare(&message, &protocol, sizeof protocol);
	load(&message, NFT_PAYLOAD_TRANSPORT_HEADER, offset, sizeof from);
	compare(&message, &from, sizeof from);
	write_port(&message, back ? PORT : port, offset, protocol == IPPROTO_UDP ? 6 : 16);
	netlink_end_nested(&message, list);
	nft_batch_append(batch, &message);
}

static int add_rules(uint16_t port, struct error *err)
{
	cleanup_close int socket = netlink_open(NETLINK_NETFILTER, err);
	if (socket < 0)
		return -1;
	struct nft_batch batch = { 0 };
	struct netlink_message message;
	nft_begin(&message, NFT_MSG_NEWTABLE, NLM_F_CREATE, NFPROTO_IPV4);
	netlink_put_string(&message, NFTA_TABLE_NAME, TABLE);
	nft_batch_append(&batch, &message);
	nft_begin(&message, NFT_MSG_NEWCHAIN, NLM_F_CREATE, NFPROTO_IPV4);
	netlink_put_string(&message, NFTA_CHAIN_TABLE, TABLE);
	netlink_put_string(&message, NFTA_CHAIN_NAME, CHAIN);
	size_t hook = netlink_begin_nested(&message, NFTA_CHAIN_HOOK | NLA_F_NESTED);
	put_number(&message, NFTA_HOOK_HOOKNUM, NF_INET_LOCAL_OUT);
	put_number(&message, NFTA_HOOK_PRIORITY, (uint32_t)-300);
	netlink_end_nested(&message, hook);
	netlink_put_string(&message, NFTA_CHAIN_TYPE, "filter");
	nft_batch_append(&batch, &message);
	for (int back = 0; back < 2; back++) {
		add_rule(&batch, IPPROTO_UDP, back, port);
		add_rule(&batch, IPPROTO_TCP, back, port);
	}
	return nft_batch_send(&batch, socket) < 0 ? error_errno(err, STEP, "make the resolver's rules") : 0;
}

/** A socket at 127.0.0.11; `*port` 0 takes a free port and tells which. -1 with errno. */
static int bind_socket(int type, uint16_t *port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(ADDRESS), .sin_port = htons(*port) };
	socklen_t length = sizeof address;
	cleanup_close int fd = socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, length) < 0 ||
	    (type == SOCK_STREAM && listen(fd, BACKLOG) < 0) || getsockname(fd, (struct sockaddr *)&address, &length) < 0)
		return -1;
	*port = ntohs(address.sin_port);
	return steal_fd(&fd);
}

static int open_inside(const void *what, int settings, struct error *err)
{
	struct resolver_sockets *sockets = *(struct resolver_sockets *const *)what;
	(void)settings;
	// A namespace without any address takes 127.0.0.11 for a broadcast address, and answers would leave from another.
	if (link_up_loopback(err) < 0)
		return -1;
	for (int i = 0; i < TRIES; i++) {
		uint16_t port = 0;
		cleanup_close int udp = bind_socket(SOCK_DGRAM, &port);
		cleanup_close int tcp = udp < 0 ? -1 : bind_socket(SOCK_STREAM, &port);
		if (tcp < 0 && errno == EADDRINUSE)
			continue;
		if (tcp < 0)
			break;
		if (add_rules(port, err) < 0)
			return -1;
		*sockets = (struct resolver_sockets){ .udp = steal_fd(&udp), .tcp = steal_fd(&tcp) };
		return 0;
	}
	return error_errno(err, STEP, "open the resolver's sockets");
}

int resolver_open(pid_t pid, struct resolver_sockets *sockets, struct error *err)
{
	return link_inside(pid, open_inside, &sockets, err);
}
