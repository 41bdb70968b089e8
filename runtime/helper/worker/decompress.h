// Decompression of a whole stream from one ring into another: gzip (many members), zstd (many frames), xz, bzip2, or plain.
#pragma once

#include <stdint.h>

#include "common/error.h"
#include "worker/ring.h"

enum {
	DECOMPRESS_LAYERS = 0,
	/** Also xz and bzip2, which people use for archives but registries never for layers. */
	DECOMPRESS_ARCHIVES = 1,
};

/**
 * Reads `in` (as its reader 0) to its end and fills `out`, which it ends. The format is told by the first bytes.
 * Fails with FAILURE_TRUNCATED when the stream is cut, FAILURE_BAD_ARCHIVE when it is damaged or gives more than `limit` bytes.
 */
int decompress(struct ring *in, struct ring *out, int kinds, uint64_t limit, struct error *err);
