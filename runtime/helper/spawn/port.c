// Published ports. Those that share a host port (0.0.0.0 and ::) are taken together or not at all: the next candidate of a
// range, or another free port, is tried when one of them is in use.
#include "spawn/port.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "common/cleanup.h"

#define STEP "port"
/** How many free ports the kernel is asked for until one is free on all addresses of a group. */
#define EPHEMERAL_TRIES 64

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/** Returns a descriptor; `*bound` is the port that was taken. */
static int bind_one(const struct port_spec *spec, uint16_t port, uint16_t *bound, struct error *err)
{
	union address address = { 0 };
	socklen_t length;
	const char *host = *spec->host_address ? spec->host_address : "0.0.0.0";
	if (inet_pton(AF_INET, host, &address.v4.sin_addr) == 1) {
		address.v4.sin_family = AF_INET;
		address.v4.sin_port = htons(port);
		length = sizeof address.v4;
	} else if (inet_pton(AF_INET6, host, &address.v6.sin6_addr) == 1) {
		address.v6.sin6_family = AF_INET6;
		address.v6.sin6_port = htons(port);
		length = sizeof address.v6;
	} else {
		return error_set(err, EINVAL, STEP, "\"%s\" is not an address", host);
	}

	bool v6 = address.any.sa_family == AF_INET6, stream = spec->socket_type == SOCK_STREAM;
	cleanup_close int fd = socket(address.any.sa_family, spec->socket_type | SOCK_CLOEXEC | SOCK_NONBLOCK,
				  spec->socket_protocol);
	const int on = 1;
	if (fd < 0 || (v6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) < 0))
		return error_errno(err, STEP, "make a socket for %s", host);
	// For TCP this allows a port with connections in TIME_WAIT; for UDP it would share the port.
	if (stream && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0)
		return error_errno(err, STEP, "SO_REUSEADDR");
	if (bind(fd, &address.any, length) < 0 || (stream && listen(fd, SOMAXCONN) < 0))
		return error_errno(err, STEP, "bind %s%c %s%s%s:%u", spec->protocol, v6 ? '6' : '4', v6 ? "[" : "", host,
				   v6 ? "]" : "", port);
	if (getsockname(fd, &address.any, &length) < 0)
		return error_errno(err, STEP, "getsockname");
	*bound = ntohs(v6 ? address.v6.sin6_port : address.v4.sin_port);
	return steal_fd(&fd);
}

/** Binds a group to one port, or 0 for any; nothing of it stays when one fails. */
static int bind_together(const struct port_spec *specs, size_t count, uint16_t port, int *sockets, uint16_t *bound,
			 struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		sockets[i] = bind_one(&specs[i], i == 0 ? port : bound[0], &bound[i], err);
		if (sockets[i] >= 0)
			continue;
		while (i > 0) {
			close(sockets[--i]);
			sockets[i] = -1;
		}
		return -1;
	}
	return 0;
}

static int bind_group(const struct port_spec *specs, size_t count, int *sockets, uint16_t *bound, struct error *err)
{
	unsigned first = specs->host_port;
	unsigned tries = first ? specs->last_host_port - first + 1u : EPHEMERAL_TRIES;
	for (unsigned i = 0; i < tries; i++) {
		if (bind_together(specs, count, (uint16_t)(first ? first + i : 0), sockets, bound, err) == 0)
			return 0;
		if (err->code != EADDRINUSE)
			return -1;
	}
	return -1;
}

int port_bind_all(const struct port_spec *specs, size_t count, int *sockets, uint16_t *bound, struct error *err)
{
	for (size_t at = 0, size; at < count; at += size) {
		for (size = 1; at + size < count && specs[at + size].same_host_port;)
			size++;
		if (bind_group(specs + at, size, sockets + at, bound + at, err) < 0)
			return -1;
	}
	return 0;
}
