// Every message that takes away a table, chain, rule, set or element names its table in its first attribute. It bears the
// netlink port of the socket that asked for it.
#include "spawn/nft-watch.h"

#include <errno.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "spawn/netlink.h"

int nft_watch_open(struct error *err)
{
	cleanup_close int fd = netlink_open(NETLINK_NETFILTER, err);
	if (fd < 0)
		return -1;
	const int group = NFNLGRP_NFTABLES;
	// A socket without a port of its own is left out of what is told to all.
	struct sockaddr_nl any = { .nl_family = AF_NETLINK };
	if (bind(fd, (struct sockaddr *)&any, sizeof any) < 0 ||
	    setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group) < 0)
		return error_errno(err, "start", "watch the nft rules");
	return steal_fd(&fd);
}

static bool takes_away(uint16_t type)
{
	if (NFNL_SUBSYS_ID(type) != NFNL_SUBSYS_NFTABLES)
		return false;
	switch (NFNL_MSG_TYPE(type)) {
	case NFT_MSG_DELTABLE:
	case NFT_MSG_DELCHAIN:
	case NFT_MSG_DELRULE:
	case NFT_MSG_DELSET:
	case NFT_MSG_DELSETELEM:
		return true;
	}
	return false;
}

static bool is_of_table(const struct nlmsghdr *message, const char *table)
{
	size_t start = NLMSG_SPACE(sizeof(struct nfgenmsg));
	struct nlattr name;
	if (message->nlmsg_len < start + NLA_HDRLEN)
		return false;
	const char *at = (const char *)message + start;
	memcpy(&name, at, sizeof name);
	size_t length = strlen(table) + 1;
	return name.nla_type == NFTA_TABLE_NAME && name.nla_len == NLA_HDRLEN + length &&
	       message->nlmsg_len >= start + name.nla_len && memcmp(at + NLA_HDRLEN, table, length) == 0;
}

/** What is of use to know of another table: elements of sets come and go by the thousand and change no rule. */
static bool changes_rules(uint16_t type)
{
	if (NFNL_SUBSYS_ID(type) != NFNL_SUBSYS_NFTABLES)
		return false;
	switch (NFNL_MSG_TYPE(type)) {
	case NFT_MSG_NEWCHAIN:
	case NFT_MSG_DELTABLE:
	case NFT_MSG_DELCHAIN:
	case NFT_MSG_DELRULE:
		return true;
	}
	return false;
}

void nft_watch_read(int socket, const char *table, uint32_t own, void (*tell)(enum nft_change what, uint32_t by))
{
	static _Alignas(struct nlmsghdr) char buffer[65536];
	int64_t told[] = { -1, -1 };
	for (;;) {
		ssize_t n = recv(socket, buffer, sizeof buffer, MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == ENOBUFS) {
			tell(NFT_OWN_REMOVED, 0);
			tell(NFT_OTHER_CHANGED, 0);
			continue;
		}
		if (n <= 0)
			return;
		size_t rest = (size_t)n;
		for (struct nlmsghdr *message = (void *)buffer; NLMSG_OK(message, rest); message = NLMSG_NEXT(message, rest)) {
			uint32_t by = message->nlmsg_pid;
			bool ours = is_of_table(message, table);
			enum nft_change what = ours ? NFT_OWN_REMOVED : NFT_OTHER_CHANGED;
			uint16_t type = message->nlmsg_type;
			if (by == own || by == told[what] || !(ours ? takes_away(type) : changes_rules(type)))
				continue;
			told[what] = by;
			tell(what, by);
		}
	}
}
