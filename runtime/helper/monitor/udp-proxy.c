// Each client of a port has a socket of its own to the container, so that an answer finds its client; it is closed when nothing
// came either way for as long as Docker waits, or when others need its place. An answer leaves from the address its client wrote to.
#include "udp-proxy.h"
#include "loop.h"
#include "memory.h"
#include "system.h"
#include <netinet/in.h>

#define ROUTES_MAX 1024
#define BUCKETS 256
#define IDLE_MS 90000
#define DATAGRAMS_PER_TURN 64

struct port {
	struct watch watch;
	const struct proxy_target *target;
};

/** One client of one port. */
struct route {
	/** Its socket to the container. */
	struct watch watch;
	const struct port *port;
	union address client;
	/** What the client wrote to; the interface only where the address means nothing without. */
	struct in6_addr local;
	int interface;
	int64_t used_ms;
	unsigned bucket;
	struct route *next_in_bucket;
	/** All routes, that used last first. */
	struct route *newer, *older;
};

/** A datagram's peer, the host's address, and room for the control message that tells of it. */
struct envelope {
	union address client;
	struct in6_addr local;
	int interface;
	struct iovec bytes;
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(sizeof(struct in6_pktinfo))];
	} control;
};

static struct port ports[PROXY_LISTENERS_MAX];
static unsigned port_count;
static struct route routes[ROUTES_MAX];
static unsigned route_max, routes_touched;
static struct route *buckets[BUCKETS], *free_routes, *newest, *oldest;
static struct timer idle_timer;
static uint8_t datagram[65535];

static void unlink_route(struct route *route)
{
	*(route->newer ? &route->newer->older : &newest) = route->older;
	*(route->older ? &route->older->newer : &oldest) = route->newer;
}

static void link_newest(struct route *route)
{
	route->newer = NULL;
	route->older = newest;
	*(newest ? &newest->newer : &oldest) = route;
	newest = route;
}

static void touch(struct route *route)
{
	route->used_ms = loop_now_ms();
	if (route == newest)
		return;
	unlink_route(route);
	link_newest(route);
}

static void close_route(struct route *route)
{
	unlink_route(route);
	struct route **link = &buckets[route->bucket];
	while (*link != route)
		link = &(*link)->next_in_bucket;
	*link = route->next_in_bucket;
	watch_stop(&route->watch);
	sys_close(route->watch.fd);
	route->next_in_bucket = free_routes;
	free_routes = route;
}

static void close_idle(struct timer *timer)
{
	int64_t now = loop_now_ms();
	while (oldest && oldest->used_ms + IDLE_MS <= now)
		close_route(oldest);
	if (oldest)
		timer_start(timer, oldest->used_ms + IDLE_MS - now);
}

/** Reads one datagram and who sent it to which address; its size, or a negative errno. */
static ssize_t receive(const struct port *port, struct envelope *in)
{
	memset(in, 0, sizeof *in);
	in->bytes = (struct iovec){ datagram, sizeof datagram };
	struct msghdr message = { .msg_name = &in->client,
				  .msg_namelen = sizeof in->client,
				  .msg_iov = &in->bytes,
				  .msg_iovlen = 1,
				  .msg_control = &in->control,
				  .msg_controllen = sizeof in->control };
	ssize_t size = sys_recvmsg(port->watch.fd, &message, 0);
	const struct cmsghdr *told = size < 0 ? NULL : CMSG_FIRSTHDR(&message);
	if (told && told->cmsg_level == IPPROTO_IP && told->cmsg_type == IP_PKTINFO) {
		memcpy(&in->local, CMSG_DATA(told) + __builtin_offsetof(struct in_pktinfo, ipi_spec_dst), 4);
	} else if (told && told->cmsg_level == IPPROTO_IPV6 && told->cmsg_type == IPV6_PKTINFO) {
		struct in6_pktinfo info;
		memcpy(&info, CMSG_DATA(told), sizeof info);
		in->local = info.ipi6_addr;
		if (info.ipi6_addr.s6_addr[0] == 0xfe)
			in->interface = (int)info.ipi6_ifindex;
	}
	return size;
}

/** Sends what lies in `datagram` to a route's client. */
static void answer(const struct route *route, size_t size)
{
	struct envelope out = { .client = route->client, .bytes = { datagram, size } };
	bool v4 = route->client.any.sa_family == AF_INET;
	struct in_pktinfo info4 = { 0 };
	struct in6_pktinfo info6 = { .ipi6_addr = route->local, .ipi6_ifindex = (unsigned)route->interface };
	memcpy(&info4.ipi_spec_dst, &route->local, 4);
	size_t length = v4 ? sizeof info4 : sizeof info6;
	out.control.align = (struct cmsghdr){ .cmsg_len = CMSG_LEN(length),
					      .cmsg_level = v4 ? IPPROTO_IP : IPPROTO_IPV6,
					      .cmsg_type = v4 ? IP_PKTINFO : IPV6_PKTINFO };
	memcpy(CMSG_DATA(&out.control.align), v4 ? (void *)&info4 : (void *)&info6, length);
	struct msghdr message = { .msg_name = &out.client,
				  .msg_namelen = address_size(&out.client),
				  .msg_iov = &out.bytes,
				  .msg_iovlen = 1,
				  .msg_control = &out.control,
				  .msg_controllen = CMSG_SPACE(length) };
	sys_sendmsg(route->port->watch.fd, &message, MSG_NOSIGNAL);
}

