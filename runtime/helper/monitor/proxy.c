// A connection is two sockets and two flows, one for each direction. Sockets are watched edge-triggered, once: an event only
// remembers what a socket can do, and the turn's end moves bytes until a socket says EAGAIN or the connection had its share.
#include "proxy.h"
#include "flow.h"
#include "loop.h"
#include "memory.h"
#include "system.h"
#include "udp-proxy.h"
#include <netinet/tcp.h>

#define CONNECTIONS_MAX 4096
#define CONNECT_MS 10000
#define RETRY_ACCEPT_MS 100
#define ACCEPTS_PER_TURN 16
#define KEEPALIVE_S 300

struct connection {
	/** The client, the container. */
	struct side sides[2];
	/** flows[i] goes from sides[i] to sides[1 - i]. */
	struct flow flows[2];
	bool used;
	bool connecting;
	bool dead;
	bool queued;
	struct timer timer;
	/** In the queue of those with work, or in the list of free ones. */
	struct connection *next;
};

struct listener {
	struct watch watch;
	const struct proxy_target *target;
};

static struct options *own_options;
static struct listener listeners[PROXY_LISTENERS_MAX];
static unsigned listener_count;
/** One mapping; only what is used of it becomes memory. */
static struct connection *connections;
static unsigned connection_max, connections_touched, connection_count;
static struct connection *free_connections, *queue, *queue_last;
static bool accepting;
static struct timer accept_timer;

static void enqueue(struct connection *connection)
{
	if (connection->queued)
		return;
	connection->queued = true;
	connection->next = NULL;
	if (queue)
		queue_last->next = connection;
	else
		queue = connection;
	queue_last = connection;
}

static void listen_again(void)
{
	// Not at the first free place, or every end of a connection would change all watches.
	if (accepting || connection_count > connection_max - connection_max / 8 || accept_timer.armed)
		return;
	accepting = true;
	for (unsigned i = 0; i < listener_count; i++)
		watch_start(&listeners[i].watch, EPOLLIN);
}

/** Further connections stay in the kernel's backlog. */
static void listen_later(void)
{
	accepting = false;
	for (unsigned i = 0; i < listener_count; i++)
		watch_stop(&listeners[i].watch);
}

static void accept_again(struct timer *timer)
{
	(void)timer;
	listen_again();
}

static void set_option(int fd, int level, int option, int value)
{
	sys_setsockopt(fd, level, option, &value, sizeof value);
}

/** The peer shall see a reset, not an orderly end of the data. */
static void close_with_reset(int fd)
{
	struct linger linger = { .l_onoff = 1, .l_linger = 0 };
	sys_setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
	sys_close(fd);
}

/** Closes both sockets; an orderly end only if both directions had theirs. */
static void close_connection(struct connection *connection)
{
	bool orderly = connection->flows[0].shut && connection->flows[1].shut;
	timer_stop(&connection->timer);
	for (unsigned i = 0; i < 2; i++) {
		watch_stop(&connection->sides[i].watch);
		if (orderly)
			sys_close(connection->sides[i].watch.fd);
		else
			close_with_reset(connection->sides[i].watch.fd);
		flow_close(&connection->flows[i]);
	}
	connection->used = false;
	connection->next = free_connections;
	free_connections = connection;
	connection_count--;
}

/** Moves bytes both ways; true when the share was used up and there may be more. */
static bool run_connection(struct connection *connection)
{
	if (connection->connecting || connection->dead)
		return false;
	bool more = false;
	for (unsigned way = 0; way < 2; way++) {
		switch (flow_run(&connection->flows[way], &connection->sides[way], &connection->sides[1 - way])) {
		case FLOW_BROKEN:
			connection->dead = true;
			return false;
		case FLOW_MORE:
			more = true;
			break;
		case FLOW_WAITS:
			break;
		}
	}
	if (connection->flows[0].shut && connection->flows[1].shut)
		connection->dead = true;
	return more;
}

static void finish_connecting(struct connection *connection)
{
	int code = 0;
	socklen_t size = sizeof code;
	if (sys_getsockopt(connection->sides[1].watch.fd, SOL_SOCKET, SO_ERROR, &code, &size) < 0 || code) {
		connection->dead = true;
		return;
	}
	connection->connecting = false;
	timer_stop(&connection->timer);
}

static void remember(struct connection *connection, struct side *side, uint32_t events)
{
	const uint32_t broken = EPOLLHUP | EPOLLERR;
	if (side == &connection->sides[1] && connection->connecting && (events & (EPOLLOUT | broken)))
		finish_connecting(connection);
	if (events & (EPOLLIN | EPOLLRDHUP | broken))
		side->readable = true;
	if (events & (EPOLLOUT | broken))
		side->writable = true;
	enqueue(connection);
}

static void client_side_ready(struct watch *watch, uint32_t events)
{
	struct side *side = container_of(watch, struct side, watch);
	remember((struct connection *)((char *)side - offsetof(struct connection, sides[0])), side, events);
}

static void container_side_ready(struct watch *watch, uint32_t events)
{
	struct side *side = container_of(watch, struct side, watch);
	remember((struct connection *)((char *)side - offsetof(struct connection, sides[1])), side, events);
}

static void connect_timeout(struct timer *timer)
{
	struct connection *connection = container_of(timer, struct connection, timer);
	connection->dead = true;
	enqueue(connection);
}

