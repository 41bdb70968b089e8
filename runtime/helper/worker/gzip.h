// A gzip stream (RFC 1952), the very bytes that Go's compress/gzip writes at its default level; deflate.c tells why.
#pragma once

#include "worker/deflate.h"

struct gzip {
	struct deflate deflate;
	uint32_t checksum, size;
};

/** Begins a stream; `put` gets the bytes. */
int gzip_open(struct gzip *gzip, deflate_put *put, void *context, struct error *err);

/** Where the calls cut the input can matter, as for deflate_add(). */
int gzip_add(struct gzip *gzip, const uint8_t *bytes, size_t length, struct error *err);

/** Ends the stream. */
int gzip_end(struct gzip *gzip, struct error *err);
