// The job `extract`: a layer from stdin into a folder.
#include <fcntl.h>
#include <inttypes.h>
#include <linux/openat2.h>
#include <openssl/crypto.h>
#include <time.h>
#include <unistd.h>

#include "worker/answer.h"
#include "worker/confine.h"
#include "worker/decompress.h"
#include "worker/failure.h"
#include "worker/jobs.h"
#include "worker/layer.h"

/** Bounds the memory for directories' times, and the inodes that one layer may take. */
#define ENTRIES_MAX (8u << 20)
#define PROGRESS_NS 100000000

static int64_t now_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static void report_progress(struct pipeline *pipeline)
{
	static int64_t last;
	int64_t now = now_ns();
	if (last == 0)
		last = now;
	if (now - last < PROGRESS_NS)
		return;
	last = now;
	char line[128];
	snprintf(line, sizeof line, "{\"progress\":{\"in\":%" PRIu64 ",\"out\":%" PRIu64 "}}\n",
		 (uint64_t)atomic_load_explicit(&pipeline->in, memory_order_relaxed), pipeline->out);
	answer_line(line);
}

static int write_entries(struct pipeline *pipeline, struct dest *dest, uint64_t limit, struct layer_count *count, struct error *err)
{
	static struct tar_entry entry;
	struct tar tar;
	int found;
	uint64_t seen = 0;
	const struct layer_rules rules = { .whiteouts = true, .folder = "", .limit = limit };
	tar_open(&tar, pipeline);
	while ((found = tar_next(&tar, &entry, err)) > 0) {
		if (++seen > ENTRIES_MAX)
			found = bad_archive(err, "the layer has more than %u entries", ENTRIES_MAX);
		else if (layer_write(dest, &tar, &entry, &rules, count, err) < 0)
			found = -1;
		if (found < 0)
			break;
	}
	tar_close(&tar);
	return found < 0 ? -1 : dest_set_times(dest, err);
}

int job_extract(const struct job_options *options, struct error *err)
{
	if (!options->dest)
		return error_set(err, EINVAL, "options", "--dest is missing");
	int root = open(options->dest, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return error_errno(err, "open", "open \"%s\"", options->dest);
	struct tar_split *split = options->split ? tar_split_create(options->split, err) : NULL;
	if (options->split && !split)
		return -1;
	// It would read its configuration from a file system that is about to go.
	OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	if (confine(CONFINE_EXTRACT, root, err) < 0)
		return -1;

	static struct pipeline pipeline;
	const struct pipeline_options wanted = {
		.input = STDIN_FILENO,
		.kinds = options->any_compression ? DECOMPRESS_ARCHIVES : DECOMPRESS_LAYERS,
		.hash = true,
		.digest = options->digest,
		.diff_id = options->diff_id,
		.size = options->size,
		.limit = options->limit,
		.split = split,
		.on_block = report_progress,
	};
	struct dest dest;
	struct layer_count count = { 0 };
	dest_open(&dest, root, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS, true);
	int result = pipeline_start(&pipeline, &wanted, err);
	if (result == 0)
		result = pipeline_finish(&pipeline, write_entries(&pipeline, &dest, options->limit, &count, err), err);
	dest_close(&dest);
	if (result == 0 && split)
		result = tar_split_finish(split, err);
	if (result < 0)
		return -1;

	char line[512];
	snprintf(line, sizeof line,
		 "{\"ok\":true,\"digest\":\"%s\",\"size\":%" PRIu64 ",\"diffId\":\"%s\",\"diffSize\":%" PRIu64
		 ",\"fileBytes\":%" PRIu64 ",\"entries\":%" PRIu64 "}\n",
		 pipeline.digest, (uint64_t)atomic_load(&pipeline.in), pipeline.diff_id, pipeline.out, count.file_bytes, count.entries);
	answer_line(line);
	return 0;
}
