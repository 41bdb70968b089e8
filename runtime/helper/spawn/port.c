// Published ports.
#include "spawn/port.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "common/cleanup.h"

#define STEP "port"

int port_bind(const struct port_spec *spec, uint16_t *bound, struct error *err)
{
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} address = { 0 };
	socklen_t length;
	const char *host = *spec->host_address ? spec->host_address : "0.0.0.0";
	if (inet_pton(AF_INET, host, &address.v4.sin_addr) == 1) {
		address.v4.sin_family = AF_INET;
		address.v4.sin_port = htons(spec->host_port);
		length = sizeof address.v4;
	} else if (inet_pton(AF_INET6, host, &address.v6.sin6_addr) == 1) {
		address.v6.sin6_family = AF_INET6;
		address.v6.sin6_port = htons(spec->host_port);
		length = sizeof address.v6;
	} else {
		return error_set(err, EINVAL, STEP, "\"%s\" is not an address", host);
	}

	cleanup_close int fd = socket(address.any.sa_family, spec->socket_type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	const int on = 1;
	if (fd < 0 ||
	    (address.any.sa_family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) < 0))
		return error_errno(err, STEP, "make a socket for %s", host);
	// For TCP this allows a port with connections in TIME_WAIT; for UDP it would share the port.
	if (spec->socket_type == SOCK_STREAM && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0)
		return error_errno(err, STEP, "SO_REUSEADDR");
	if (bind(fd, &address.any, length) < 0 || (spec->socket_type == SOCK_STREAM && listen(fd, SOMAXCONN) < 0))
		return error_errno(err, STEP, "bind %s:%u/%s", host, spec->host_port, spec->protocol);
	if (getsockname(fd, &address.any, &length) < 0)
		return error_errno(err, STEP, "getsockname");
	*bound = ntohs(address.any.sa_family == AF_INET ? address.v4.sin_port : address.v6.sin6_port);
	return steal_fd(&fd);
}
