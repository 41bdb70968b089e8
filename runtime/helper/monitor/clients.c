// The table of clients, the socket they come from, and what goes to all of them. Clients that were marked dead in a turn are
// freed at its end, when no event can point to them any more.
#include "clients.h"
#include "client.h"
#include "output.h"
#include "program.h"
#include "system.h"

#define CLIENTS_MAX 128
#define WAIT_MAX (256 * 1024)
#define RETRY_ACCEPT_MS 100
/** How long clients that were sent everything may take to close their half. */
#define PART_MS 10000

static struct client clients[CLIENTS_MAX];
static unsigned client_count;
static struct watch listener = { .fd = -1 };
static struct timer accept_timer;
static const char *exit_record;
static size_t exit_record_size;
static bool parting;
static struct timer part_timer;
static void (*on_none)(void);

static void send_record(struct client *client)
{
	client_send(client, FRAME_EXIT, exit_record, exit_record_size);
	client->has_record = true;
}

static bool wants(const struct client *client, enum log_stream stream)
{
	uint8_t flag = stream == LOG_STDOUT ? HELLO_WANTS_STDOUT : HELLO_WANTS_STDERR;
	return client->used && !client->dead && !client->gone && !client->has_record && (client->flags & flag);
}

size_t clients_room(enum log_stream stream)
{
	size_t least = SIZE_MAX;
	for (unsigned i = 0, seen = 0; seen < client_count; i++) {
		seen += clients[i].used;
		if (!wants(&clients[i], stream))
			continue;
		// A read of 64 KiB makes two frames.
		size_t used = client_waiting(&clients[i]) + 2 * FRAME_HEAD_SIZE;
		size_t room = used < WAIT_MAX ? WAIT_MAX - used : 0;
		if (room < least)
			least = room;
	}
	return least;
}

void clients_send(enum log_stream stream, const uint8_t *bytes, size_t size)
{
	enum frame_type type = stream == LOG_STDOUT ? FRAME_STDOUT : FRAME_STDERR;
	for (unsigned i = 0, seen = 0; seen < client_count; i++) {
		seen += clients[i].used;
		if (!wants(&clients[i], stream))
			continue;
		for (size_t at = 0; at < size; at += FRAME_MONITOR_MAX) {
			size_t part = size - at < FRAME_MONITOR_MAX ? size - at : FRAME_MONITOR_MAX;
			client_send(&clients[i], type, bytes + at, part);
		}
	}
}

void clients_tell(enum frame_type news)
{
	for (unsigned i = 0; i < CLIENTS_MAX; i++) {
		struct client *client = &clients[i];
		// An engine that does not read will look for itself when it does.
		if (client->used && (client->flags & HELLO_CONTROL) && !client->has_record && client_waiting(client) < WAIT_MAX)
			client_send(client, news, NULL, 0);
	}
}

/** Tells a new client who we are. */
static void greet(struct client *client)
{
	char hello[256];
	client_send(client, FRAME_MONITOR_HELLO, hello, program_describe(hello, sizeof hello));
	if (exit_record)
		send_record(client);
}

static void add_client(int fd)
{
	unsigned i = 0;
	while (clients[i].used)
		i++;
	if (!client_open(&clients[i], fd))
		return;
	client_count++;
	greet(&clients[i]);
	client_update_watch(&clients[i]);
}

static void accept_clients(struct watch *watch, uint32_t events)
{
	(void)events;
	for (unsigned i = 0; i < 16; i++) {
		if (client_count == CLIENTS_MAX) {
			watch_stop(watch);
			return;
		}
		int fd = sys_accept4(watch->fd, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd == -ECONNABORTED || fd == -EINTR)
			continue;
		if (fd == -EAGAIN)
			return;
		if (fd < 0) {
			// Out of descriptors or memory: the connection stays in the backlog.
			watch_stop(watch);
			timer_start(&accept_timer, RETRY_ACCEPT_MS);
			return;
		}
		add_client(fd);
	}
}

static void accept_again(struct timer *timer)
{
	(void)timer;
	watch_start(&listener, EPOLLIN);
}

static void part_over(struct timer *timer)
{
	(void)timer;
	for (unsigned i = 0; i < CLIENTS_MAX; i++)
		if (clients[i].used && clients[i].shut && !clients[i].dead)
			client_kill(&clients[i]);
}

static void remove_client(struct client *client)
{
	client_free(client);
	client_count--;
}

int clients_open(const struct options *options, struct fault *fault)
{
	listener.fd = options->listen_fd;
	listener.ready = accept_clients;
	accept_timer.fire = accept_again;
	part_timer.fire = part_over;
	int code = watch_start(&listener, EPOLLIN);
	return code < 0 ? fault_set(fault, code, "watch --listen") : 0;
}

/** Closes our half of the connections that have everything. */
static void part_from_served(void)
{
	for (unsigned i = 0; i < CLIENTS_MAX; i++) {
		struct client *client = &clients[i];
		if (client->used && client->has_record && (client->gone || client_waiting(client) == 0))
			client_part(client);
	}
	if (!part_timer.armed)
		timer_start(&part_timer, PART_MS);
}

void clients_flush(void)
{
	unsigned count = client_count;
	for (unsigned i = 0, seen = 0; seen < count; i++) {
		seen += clients[i].used;
		if (clients[i].used)
			client_flush(&clients[i]);
	}
	if (parting && count > 0)
		part_from_served();
	for (unsigned i = 0, seen = 0; seen < count; i++) {
		seen += clients[i].used;
		if (clients[i].used && clients[i].dead)
			remove_client(&clients[i]);
	}
	if (listener.fd >= 0 && !listener.registered && !accept_timer.armed && client_count < CLIENTS_MAX)
		watch_start(&listener, EPOLLIN);
	output_resume();
	if (on_none && client_count == 0)
		on_none();
}

void clients_finish(const char *record, size_t size)
{
	exit_record = record;
	exit_record_size = size;
	for (unsigned i = 0; i < CLIENTS_MAX; i++)
		if (clients[i].used && !clients[i].dead)
			send_record(&clients[i]);
}

void clients_part(void)
{
	parting = true;
}

void clients_when_finished(void (*none)(void))
{
	on_none = none;
}

void clients_close(void)
{
	for (unsigned i = 0; i < CLIENTS_MAX; i++)
		if (clients[i].used)
			remove_client(&clients[i]);
}
