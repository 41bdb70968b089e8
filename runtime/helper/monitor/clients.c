// Each client has one mapped buffer for its output, of which only written pages exist, and one for a stdin frame once it sends
// one. A client is only marked dead where it fails; it is freed at the end of the turn, when no event can point to it any more.
#include "clients.h"
#include "frame.h"
#include "input.h"
#include "loop.h"
#include "memory.h"
#include "output.h"
#include "program.h"
#include "system.h"

#define CLIENTS_MAX 128
#define WAIT_MAX (256 * 1024)
/** Twice what may wait, so that bytes are moved to the front at most once per 256 KiB, and room for a dead program's last output. */
#define OUT_BYTES (1024 * 1024)
/** Kept mapped with pages when nothing waits. */
#define OUT_KEEP (32 * 1024)
#define READS_PER_TURN 8
#define RETRY_ACCEPT_MS 100
/** How long a client that was sent everything may take to close its half. */
#define PART_MS 1000

struct client {
	struct watch watch;
	bool used;
	bool dead;
	bool said_hello;
	uint8_t flags;
	/** The client gives no more frames. */
	bool input_ended;
	/** Its half of stdin was ended, by a frame or by leaving. */
	bool stdin_ended;
	/** Nobody reads our output any more; frames that were sent before are still obeyed. */
	bool gone;
	/** The socket took no more; wait for EPOLLOUT. */
	bool blocked;
	/** The exit record is in the buffer, or sent. */
	bool has_record;
	/** It has read, or can read, the end of our half. */
	bool shut;
	uint8_t head[FRAME_HEAD_SIZE];
	unsigned head_size;
	enum frame_type type;
	uint32_t payload_size;
	uint32_t payload_have;
	uint8_t small[FRAME_SMALL_MAX];
	uint8_t *stdin_bytes;
	struct stdin_frame stdin_frame;
	uint8_t *out;
	size_t out_start;
	size_t out_end;
};

static struct client clients[CLIENTS_MAX];
static unsigned client_count;
static struct watch listener = { .fd = -1 };
static struct timer accept_timer;
static const char *exit_record;
static size_t exit_record_size;
static bool parting;
static struct timer part_timer;
static void (*on_none)(void);

static size_t waiting(const struct client *client)
{
	return client->out_end - client->out_start;
}

static void kill_client(struct client *client)
{
	client->dead = true;
	client->out_start = client->out_end = 0;
	watch_stop(&client->watch);
}

/** Ends the client's part of stdin, once. */
static void end_stdin(struct client *client)
{
	if (client->stdin_ended || !(client->flags & HELLO_GIVES_STDIN))
		return;
	client->stdin_ended = true;
	input_giver_ended();
}

/** Chooses what to wait for: frames unless one of them is stuck, room in the socket if it is full. */
static void update_watch(struct client *client)
{
	if (client->dead)
		return;
	bool wants_frames = !client->input_ended && !client->stdin_frame.waiting;
	uint32_t events = (wants_frames ? EPOLLIN : 0u) | (client->blocked ? EPOLLOUT : 0u);
	if (client->gone && !wants_frames) {
		// The hang-up would be reported for ever.
		watch_stop(&client->watch);
		if (client->input_ended)
			kill_client(client);
	} else if (client->shut && client->input_ended) {
		kill_client(client);
	} else if (watch_start(&client->watch, events) < 0) {
		kill_client(client);
	}
}

/** Nobody reads our output any more. */
static void lose_reader(struct client *client)
{
	if (client->gone)
		return;
	client->gone = true;
	client->blocked = false;
	client->out_start = client->out_end = 0;
	if (client->flags & HELLO_CONTROL)
		output_go();
}

/** Makes room for `size` bytes at the end of what waits; NULL when there is none. */
static uint8_t *out_room(struct client *client, size_t size)
{
	if (OUT_BYTES - client->out_end < size) {
		size_t count = waiting(client);
		memmove(client->out, client->out + client->out_start, count);
		client->out_start = 0;
		client->out_end = count;
		if (OUT_BYTES - count < size)
			return NULL;
	}
	uint8_t *room = client->out + client->out_end;
	client->out_end += size;
	return room;
}

