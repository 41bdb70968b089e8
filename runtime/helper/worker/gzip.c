// The head and the tail of a gzip stream.
#include "worker/gzip.h"

#include <isa-l/crc.h>

int gzip_open(struct gzip *gzip, deflate_put *put, void *context, struct error *err)
{
	// Deflate, no flags, no time, no word on the effort, and an unknown system.
	static const uint8_t head[] = { 0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255 };
	gzip->checksum = gzip->size = 0;
	deflate_open(&gzip->deflate, put, context);
	return put(context, head, sizeof head, err);
}

int gzip_add(struct gzip *gzip, const uint8_t *bytes, size_t length, struct error *err)
{
	gzip->checksum = crc32_gzip_refl(gzip->checksum, bytes, length);
	gzip->size += (uint32_t)length;
	return deflate_add(&gzip->deflate, bytes, length, err);
}

int gzip_end(struct gzip *gzip, struct error *err)
{
	uint8_t tail[8];
	for (unsigned i = 0; i < 4; i++) {
		tail[i] = (uint8_t)(gzip->checksum >> 8 * i);
		tail[4 + i] = (uint8_t)(gzip->size >> 8 * i);
	}
	if (deflate_end(&gzip->deflate, err) < 0)
		return -1;
	return gzip->deflate.block.put(gzip->deflate.block.context, tail, sizeof tail, err);
}
