// The jobs `context` and `peek`: a build's context from stdin into a folder, and one small file of it.
#include <fcntl.h>
#include <inttypes.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "spawn/in-root.h"
#include "worker/answer.h"
#include "worker/confine.h"
#include "worker/decompress.h"
#include "worker/failure.h"
#include "worker/jobs.h"
#include "worker/layer.h"

#define ENTRIES_MAX (8u << 20)
/** Of a Dockerfile or a list of patterns. */
#define PEEK_MAX (4u << 20)

static int write_entries(struct pipeline *pipeline, struct dest *dest, const struct layer_rules *rules, struct layer_count *count,
			 struct error *err)
{
	static struct tar_entry entry;
	struct tar tar;
	uint64_t seen = 0;
	int found;
	tar_open(&tar, pipeline);
	while ((found = tar_next(&tar, &entry, err)) > 0) {
		// Whoever sends a device wants it made on this machine.
		if (entry.type == TAR_CHARACTER_DEVICE || entry.type == TAR_BLOCK_DEVICE)
			found = bad_archive(err, "%.200s: a build context has no devices", entry.path);
		else if (++seen > ENTRIES_MAX)
			found = bad_archive(err, "the context has more than %u entries", ENTRIES_MAX);
		else if (layer_write(dest, &tar, &entry, rules, count, err) < 0)
			found = -1;
		if (found < 0)
			break;
	}
	tar_close(&tar);
	return found < 0 ? -1 : dest_set_times(dest, err);
}

int job_context(const struct job_options *options, struct error *err)
{
	static struct pipeline pipeline;
	if (!options->dest)
		return error_set(err, EINVAL, "options", "--dest is missing");
	int root = open(options->dest, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return error_errno(err, "open", "open \"%s\"", options->dest);
	if (confine(CONFINE_EXTRACT, root, err) < 0)
		return -1;
	const struct layer_rules rules = { .folder = "", .limit = options->limit };
	const struct pipeline_options wanted = {
		.input = STDIN_FILENO,
		.kinds = DECOMPRESS_ARCHIVES,
		.size = -1,
		.limit = options->limit,
	};
	struct layer_count count = { 0 };
	struct dest dest;
	dest_open(&dest, root, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS, false);
	dest.parent_mode = 0755;
	int result = pipeline_start(&pipeline, &wanted, err);
	if (result == 0)
		result = pipeline_finish(&pipeline, write_entries(&pipeline, &dest, &rules, &count, err), err);
	dest_close(&dest);
	if (result < 0)
		return -1;
	char line[128];
	snprintf(line, sizeof line, "{\"ok\":true,\"files\":%" PRIu64 ",\"bytes\":%" PRIu64 "}\n", count.entries, count.file_bytes);
	answer_line(line);
	return 0;
}

int job_peek(const struct job_options *options, struct error *err)
{
	static char buffer[64 << 10];
	struct stat status;
	if (!options->root || !options->path)
		return error_set(err, EINVAL, "options", "--root or --path is missing");
	cleanup_close int root = open(options->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return error_errno(err, "open", "open \"%s\"", options->root);
	if (confine(CONFINE_READ, root, err) < 0)
		return -1;
	cleanup_close int fd = in_root_open(root, options->path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
	if (fd < 0 || fstat(fd, &status) < 0)
		return error_set(err, errno, "open", "%.300s: %s", options->path, strerror(errno));
	if (!S_ISREG(status.st_mode))
		return error_set(err, EISDIR, "open", "%.300s: it is no file", options->path);
	if (status.st_size > PEEK_MAX)
		return error_set(err, EFBIG, "open", "%.300s: it is larger than %u bytes", options->path, PEEK_MAX);
	answer_line("{\"begin\":true}\n");
	ssize_t n;
	for (uint64_t all = 0; all < PEEK_MAX && (n = read(fd, buffer, sizeof buffer)) > 0; all += (uint64_t)n)
		for (ssize_t done = 0, more; done < n; done += more)
			if ((more = write(JOB_OUTPUT, buffer + done, (size_t)(n - done))) < 0)
				return error_errno(err, "write", "give the file");
	answer_line("{\"ok\":true}\n");
	return 0;
}
