// What passes between a container's process and the monitor-to-be.
#include "spawn/channel.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#define STEP "start"

struct packet {
	char kind; // 'g', 'r' or 'e'
	struct error error;
};

int channel_open(int ends[2], struct error *err)
{
	// Packets, so that an error arrives whole.
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return error_errno(err, STEP, "socketpair");
	return 0;
}

void channel_go(int parent_end)
{
	// When the process is gone already, what it said last is still to be read.
	(void)!send(parent_end, "g", 1, MSG_NOSIGNAL);
}

int channel_wait(int child_end, struct error *err)
{
	char kind;
	ssize_t n;
	do
		n = recv(child_end, &kind, 1, 0);
	while (n < 0 && errno == EINTR);
	return n == 1 ? 0 : error_set(err, ECONNRESET, STEP, "the monitor-to-be is gone");
}

int channel_alive(int child_end, struct error *err)
{
	struct pollfd state = { .fd = child_end };
	if (poll(&state, 1, 0) > 0 && (state.revents & (POLLHUP | POLLERR)))
		return error_set(err, ECONNRESET, STEP, "the monitor-to-be is gone");
	return 0;
}

int channel_ready(int child_end, int root, int master, struct error *err)
{
	int descriptors[2] = { root, master };
	size_t bytes = master >= 0 ? sizeof descriptors : sizeof descriptors[0];
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof descriptors)] = { 0 };
	char kind = 'r';
	struct iovec part = { .iov_base = &kind, .iov_len = 1 };
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = CMSG_SPACE(bytes)
	};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(bytes);
	memcpy(CMSG_DATA(header), descriptors, bytes);
	if (sendmsg(child_end, &message, MSG_NOSIGNAL) != 1)
		return error_errno(err, STEP, "reach the monitor-to-be");
	return 0;
}

void channel_fail(int child_end, const struct error *error)
{
	struct packet packet = { .kind = 'e', .error = *error };
	if (write(child_end, &packet, sizeof packet) < 0)
		return; // nobody is left to tell
}

enum channel_news channel_read(int parent_end, int *root, int *master, struct error *reason)
{
	struct packet packet;
	int descriptors[2];
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof descriptors)];
	struct iovec part = { .iov_base = &packet, .iov_len = sizeof packet };
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control
	};
	ssize_t n;
	do
		n = recvmsg(parent_end, &message, MSG_CMSG_CLOEXEC);
	// ECONNRESET comes once, and first, when the process ended before it read "go".
	while (n < 0 && (errno == EINTR || errno == ECONNRESET));
	if (n <= 0)
		return CHANNEL_LOST;
	if (packet.kind == 'e' && n == (ssize_t)sizeof packet) {
		*reason = packet.error;
		return CHANNEL_FAILED;
	}
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	if (!header || header->cmsg_type != SCM_RIGHTS)
		return CHANNEL_LOST;
	size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	memcpy(descriptors, CMSG_DATA(header), count * sizeof(int));
	*root = count > 0 ? descriptors[0] : -1;
	*master = count > 1 ? descriptors[1] : -1;
	return CHANNEL_READY;
}