static void send_frame(struct client *client, enum frame_type type, const void *payload, size_t size)
{
	if (client->gone || client->dead)
		return;
	uint8_t *room = out_room(client, FRAME_HEAD_SIZE + size);
	if (!room) {
		kill_client(client);
		return;
	}
	frame_write_head(room, type, (uint32_t)size);
	memcpy(room + FRAME_HEAD_SIZE, payload, size);
}

static void send_record(struct client *client)
{
	send_frame(client, FRAME_EXIT, exit_record, exit_record_size);
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
		size_t used = waiting(&clients[i]) + 2 * FRAME_HEAD_SIZE;
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
			send_frame(&clients[i], type, bytes + at, part);
		}
	}
}

/** Obeys a frame other than stdin; false when it is not allowed here. */
static bool obey(struct client *client)
{
	const uint8_t *payload = client->small;
	switch (client->type) {
	case FRAME_CLIENT_HELLO:
		if (client->said_hello || payload[0] != 1)
			return false;
		client->said_hello = true;
		client->flags = payload[1];
		return true;
	case FRAME_STDIN_EOF:
		if (!(client->flags & HELLO_GIVES_STDIN))
			return false;
		end_stdin(client);
		return true;
	case FRAME_RESIZE:
		output_resize((uint16_t)(payload[0] << 8 | payload[1]), (uint16_t)(payload[2] << 8 | payload[3]));
		return true;
	case FRAME_SIGNAL:
		program_signal(read_be32(payload));
		return true;
	case FRAME_GO:
		output_go();
		return true;
	default:
		return false;
	}
}

/** The head is complete: checks it. False when the client must be closed. */
static bool begin_payload(struct client *client)
{
	if (!frame_read_head(client->head, &client->type, &client->payload_size))
		return false;
	if (!client->said_hello && client->type != FRAME_CLIENT_HELLO)
		return false;
	client->payload_have = 0;
	if (client->type != FRAME_STDIN)
		return true;
	if (!(client->flags & HELLO_GIVES_STDIN) || client->stdin_ended)
		return false;
	if (!client->stdin_bytes)
		client->stdin_bytes = sys_map(FRAME_CLIENT_MAX);
	return client->stdin_bytes != NULL;
}

/** The payload is complete. False when the client must be closed. */
static bool end_payload(struct client *client)
{
	client->head_size = 0;
	if (client->type != FRAME_STDIN)
		return obey(client);
	client->stdin_frame.bytes = client->stdin_bytes;
	client->stdin_frame.size = client->payload_size;
	input_write(&client->stdin_frame);
	return true;
}

/** Reads a piece of a frame; returns false when there is nothing to read now. */
static bool read_piece(struct client *client)
{
	bool in_head = client->head_size < FRAME_HEAD_SIZE;
	uint8_t *to;
	size_t size;
	if (in_head) {
		to = client->head + client->head_size;
		size = FRAME_HEAD_SIZE - client->head_size;
	} else {
		to = (client->type == FRAME_STDIN ? client->stdin_bytes : client->small) + client->payload_have;
		size = client->payload_size - client->payload_have;
	}
	ssize_t n = sys_read(client->watch.fd, to, size);
	if (n == -EAGAIN || n == -EINTR)
		return false;
	if (n <= 0) {
		client->input_ended = true;
		if (n < 0)
			lose_reader(client);
		end_stdin(client);
		return false;
	}
	bool fine = true;
	if (in_head) {
		client->head_size += (unsigned)n;
		if (client->head_size == FRAME_HEAD_SIZE)
			fine = begin_payload(client) && (client->payload_size > 0 || end_payload(client));
	} else {
		client->payload_have += (uint32_t)n;
		if (client->payload_have == client->payload_size)
			fine = end_payload(client);
	}
	if (!fine)
		kill_client(client);
	return fine;
}