static void container_answered(struct watch *watch, uint32_t events)
{
	(void)events;
	struct route *route = container_of(watch, struct route, watch);
	for (unsigned i = 0; i < DATAGRAMS_PER_TURN; i++) {
		ssize_t size = sys_read(watch->fd, datagram, sizeof datagram);
		// ECONNREFUSED: nobody listens there yet. It is told once, and another datagram may follow.
		if (size == -EAGAIN)
			return;
		if (size < 0)
			continue;
		touch(route);
		answer(route, (size_t)size);
	}
}

static unsigned bucket_of(const struct port *port, const struct envelope *in)
{
	uint32_t hash = (uint32_t)(port - ports) * 2654435761u;
	const uint8_t *bytes = (const uint8_t *)&in->client;
	for (size_t i = 2; i < sizeof in->client; i++)
		hash = (hash ^ bytes[i]) * 16777619u;
	return hash >> 24;
}

static struct route *find_route(const struct port *port, const struct envelope *in, unsigned bucket)
{
	for (struct route *route = buckets[bucket]; route; route = route->next_in_bucket)
		if (route->port == port && !memcmp(&route->client, &in->client, sizeof in->client) &&
		    !memcmp(&route->local, &in->local, sizeof in->local))
			return route;
	return NULL;
}

/** A way to the container for a client that has none, in the place of the longest unused when all are taken; NULL when there are no means. */
static struct route *new_route(const struct port *port, const struct envelope *in, unsigned bucket)
{
	const union address *target = &port->target->address;
	if (!free_routes && routes_touched == route_max)
		close_route(oldest);
	int fd = sys_socket(target->any.sa_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return NULL;
	struct route *route = free_routes ? free_routes : &routes[routes_touched];
	struct route *next_free = free_routes ? free_routes->next_in_bucket : NULL;
	*route = (struct route){ .watch = { .fd = fd, .ready = container_answered },
				 .port = port,
				 .client = in->client,
				 .local = in->local,
				 .interface = in->interface,
				 .bucket = bucket,
				 .used_ms = loop_now_ms(),
				 .next_in_bucket = buckets[bucket] };
	if (sys_connect(fd, target, address_size(target)) < 0 || watch_start(&route->watch, EPOLLIN) < 0) {
		sys_close(fd);
		route->next_in_bucket = next_free;
		return NULL;
	}
	if (free_routes)
		free_routes = next_free;
	else
		routes_touched++;
	buckets[bucket] = route;
	link_newest(route);
	if (!idle_timer.armed)
		timer_start(&idle_timer, IDLE_MS);
	return route;
}

static void clients_wrote(struct watch *watch, uint32_t events)
{
	(void)events;
	const struct port *port = container_of(watch, struct port, watch);
	for (unsigned i = 0; i < DATAGRAMS_PER_TURN; i++) {
		struct envelope in;
		ssize_t size = receive(port, &in);
		if (size < 0)
			return;
		unsigned bucket = bucket_of(port, &in);
		struct route *route = find_route(port, &in, bucket);
		if (route)
			touch(route);
		else
			route = new_route(port, &in, bucket);
		// What cannot be sent is lost, as on any wire; after an ECONNREFUSED that waited the next try tells the truth.
		if (route && sys_write(route->watch.fd, datagram, (size_t)size) == -ECONNREFUSED)
			sys_write(route->watch.fd, datagram, (size_t)size);
	}
}

int udp_proxy_open(const struct options *options, struct fault *fault)
{
	struct rlimit limit = { 0 };
	sys_call(SYS_prlimit64, 0, RLIMIT_NOFILE, 0, (long)&limit, 0, 0);
	route_max = limit.rlim_cur / 8 < ROUTES_MAX ? (unsigned)limit.rlim_cur / 8 + 1 : ROUTES_MAX;
	idle_timer.fire = close_idle;
	for (unsigned i = 0; i < options->proxy_count; i++) {
		const struct proxy_target *target = &options->proxies[i];
		if (target->protocol != IPPROTO_UDP)
			continue;
		struct port *port = &ports[port_count++];
		*port = (struct port){ .watch = { .fd = target->listen_fd, .ready = clients_wrote }, .target = target };
		const int on = 1;
		union address own;
		socklen_t size = sizeof own;
		long code = sys_call(SYS_getsockname, target->listen_fd, (long)&own, (long)&size, 0, 0, 0);
		if (code == 0)
			code = own.any.sa_family == AF_INET ?
				       sys_setsockopt(target->listen_fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof on) :
				       sys_setsockopt(target->listen_fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on);
		if (code == 0)
			code = watch_start(&port->watch, EPOLLIN);
		if (code < 0)
			return fault_set(fault, (int)code, "watch a --udp-proxy socket");
	}
	return 0;
}

void udp_proxy_forget_clients(void)
{
	while (oldest)
		close_route(oldest);
}

void udp_proxy_close(void)
{
	udp_proxy_forget_clients();
	for (unsigned i = 0; i < port_count; i++) {
		watch_stop(&ports[i].watch);
		sys_close(ports[i].watch.fd);
	}
	port_count = 0;
	timer_stop(&idle_timer);
}
