// Decompression by ISA-L (gzip: three times as fast as zlib), libzstd, liblzma and libbz2.
#include "worker/decompress.h"

#include <bzlib.h>
#include <inttypes.h>
#include <isa-l/igzip_lib.h>
#include <lzma.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "common/cleanup.h"
#include "worker/failure.h"

/** What a decoder may take for its window: 128 MiB, the most that zstd's and xz's usual levels need. */
#define WINDOW_LOG_MAX 27
#define XZ_MEMORY_MAX (192ull << 20)

/** One direction each: the input block at hand and the output block being filled. */
struct flow {
	struct ring *in;
	struct ring *out;
	const uint8_t *next;
	size_t left;
	bool holding;
	uint8_t *block;
	size_t filled;
	uint64_t total;
	uint64_t limit;
};

/** Makes sure that input is at hand; false at the end of the input. */
static bool flow_fill(struct flow *flow)
{
	if (flow->left > 0)
		return true;
	if (flow->holding)
		ring_release(flow->in, 0);
	flow->next = ring_next(flow->in, 0, &flow->left);
	flow->holding = flow->next != NULL;
	if (!flow->holding)
		flow->left = 0;
	return flow->holding;
}

/** Takes note of `bytes` more in the output block, and passes it on when it is full. */
static int flow_put(struct flow *flow, size_t bytes, struct error *err)
{
	flow->filled += bytes;
	flow->total += bytes;
	if (flow->total > flow->limit)
		return bad_archive(err, "the archive is larger than %" PRIu64 " bytes when decompressed", flow->limit);
	if (flow->filled == RING_BLOCK_BYTES) {
		ring_commit(flow->out, flow->filled);
		flow->block = ring_reserve(flow->out);
		flow->filled = 0;
	}
	return 0;
}

static int cut_short(struct error *err)
{
	return error_set(err, FAILURE_TRUNCATED, "archive", "the compressed stream ends early");
}

static int copy_plain(struct flow *flow, struct error *err)
{
	while (flow_fill(flow)) {
		size_t room = RING_BLOCK_BYTES - flow->filled;
		size_t n = flow->left < room ? flow->left : room;
		memcpy(flow->block + flow->filled, flow->next, n);
		flow->next += n;
		flow->left -= n;
		if (flow_put(flow, n, err) < 0)
			return -1;
	}
	return 0;
}

static int inflate_gzip(struct flow *flow, struct error *err)
{
	cleanup_free struct inflate_state *state = malloc(sizeof *state);
	if (!state)
		return error_errno(err, "memory", "take memory for gzip");
	isal_inflate_init(state);
	state->crc_flag = ISAL_GZIP;
	bool inside = false;
	while (flow_fill(flow)) {
		if (state->block_state == ISAL_BLOCK_FINISH) {
			// Only another member may follow; the library would wait for a whole header before it complained.
			if (flow->next[0] != 0x1f || (flow->left > 1 && flow->next[1] != 0x8b))
				return bad_archive(err, "something else follows the gzip stream");
			isal_inflate_reset(state);
			state->crc_flag = ISAL_GZIP;
		}
		inside = true;
		state->next_in = (uint8_t *)flow->next;
		state->avail_in = (uint32_t)flow->left;
		for (;;) {
			uint32_t room = (uint32_t)(RING_BLOCK_BYTES - flow->filled);
			state->next_out = flow->block + flow->filled;
			state->avail_out = room;
			int status = isal_inflate(state);
			if (status < 0 || status == ISAL_NEED_DICT)
				return bad_archive(err, "the gzip stream is damaged (%d)", status);
			bool full = state->avail_out == 0;
			if (flow_put(flow, room - state->avail_out, err) < 0)
				return -1;
			if (state->block_state == ISAL_BLOCK_FINISH) {
				inside = false;
				break;
			}
			if (!full && state->avail_in == 0)
				break;
		}
		flow->next += flow->left - state->avail_in;
		flow->left = state->avail_in;
	}
	return inside ? cut_short(err) : 0;
}

static void cleanup_zstd(ZSTD_DStream **stream)
{
	ZSTD_freeDStream(*stream);
}

static int decode_zstd(struct flow *flow, struct error *err)
{
	__attribute__((cleanup(cleanup_zstd))) ZSTD_DStream *stream = ZSTD_createDStream();
	if (!stream)
		return error_errno(err, "memory", "take memory for zstd");
	ZSTD_DCtx_setParameter(stream, ZSTD_d_windowLogMax, WINDOW_LOG_MAX);
	size_t wanted = 0;
	while (flow_fill(flow)) {
		ZSTD_inBuffer in = { flow->next, flow->left, 0 };
		for (;;) {
			ZSTD_outBuffer out = { flow->block, RING_BLOCK_BYTES, flow->filled };
			wanted = ZSTD_decompressStream(stream, &out, &in);
			if (ZSTD_isError(wanted))
				return bad_archive(err, "the zstd stream is damaged: %s", ZSTD_getErrorName(wanted));
			bool full = out.pos == RING_BLOCK_BYTES;
			if (flow_put(flow, out.pos - flow->filled, err) < 0)
				return -1;
			if (in.pos == in.size && !full)
				break;
			// A frame that ended exactly with the block asks for nothing more.
			if (in.pos == in.size && wanted == 0)
				break;
		}
		flow->left = 0;
	}
	return wanted != 0 ? cut_short(err) : 0;
}

