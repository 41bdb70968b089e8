// The kernel takes a device out of its lists and tells who listens for changes of links. Then it waits for a grace period of RCU
// (rcu_barrier() in netdev_run_todo()) without any lock, and the sender of the request with it: so a process of its own sends it.
#include "spawn/link-removal.h"

#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "spawn/netlink.h"

#define STEP "network"

static int send_removal(int index)
{
	struct error ignored;
	cleanup_close int socket = netlink_open(NETLINK_ROUTE, &ignored);
	struct ifinfomsg header = { .ifi_index = index };
	struct netlink_message message;
	netlink_begin(&message, RTM_DELLINK, 0, &header, sizeof header);
	return socket < 0 || (netlink_send(socket, &message) < 0 && errno != ENODEV) ? errno : 0;
}

/** Whether one of the messages that wait says that the device went. */
static bool is_told(int events, int index)
{
	static _Alignas(struct nlmsghdr) char buffer[32768];
	for (;;) {
		ssize_t n = recv(events, buffer, sizeof buffer, MSG_DONTWAIT);
		if (n < 0 && (errno == EINTR || errno == ENOBUFS))
			continue; // should it be among those that were missed, the end of the process tells
		if (n <= 0)
			return false;
		size_t rest = (size_t)n;
		for (struct nlmsghdr *message = (void *)buffer; NLMSG_OK(message, rest); message = NLMSG_NEXT(message, rest)) {
			const struct ifinfomsg *link = NLMSG_DATA(message);
			// A bridge tells in another family that the device is no port of it any more.
			if (message->nlmsg_type == RTM_DELLINK && message->nlmsg_len >= NLMSG_LENGTH(sizeof *link) &&
			    link->ifi_family == AF_UNSPEC && link->ifi_index == index)
				return true;
		}
	}
}

/** Until the device went, or the process at the other end of `result` ended: then the error it wrote, or 0. */
static int wait_for(int events, int result, int index)
{
	for (;;) {
		struct pollfd ready[] = { { .fd = events, .events = POLLIN }, { .fd = result, .events = POLLIN } };
		if (poll(ready, 2, -1) < 0 && errno != EINTR)
			return errno;
		int code = 0;
		if (ready[1].revents)
			return read(result, &code, sizeof code) < 0 ? errno : code;
		if (ready[0].revents && is_told(events, index))
			return 0;
	}
}

static int begin_removal(int index, pid_t *remover)
{
	struct error ignored;
	cleanup_close int events = netlink_open(NETLINK_ROUTE, &ignored);
	// With a port of its own (bind() gives it one), or it is left out of what is told to all.
	struct sockaddr_nl links = { .nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK };
	int result[2];
	if (events < 0 || bind(events, (struct sockaddr *)&links, sizeof links) < 0 || pipe2(result, O_CLOEXEC) < 0)
		return errno;
	cleanup_close int told = result[0];
	cleanup_close int tell = result[1];
	*remover = fork();
	if (*remover < 0)
		return errno;
	if (*remover == 0) {
		// Whoever waits for the end of a pipe or a socket of ours does not wait for this.
		if (tell != 3 && dup2(tell, 3) != 3)
			_exit(1);
		close_range(4, ~0U, 0);
		int code = send_removal(index);
		_exit(code && write(3, &code, sizeof code) < 0 ? 1 : 0);
	}
	close(steal_fd(&tell));
	return wait_for(events, told, index);
}

int link_remove(int index, const char *name, pid_t *remover, struct error *err)
{
	errno = remover ? begin_removal(index, remover) : send_removal(index);
	return errno ? error_errno(err, STEP, "delete %s", name) : 0;
}
