// Writing a stored layer's tar again, plain or compressed, with both digests.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/error.h"
#include "worker/pipeline.h"

/** Takes the bytes, in order, in one thread. */
typedef int layer_out_put(void *context, const void *bytes, size_t length, struct error *err);

struct layer_out {
	bool gzip;
	layer_out_put *put;
	void *context;
	/** Called by the caller's thread now and then with the plain bytes so far, or NULL. */
	void (*on_progress)(uint64_t bytes);
	/** What was written: the tar's digest and size, and those of what was put (the same without gzip). */
	char diff_id[DIGEST_TEXT_MAX];
	uint64_t diff_size;
	char digest[DIGEST_TEXT_MAX];
	uint64_t size;
};

/**
 * Writes the layer in the folder `name` of the open folder `layers`: `diff` and `split` lie there. Fails with FAILURE_BAD_DIGEST when it
 * has not the diffID that is asked for (NULL: any).
 */
int layer_out_write(int layers, const char *name, const char *diff_id, struct layer_out *out, struct error *err);
