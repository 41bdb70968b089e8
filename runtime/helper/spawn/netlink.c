// One netlink request.
#include "spawn/netlink.h"

#include <sys/socket.h>
#include <unistd.h>

#include "common/cleanup.h"

static struct nlmsghdr *header_of(struct netlink_message *message)
{
	return (struct nlmsghdr *)(void *)message->data;
}

int netlink_open(int protocol, struct error *err)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
	return fd < 0 ? error_errno(err, "network", "netlink socket") : fd;
}

void netlink_begin(struct netlink_message *message, uint16_t type, uint16_t flags, const void *header, size_t length)
{
	memset(message->data, 0, NLMSG_SPACE(length));
	message->overflow = 0;
	struct nlmsghdr *top = header_of(message);
	top->nlmsg_len = (uint32_t)NLMSG_LENGTH(length);
	top->nlmsg_type = type;
	top->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | flags);
	memcpy(NLMSG_DATA(top), header, length);
}

/** Room for `bytes` at the aligned end, zeroed; NULL when there is none. */
static char *grow(struct netlink_message *message, size_t bytes)
{
	struct nlmsghdr *top = header_of(message);
	size_t start = NLMSG_ALIGN(top->nlmsg_len);
	if (start + NLMSG_ALIGN(bytes) > sizeof message->data) {
		message->overflow = 1;
		return NULL;
	}
	memset(message->data + start, 0, NLMSG_ALIGN(bytes));
	top->nlmsg_len = (uint32_t)(start + bytes);
	return message->data + start;
}

void netlink_put(struct netlink_message *message, uint16_t type, const void *value, size_t length)
{
	char *room = grow(message, NLA_HDRLEN + length);
	if (!room)
		return;
	struct nlattr attribute = { .nla_len = (uint16_t)(NLA_HDRLEN + length), .nla_type = type };
	memcpy(room, &attribute, sizeof attribute);
	if (length)
		memcpy(room + NLA_HDRLEN, value, length);
}

void netlink_put_string(struct netlink_message *message, uint16_t type, const char *value)
{
	netlink_put(message, type, value, strlen(value) + 1);
}

size_t netlink_begin_nested(struct netlink_message *message, uint16_t type)
{
	size_t offset = NLMSG_ALIGN(header_of(message)->nlmsg_len);
	netlink_put(message, type, NULL, 0);
	return offset;
}

void netlink_put_raw(struct netlink_message *message, const void *value, size_t length)
{
	char *room = grow(message, length);
	if (room)
		memcpy(room, value, length);
}

void netlink_end_nested(struct netlink_message *message, size_t offset)
{
	if (message->overflow)
		return;
	uint16_t length = (uint16_t)(header_of(message)->nlmsg_len - offset);
	memcpy(message->data + offset, &length, sizeof length);
}

size_t netlink_length(const struct netlink_message *message)
{
	return ((const struct nlmsghdr *)(const void *)message->data)->nlmsg_len;
}

static ssize_t send_whole(int socket, const struct netlink_message *message)
{
	if (message->overflow) {
		errno = EMSGSIZE;
		return -1;
	}
	return send(socket, message->data, netlink_length(message), 0);
}

static ssize_t exchange(int socket, struct netlink_message *message, char *answer, size_t size)
{
	if (send_whole(socket, message) < 0)
		return -1;
	ssize_t n;
	do
		n = recv(socket, answer, size, 0);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -1;
	struct nlmsghdr top;
	if ((size_t)n < sizeof top) {
		errno = EBADMSG;
		return -1;
	}
	memcpy(&top, answer, sizeof top);
	if (top.nlmsg_type == NLMSG_ERROR) {
		int code = -EBADMSG;
		if ((size_t)n >= sizeof top + sizeof code)
			memcpy(&code, answer + NLMSG_HDRLEN, sizeof code);
		errno = -code;
		return code ? -1 : n;
	}
	return n;
}

int netlink_send(int socket, struct netlink_message *message)
{
	char answer[4096];
	return exchange(socket, message, answer, sizeof answer) < 0 ? -1 : 0;
}

ssize_t netlink_query(int socket, struct netlink_message *message, char *answer, size_t size)
{
	header_of(message)->nlmsg_flags &= (uint16_t)~NLM_F_ACK;
	ssize_t n = exchange(socket, message, answer, size);
	if (n < 0)
		return -1;
	size_t payload = (size_t)n - NLMSG_HDRLEN;
	memmove(answer, answer + NLMSG_HDRLEN, payload);
	return (ssize_t)payload;
}

int netlink_dump(int socket, struct netlink_message *message, void (*each)(const struct nlmsghdr *message, void *context),
		 void *context)
{
	header_of(message)->nlmsg_flags &= (uint16_t)~NLM_F_ACK;
	if (send_whole(socket, message) < 0)
		return -1;
	_Alignas(struct nlmsghdr) char answer[32768];
	for (;;) {
		ssize_t n = recv(socket, answer, sizeof answer, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		size_t rest = (size_t)n;
		for (struct nlmsghdr *part = (void *)answer; NLMSG_OK(part, rest); part = NLMSG_NEXT(part, rest)) {
			if (part->nlmsg_type == NLMSG_DONE)
				return 0;
			if (part->nlmsg_type != NLMSG_ERROR) {
				each(part, context);
				continue;
			}
			int code = -EBADMSG;
			if (part->nlmsg_len >= NLMSG_LENGTH(sizeof code))
				memcpy(&code, NLMSG_DATA(part), sizeof code);
			errno = -code;
			return -1;
		}
	}
}