static int decode_xz(struct flow *flow, struct error *err)
{
	lzma_stream stream = LZMA_STREAM_INIT;
	lzma_ret status = lzma_stream_decoder(&stream, XZ_MEMORY_MAX, LZMA_CONCATENATED);
	int result = -1;
	while (status == LZMA_OK) {
		bool more = flow_fill(flow);
		stream.next_in = flow->next;
		stream.avail_in = flow->left;
		do {
			size_t room = RING_BLOCK_BYTES - flow->filled;
			stream.next_out = flow->block + flow->filled;
			stream.avail_out = room;
			status = lzma_code(&stream, more ? LZMA_RUN : LZMA_FINISH);
			if (flow_put(flow, room - stream.avail_out, err) < 0)
				goto done;
		} while (status == LZMA_OK && (stream.avail_in > 0 || stream.avail_out == 0 || !more));
		flow->left = 0;
	}
	if (status == LZMA_STREAM_END)
		result = 0;
	else if (status == LZMA_BUF_ERROR)
		result = cut_short(err);
	else
		result = bad_archive(err, "the xz stream is damaged (%d)", (int)status);
done:
	lzma_end(&stream);
	return result;
}

static int decode_bzip2(struct flow *flow, struct error *err)
{
	bz_stream stream = { 0 };
	bool open = false;
	int result = 0;
	while (result == 0 && flow_fill(flow)) {
		if (!open) {
			memset(&stream, 0, sizeof stream);
			if (BZ2_bzDecompressInit(&stream, 0, 0) != BZ_OK)
				return error_set(err, ENOMEM, "memory", "take memory for bzip2");
			open = true;
		}
		stream.next_in = (char *)flow->next;
		stream.avail_in = (unsigned)flow->left;
		for (;;) {
			unsigned room = (unsigned)(RING_BLOCK_BYTES - flow->filled);
			stream.next_out = (char *)flow->block + flow->filled;
			stream.avail_out = room;
			int status = BZ2_bzDecompress(&stream);
			if (status != BZ_OK && status != BZ_STREAM_END) {
				result = bad_archive(err, "the bzip2 stream is damaged (%d)", status);
				break;
			}
			bool full = stream.avail_out == 0;
			result = flow_put(flow, room - stream.avail_out, err);
			if (result < 0)
				break;
			if (status == BZ_STREAM_END) {
				BZ2_bzDecompressEnd(&stream);
				open = false;
				break;
			}
			if (!full && stream.avail_in == 0)
				break;
		}
		flow->next += flow->left - stream.avail_in;
		flow->left = stream.avail_in;
	}
	if (open) {
		BZ2_bzDecompressEnd(&stream);
		if (result == 0)
			result = cut_short(err);
	}
	return result;
}

static bool starts_with(const struct flow *flow, const char *magic, size_t length)
{
	return flow->left >= length && memcmp(flow->next, magic, length) == 0;
}

int decompress(struct ring *in, struct ring *out, int kinds, uint64_t limit, struct error *err)
{
	struct flow flow = { .in = in, .out = out, .limit = limit };
	flow.block = ring_reserve(out);
	int result;
	flow_fill(&flow);
	if (starts_with(&flow, "\x1f\x8b", 2))
		result = inflate_gzip(&flow, err);
	else if (starts_with(&flow, "\x28\xb5\x2f\xfd", 4))
		result = decode_zstd(&flow, err);
	else if (flow.left >= 4 && (flow.next[0] & 0xf0) == 0x50 && memcmp(flow.next + 1, "\x2a\x4d\x18", 3) == 0)
		result = decode_zstd(&flow, err); // a skippable frame comes first
	else if (starts_with(&flow, "\xfd" "7zXZ\0", 6))
		result = kinds == DECOMPRESS_ARCHIVES ? decode_xz(&flow, err) : bad_archive(err, "a layer may not be compressed by xz");
	else if (starts_with(&flow, "BZh", 3))
		result = kinds == DECOMPRESS_ARCHIVES ? decode_bzip2(&flow, err)
						      : bad_archive(err, "a layer may not be compressed by bzip2");
	else
		result = copy_plain(&flow, err);
	if (result == 0) {
		ring_commit(out, flow.filled);
		ring_end(out);
	}
	return result;
}
