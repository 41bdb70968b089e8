// One connection to io.sock: its state, what waits to be sent, and its end.
#pragma once

#include "frame.h"
#include "input.h"
#include "loop.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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

/** Takes over an accepted socket; false when there is no memory for it (the socket is closed). */
bool client_open(struct client *client, int fd);

/** Frees what the client holds. Only at the end of a turn, when no event can point to it any more. */
void client_free(struct client *client);

/** Marks the client dead where it fails. */
void client_kill(struct client *client);

/** Bytes that wait to be sent. */
static inline size_t client_waiting(const struct client *client)
{
	return client->out_end - client->out_start;
}

/** Puts a frame behind what waits. A client without room is killed. */
void client_send(struct client *client, enum frame_type type, const void *payload, size_t size);

/** Writes what waits as far as the socket takes it. */
void client_flush(struct client *client);

/** The client was sent all it will get: closes our half. */
void client_part(struct client *client);

/** Nobody reads our output any more. */
void client_lose_reader(struct client *client);

/** Ends the client's part of stdin, once. */
void client_end_stdin(struct client *client);

/** Chooses anew what to wait for. */
void client_update_watch(struct client *client);

/** Reads and obeys frames, a bounded number of pieces (client-frames.c). */
void client_read_frames(struct client *client);