static void read_frames(struct client *client)
{
	for (unsigned i = 0; i < READS_PER_TURN && !client->dead && !client->stdin_frame.waiting; i++)
		if (!read_piece(client))
			break;
	update_watch(client);
}

/** The program took a stdin frame that had to wait: the client may send the next. */
static void stdin_taken(struct stdin_frame *frame)
{
	struct client *client = container_of(frame, struct client, stdin_frame);
	update_watch(client);
}

static void client_ready(struct watch *watch, uint32_t events)
{
	struct client *client = container_of(watch, struct client, watch);
	if (events & (EPOLLHUP | EPOLLERR))
		lose_reader(client);
	if (events & EPOLLOUT)
		client->blocked = false;
	if (!client->input_ended && !client->stdin_frame.waiting)
		read_frames(client);
	update_watch(client);
}

/** Tells a new client who we are. */
static void greet(struct client *client)
{
	char hello[256];
	send_frame(client, FRAME_MONITOR_HELLO, hello, program_describe(hello, sizeof hello));
	if (exit_record)
		send_record(client);
}

static void add_client(int fd)
{
	unsigned i = 0;
	while (clients[i].used)
		i++;
	struct client *client = &clients[i];
	memset(client, 0, sizeof *client);
	client->out = sys_map(OUT_BYTES);
	if (!client->out) {
		sys_close(fd);
		return;
	}
	client->used = true;
	client->watch.fd = fd;
	client->watch.ready = client_ready;
	client->stdin_frame.taken = stdin_taken;
	client_count++;
	greet(client);
	update_watch(client);
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
			kill_client(&clients[i]);
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

/**
 * The client was sent all it will get. Only our half is closed: a client that is just writing (stdin of a program that has ended)
 * would see an error if it were both, and might never look at what it was sent. It is freed when it closes its own half.
 */
static void part_from(struct client *client)
{
	if (client->gone || client->input_ended) {
		kill_client(client);
		return;
	}
	sys_shutdown(client->watch.fd, SHUT_WR);
	client->shut = true;
	if (!part_timer.armed)
		timer_start(&part_timer, PART_MS);
}

/** Writes what waits for one client. */
static void flush_client(struct client *client)
{
	while (!client->gone && !client->dead && !client->blocked && waiting(client) > 0) {
		ssize_t n = sys_call(SYS_sendto, client->watch.fd, (long)(client->out + client->out_start),
				     (long)waiting(client), MSG_NOSIGNAL | MSG_DONTWAIT, 0, 0);
		if (n == -EAGAIN) {
			client->blocked = true;
		} else if (n > 0) {
			client->out_start += (size_t)n;
		} else if (n != -EINTR) {
			lose_reader(client);
		}
	}
	if (waiting(client) == 0 && client->out_end > 0) {
		if (client->out_end > 4 * OUT_KEEP)
			sys_release(client->out + OUT_KEEP, client->out_end - OUT_KEEP);
		client->out_start = client->out_end = 0;
	}
	if (parting && client->has_record && !client->shut && !client->dead && (client->gone || waiting(client) == 0))
		part_from(client);
	update_watch(client);
}

static void free_client(struct client *client)
{
	if (client->stdin_frame.waiting)
		input_forget(&client->stdin_frame);
	end_stdin(client);
	if (client->flags & HELLO_CONTROL)
		output_go();
	watch_stop(&client->watch);
	sys_close(client->watch.fd);
	sys_unmap(client->out, OUT_BYTES);
	if (client->stdin_bytes)
		sys_unmap(client->stdin_bytes, FRAME_CLIENT_MAX);
	client->used = false;
	client_count--;
}

void clients_flush(void)
{
	for (unsigned i = 0, seen = 0, count = client_count; seen < count; i++) {
		if (!clients[i].used)
			continue;
		seen++;
		flush_client(&clients[i]);
		if (clients[i].dead)
			free_client(&clients[i]);
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
			free_client(&clients[i]);
}
