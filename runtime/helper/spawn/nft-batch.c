// A batch is one datagram: BATCH_BEGIN, a message per change, BATCH_END. The kernel queues an acknowledgement per change
// before send() returns.
#include "spawn/nft-batch.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "common/cleanup.h"

static void begin(struct netlink_message *message, uint16_t type, uint16_t flags, uint8_t family, uint16_t resource)
{
	struct nfgenmsg header = { .nfgen_family = family, .version = NFNETLINK_V0, .res_id = htons(resource) };
	netlink_begin(message, type, flags, &header, sizeof header);
}

void nft_begin(struct netlink_message *message, uint16_t type, uint16_t flags, uint8_t family)
{
	begin(message, (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | type), flags, family, 0);
}

static void append(struct nft_batch *batch, struct netlink_message *message)
{
	size_t length = NLMSG_ALIGN(netlink_length(message));
	batch->failed = batch->failed || message->overflow;
	if (batch->failed)
		return;
	if (batch->capacity - batch->length < length) {
		size_t capacity = (batch->capacity + length) * 2;
		char *data = realloc(batch->data, capacity);
		if (!data) {
			batch->failed = true;
			return;
		}
		batch->data = data;
		batch->capacity = capacity;
	}
	struct nlmsghdr top;
	memcpy(&top, message->data, sizeof top);
	top.nlmsg_seq = batch->sequence++;
	memcpy(message->data, &top, sizeof top);
	memcpy(batch->data + batch->length, message->data, length);
	batch->length += length;
}

static void append_mark(struct nft_batch *batch, uint16_t type)
{
	struct netlink_message message;
	begin(&message, type, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES);
	struct nlmsghdr top;
	memcpy(&top, message.data, sizeof top);
	top.nlmsg_flags = NLM_F_REQUEST;
	memcpy(message.data, &top, sizeof top);
	append(batch, &message);
}

void nft_batch_append(struct nft_batch *batch, struct netlink_message *message)
{
	if (batch->length == 0)
		append_mark(batch, NFNL_MSG_BATCH_BEGIN);
	append(batch, message);
}

/** Reads the answers that wait: 0, or -1 with the first error's errno. */
static int read_answers(int socket)
{
	int code = 0;
	_Alignas(struct nlmsghdr) char answer[16384];
	for (;;) {
		ssize_t n = recv(socket, answer, sizeof answer, MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN && !code)
			code = errno;
		if (n < 0)
			break;
		size_t rest = (size_t)n;
		for (struct nlmsghdr *top = (void *)answer; NLMSG_OK(top, rest); top = NLMSG_NEXT(top, rest)) {
			int answered;
			if (top->nlmsg_type != NLMSG_ERROR || top->nlmsg_len < NLMSG_LENGTH(sizeof answered))
				continue;
			memcpy(&answered, NLMSG_DATA(top), sizeof answered);
			if (answered && !code)
				code = -answered;
		}
	}
	errno = code;
	return code ? -1 : 0;
}

int nft_batch_send(struct nft_batch *batch, int socket)
{
	append_mark(batch, NFNL_MSG_BATCH_END);
	cleanup_free char *data = batch->data;
	if (batch->failed) {
		errno = ENOMEM;
		return -1;
	}
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	if (sendto(socket, data, batch->length, 0, (struct sockaddr *)&kernel, sizeof kernel) < 0)
		return -1;
	return read_answers(socket);
}
