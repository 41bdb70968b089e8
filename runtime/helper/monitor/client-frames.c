// What clients ask for: reads frames piece by piece, checks them and obeys. A client that breaks the protocol is closed.
#include "client.h"
#include "output.h"
#include "program.h"
#include "proxy.h"
#include "system.h"

#define READS_PER_TURN 8

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
		client_end_stdin(client);
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
	case FRAME_TARGETS:
		if (!(client->flags & HELLO_CONTROL))
			return false;
		proxy_retarget(payload);
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
			client_lose_reader(client);
		client_end_stdin(client);
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
		client_kill(client);
	return fine;
}

void client_read_frames(struct client *client)
{
	for (unsigned i = 0; i < READS_PER_TURN && !client->dead && !client->stdin_frame.waiting; i++)
		if (!read_piece(client))
			break;
	client_update_watch(client);
}