static struct connection *new_connection(void)
{
	struct connection *connection = free_connections;
	if (connection)
		free_connections = connection->next;
	else
		connection = &connections[connections_touched++];
	memset(connection, 0, sizeof *connection);
	connection->used = true;
	connection_count++;
	return connection;
}

/** Starts the way to the container for an accepted socket. */
static void begin(int client, const struct proxy_target *target)
{
	int family = target->address.any.sa_family;
	int container = sys_socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, target->protocol);
	if (container < 0) {
		close_with_reset(client);
		return;
	}
	struct connection *connection = new_connection();
	connection->sides[0].watch = (struct watch){ .fd = client, .ready = client_side_ready };
	connection->sides[1].watch = (struct watch){ .fd = container, .ready = container_side_ready };
	connection->timer.fire = connect_timeout;
	connection->connecting = true;
	for (unsigned i = 0; i < 2; i++) {
		int fd = connection->sides[i].watch.fd;
		set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
		set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
		set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_S);
	}
	int code = sys_connect(container, &target->address, address_size(&target->address));
	const uint32_t events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
	if ((code < 0 && code != -EINPROGRESS) || watch_start(&connection->sides[0].watch, events) < 0 ||
	    watch_start(&connection->sides[1].watch, events) < 0) {
		connection->dead = true;
		enqueue(connection);
		return;
	}
	timer_start(&connection->timer, CONNECT_MS);
}

static void accept_connections(struct watch *watch, uint32_t events)
{
	(void)events;
	struct listener *listener = container_of(watch, struct listener, watch);
	for (unsigned i = 0; i < ACCEPTS_PER_TURN; i++) {
		if (connection_count == connection_max) {
			listen_later();
			return;
		}
		int client = sys_accept4(watch->fd, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (client >= 0) {
			begin(client, listener->target);
		} else if (client == -EMFILE || client == -ENFILE || client == -ENOBUFS || client == -ENOMEM) {
			listen_later();
			timer_start(&accept_timer, RETRY_ACCEPT_MS);
			return;
		} else if (client == -EAGAIN) {
			return;
		}
		// Else this one connection failed before it was accepted (accept(2), "Error handling"): the next may be fine.
	}
}

/** Six descriptors per connection, at the most; some are kept for the monitor itself. */
static unsigned affordable_connections(void)
{
	struct rlimit limit = { 0 };
	sys_call(SYS_prlimit64, 0, RLIMIT_NOFILE, 0, (long)&limit, 0, 0);
	uint64_t count = limit.rlim_cur > 512 ? (limit.rlim_cur - 256) / 6 : 16;
	return count < CONNECTIONS_MAX ? (unsigned)count : CONNECTIONS_MAX;
}

static void set_address(union address *address, const uint8_t *told)
{
	uint16_t port = address->any.sa_family == AF_INET ? address->v4.sin_port : address->v6.sin6_port;
	if (told[0] == 4) {
		*address = (union address){ .v4 = { .sin_family = AF_INET, .sin_port = port } };
		memcpy(&address->v4.sin_addr, told + 1, 4);
	} else if (told[0] == 6) {
		*address = (union address){ .v6 = { .sin6_family = AF_INET6, .sin6_port = port } };
		memcpy(&address->v6.sin6_addr, told + 1, 16);
	}
}

void proxy_retarget(const uint8_t addresses[34])
{
	for (unsigned i = 0; i < own_options->proxy_count; i++) {
		struct proxy_target *target = &own_options->proxies[i];
		int family = 0;
		socklen_t size = sizeof family;
		if (sys_getsockopt(target->listen_fd, SOL_SOCKET, SO_DOMAIN, &family, &size) == 0)
			set_address(&target->address, family == AF_INET ? addresses : addresses + 17);
	}
	udp_proxy_forget_clients();
}

int proxy_open(struct options *options, struct fault *fault)
{
	own_options = options;
	for (unsigned i = 0; i < options->proxy_count; i++)
		if (options->proxies[i].protocol != IPPROTO_UDP)
			listeners[listener_count++].target = &options->proxies[i];
	if (listener_count == 0)
		return 0;
	connection_max = affordable_connections();
	connections = sys_map(sizeof *connections * CONNECTIONS_MAX);
	if (!connections)
		return fault_set(fault, ENOMEM, "map the table of proxied connections");
	accept_timer.fire = accept_again;
	for (unsigned i = 0; i < listener_count; i++) {
		listeners[i].watch = (struct watch){ .fd = listeners[i].target->listen_fd, .ready = accept_connections };
		int code = watch_start(&listeners[i].watch, EPOLLIN);
		if (code < 0)
			return fault_set(fault, code, "watch a --proxy socket");
	}
	accepting = true;
	return 0;
}

void proxy_stop_listening(void)
{
	for (unsigned i = 0; i < listener_count; i++) {
		watch_stop(&listeners[i].watch);
		sys_close(listeners[i].watch.fd);
	}
	timer_stop(&accept_timer);
	listener_count = 0;
}

bool proxy_turn_end(void)
{
	struct connection *connection = queue;
	queue = queue_last = NULL;
	while (connection) {
		struct connection *next = connection->next;
		connection->queued = false;
		if (run_connection(connection))
			enqueue(connection);
		if (connection->dead)
			close_connection(connection);
		connection = next;
	}
	listen_again();
	return queue != NULL;
}

void proxy_close(void)
{
	proxy_stop_listening();
	for (unsigned i = 0; i < connections_touched; i++) {
		if (!connections[i].used)
			continue;
		run_connection(&connections[i]);
		close_connection(&connections[i]);
	}
}
