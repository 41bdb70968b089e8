// The output buffer is mapped at once but only written pages of it exist; a buffer for stdin comes with the first stdin frame.
#include "client.h"
#include "memory.h"
#include "output.h"
#include "system.h"

/** Four times what may wait, so that bytes are seldom moved to the front, and room for a dead program's last output. */
#define OUT_BYTES (1024 * 1024)
/** Kept mapped with pages when nothing waits. */
#define OUT_KEEP (32 * 1024)

void client_kill(struct client *client)
{
	client->dead = true;
	client->out_start = client->out_end = 0;
	watch_stop(&client->watch);
}

void client_end_stdin(struct client *client)
{
	if (client->stdin_ended || !(client->flags & HELLO_GIVES_STDIN))
		return;
	client->stdin_ended = true;
	input_giver_ended();
}

void client_update_watch(struct client *client)
{
	if (client->dead)
		return;
	bool wants_frames = !client->input_ended && !client->stdin_frame.waiting;
	uint32_t events = (wants_frames ? EPOLLIN : 0u) | (client->blocked ? EPOLLOUT : 0u);
	if (client->gone && !wants_frames) {
		// The hang-up would be reported for ever.
		watch_stop(&client->watch);
		if (client->input_ended)
			client_kill(client);
	} else if (client->shut && client->input_ended) {
		client_kill(client);
	} else if (watch_start(&client->watch, events) < 0) {
		client_kill(client);
	}
}

void client_lose_reader(struct client *client)
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
		size_t count = client_waiting(client);
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

void client_send(struct client *client, enum frame_type type, const void *payload, size_t size)
{
	if (client->gone || client->dead)
		return;
	uint8_t *room = out_room(client, FRAME_HEAD_SIZE + size);
	if (!room) {
		client_kill(client);
		return;
	}
	frame_write_head(room, type, (uint32_t)size);
	memcpy(room + FRAME_HEAD_SIZE, payload, size);
}

/** The program took a stdin frame that had to wait: the client may send the next. */
static void stdin_taken(struct stdin_frame *frame)
{
	struct client *client = container_of(frame, struct client, stdin_frame);
	client_update_watch(client);
}

static void client_ready(struct watch *watch, uint32_t events)
{
	struct client *client = container_of(watch, struct client, watch);
	if (events & (EPOLLHUP | EPOLLERR))
		client_lose_reader(client);
	if (events & EPOLLOUT)
		client->blocked = false;
	if (!client->input_ended && !client->stdin_frame.waiting)
		client_read_frames(client);
	client_update_watch(client);
}

bool client_open(struct client *client, int fd)
{
	memset(client, 0, sizeof *client);
	client->out = sys_map(OUT_BYTES);
	if (!client->out) {
		sys_close(fd);
		return false;
	}
	client->used = true;
	client->watch.fd = fd;
	client->watch.ready = client_ready;
	client->stdin_frame.taken = stdin_taken;
	return true;
}

void client_part(struct client *client)
{
	if (client->shut || client->dead)
		return;
	if (client->gone || client->input_ended) {
		client_kill(client);
		return;
	}
	// Only half: a client that is just writing (stdin of a program that has ended) would see an error if both were closed, and
	// might never look at what it was sent. It is freed when it closes its own half.
	sys_shutdown(client->watch.fd, SHUT_WR);
	client->shut = true;
}

void client_flush(struct client *client)
{
	while (!client->gone && !client->dead && !client->blocked && client_waiting(client) > 0) {
		ssize_t n = sys_call(SYS_sendto, client->watch.fd, (long)(client->out + client->out_start),
				     (long)client_waiting(client), MSG_NOSIGNAL | MSG_DONTWAIT, 0, 0);
		if (n == -EAGAIN) {
			client->blocked = true;
		} else if (n > 0) {
			client->out_start += (size_t)n;
		} else if (n != -EINTR) {
			client_lose_reader(client);
		}
	}
	if (client_waiting(client) == 0 && client->out_end > 0) {
		if (client->out_end > 4 * OUT_KEEP)
			sys_release(client->out + OUT_KEEP, client->out_end - OUT_KEEP);
		client->out_start = client->out_end = 0;
	}
	client_update_watch(client);
}

void client_free(struct client *client)
{
	if (client->stdin_frame.waiting)
		input_forget(&client->stdin_frame);
	client_end_stdin(client);
	if (client->flags & HELLO_CONTROL)
		output_go();
	watch_stop(&client->watch);
	sys_close(client->watch.fd);
	sys_unmap(client->out, OUT_BYTES);
	if (client->stdin_bytes)
		sys_unmap(client->stdin_bytes, FRAME_CLIENT_MAX);
	client->used = false;
}
