// Frames on a stream socket.
#include "common/frame.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define HEADER_BYTES 4u
#define READ_BYTES 65536u

static int reserve(struct frame_buffer *buffer, size_t more)
{
	if (buffer->capacity - buffer->length >= more)
		return 0;
	size_t capacity = buffer->capacity ? buffer->capacity : READ_BYTES;
	while (capacity - buffer->length < more)
		capacity *= 2;
	char *data = realloc(buffer->data, capacity);
	if (!data)
		return -1;
	buffer->data = data;
	buffer->capacity = capacity;
	return 0;
}

static void drop_front(struct frame_buffer *buffer, size_t count)
{
	buffer->length -= count;
	memmove(buffer->data, buffer->data + count, buffer->length);
}

int frame_channel_open(struct frame_channel *channel, int fd, struct error *err)
{
	*channel = (struct frame_channel){ .fd = fd };
	int flags = fcntl(fd, F_GETFL);
	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
		return error_errno(err, "socket", "descriptor %d", fd);
	return 0;
}

int frame_channel_fill(struct frame_channel *channel)
{
	if (channel->taken > 0) {
		drop_front(&channel->in, channel->taken);
		channel->taken = 0;
	}
	for (;;) {
		if (channel->in.length > FRAME_MAX_BYTES + HEADER_BYTES)
			return 0; // enough for one frame: the rest waits in the socket
		if (reserve(&channel->in, READ_BYTES) < 0)
			return 1;
		ssize_t n = recv(channel->fd, channel->in.data + channel->in.length, READ_BYTES, MSG_DONTWAIT);
		if (n > 0) {
			channel->in.length += (size_t)n;
			if ((size_t)n < READ_BYTES)
				return 0;
			continue;
		}
		if (n < 0 && errno == EINTR)
			continue;
		return n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) ? 0 : 1;
	}
}

bool frame_channel_next(struct frame_channel *channel, const char **body, size_t *length, bool *bad)
{
	*bad = false;
	size_t rest = channel->in.length - channel->taken;
	if (rest < HEADER_BYTES)
		return false;
	uint32_t header;
	memcpy(&header, channel->in.data + channel->taken, sizeof header);
	header = ntohl(header);
	if (header > FRAME_MAX_BYTES) {
		*bad = true;
		return false;
	}
	if (rest - HEADER_BYTES < header)
		return false;
	*body = channel->in.data + channel->taken + HEADER_BYTES;
	*length = header;
	channel->taken += HEADER_BYTES + header;
	return true;
}

int frame_channel_put(struct frame_channel *channel, const char *body, size_t length, struct error *err)
{
	if (length > FRAME_MAX_BYTES)
		return error_set(err, EMSGSIZE, "answer", "an answer of %zu bytes is too long", length);
	if (reserve(&channel->out, HEADER_BYTES + length) < 0)
		return error_set(err, ENOMEM, "answer", "no memory for an answer");
	uint32_t header = htonl((uint32_t)length);
	memcpy(channel->out.data + channel->out.length, &header, sizeof header);
	memcpy(channel->out.data + channel->out.length + HEADER_BYTES, body, length);
	channel->out.length += HEADER_BYTES + length;
	return 0;
}

int frame_channel_flush(struct frame_channel *channel)
{
	while (channel->out.length > 0) {
		ssize_t n = send(channel->fd, channel->out.data, channel->out.length, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n >= 0) {
			drop_front(&channel->out, (size_t)n);
			continue;
		}
		if (errno == EINTR)
			continue;
		return errno == EAGAIN || errno == EWOULDBLOCK ? 0 : 1;
	}
	return 0;
}
