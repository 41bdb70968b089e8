// The job `unpack`: an archive of images from stdin into a staging folder. Only files, folders and links that stay inside; owners,
// modes and times are ours. No path leads through a symbolic link.
#include <fcntl.h>
#include <inttypes.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "worker/answer.h"
#include "worker/confine.h"
#include "worker/decompress.h"
#include "worker/dest.h"
#include "worker/failure.h"
#include "worker/file-data.h"
#include "worker/jobs.h"
#include "worker/path.h"
#include "worker/tar.h"

#define ENTRIES_MAX (1u << 20)

struct unpacked {
	uint64_t files;
	uint64_t bytes;
};

/**
 * Whether a symbolic link at `path` stays inside: `..` only at its start, and no more of them than it has directories above it. As
 * no directory on the way is a link, that is where it leads.
 */
static bool stays_inside(const char *path, const char *target)
{
	int depth = 0;
	for (const char *at = path; *at; at++)
		depth += *at == '/';
	if (target[0] == '/' || target[0] == '\0')
		return false;
	bool down = false;
	for (const char *at = target; *at; at += strspn(at, "/")) {
		size_t n = strcspn(at, "/");
		bool up = n == 2 && at[0] == '.' && at[1] == '.';
		if (up && (down || --depth < 0))
			return false;
		down |= !up && !(n == 1 && at[0] == '.');
		at += n;
	}
	return true;
}

static int failed(const struct tar_entry *entry, const char *what, struct error *err)
{
	if (errno == ENAMETOOLONG)
		return bad_archive(err, "%.200s: the name is too long", entry->path);
	return error_errno(err, "unpack", "%.200s: %s", entry->path, what);
}

static int write_file(struct tar *tar, const struct tar_entry *entry, int parent, const char *leaf, struct error *err)
{
	cleanup_close int fd = openat(parent, leaf, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return failed(entry, "make the file", err);
	return file_data_write(tar, entry, fd, err);
}

static int write_hard_link(struct dest *dest, const struct tar_entry *entry, int parent, const char *leaf, struct error *err)
{
	char target[PATH_MAX];
	cleanup_close int here = dup(parent);
	if (here < 0 || path_normalise(entry->link, target, err) < 0)
		return here < 0 ? failed(entry, "keep the directory", err) : -1;
	int from = *target ? dest_existing_parent(dest, target, err) : -1;
	if (from < 0)
		return *target ? -1 : bad_archive(err, "%.200s: a hard link to the root", entry->path);
	if (linkat(from, path_leaf(target), here, leaf, 0) == 0)
		return 0;
	if (errno == ENOENT || errno == EPERM)
		return bad_archive(err, "%.200s: a hard link to %.200s, which is not there", entry->path, entry->link);
	return failed(entry, "make the link", err);
}

static int write_directory(struct dest *dest, const struct tar_entry *entry, const char *path, struct error *err)
{
	if (!*path)
		return 0;
	int parent = dest_parent(dest, path, err);
	if (parent < 0)
		return -1;
	if (mkdirat(parent, path_leaf(path), 0700) == 0)
		return 0;
	cleanup_close int fd = openat(parent, path_leaf(path), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd >= 0 ? 0 : bad_archive(err, "%.200s: a directory in the place of something else", entry->path);
}

static int write_entry(struct dest *dest, struct tar *tar, const struct tar_entry *entry, struct unpacked *unpacked, uint64_t limit,
		       struct error *err)
{
	char path[PATH_MAX];
	if (path_normalise(entry->path, path, err) < 0)
		return -1;
	if (entry->type == TAR_DIRECTORY)
		return write_directory(dest, entry, path, err);
	if (!*path)
		return bad_archive(err, "the root of an archive is no directory");
	if (entry->type == TAR_FILE) {
		unpacked->files++;
		unpacked->bytes += entry->size;
		if (entry->size > limit || unpacked->bytes > limit)
			return bad_archive(err, "%.200s: the files are larger than the limit", entry->path);
	}
	const char *leaf = path_leaf(path);
	for (bool again = false;; again = true) {
		int parent = dest_parent(dest, path, err);
		int result;
		if (parent < 0)
			return -1;
		switch (entry->type) {
		case TAR_FILE:
			result = write_file(tar, entry, parent, leaf, err);
			break;
		case TAR_HARD_LINK:
			result = write_hard_link(dest, entry, parent, leaf, err);
			break;
		case TAR_SYMBOLIC_LINK:
			if (!stays_inside(path, entry->link))
				return bad_archive(err, "%.200s: a link that leads out of the archive: %.200s", entry->path, entry->link);
			result = symlinkat(entry->link, parent, leaf) < 0 ? failed(entry, "make the link", err) : 0;
			break;
		default:
			return bad_archive(err, "%.200s: an archive of images has no devices or pipes", entry->path);
		}
		if (result == 0 || err->code != EEXIST || again)
			return result;
		// The same name once more takes the first one's place, but not a directory's.
		parent = dest_parent(dest, path, err);
		if (parent < 0)
			return -1;
		if (unlinkat(parent, leaf, 0) < 0)
			return bad_archive(err, "%.200s: something in the place of a directory", entry->path);
	}
}

static int write_entries(struct pipeline *pipeline, struct dest *dest, uint64_t limit, struct unpacked *unpacked, struct error *err)
{
	static struct tar_entry entry;
	struct tar tar;
	uint64_t seen = 0;
	int found;
	tar_open(&tar, pipeline);
	while ((found = tar_next(&tar, &entry, err)) > 0) {
		if (++seen > ENTRIES_MAX)
			found = bad_archive(err, "the archive has more than %u entries", ENTRIES_MAX);
		else
			found = write_entry(dest, &tar, &entry, unpacked, limit, err);
		if (found < 0)
			break;
	}
	tar_close(&tar);
	return found;
}

int job_unpack(const struct job_options *options, struct error *err)
{
	if (!options->dest)
		return error_set(err, EINVAL, "options", "--dest is missing");
	int root = open(options->dest, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return error_errno(err, "open", "open \"%s\"", options->dest);
	if (confine(CONFINE_UNPACK, root, err) < 0)
		return -1;

	static struct pipeline pipeline;
	const struct pipeline_options wanted = {
		.input = STDIN_FILENO,
		.kinds = DECOMPRESS_ARCHIVES,
		.size = -1,
		.limit = options->limit,
	};
	struct dest dest;
	struct unpacked unpacked = { 0 };
	dest_open(&dest, root, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV, false);
	int result = pipeline_start(&pipeline, &wanted, err);
	if (result == 0)
		result = pipeline_finish(&pipeline, write_entries(&pipeline, &dest, options->limit, &unpacked, err), err);
	dest_close(&dest);
	if (result < 0)
		return -1;
	char line[128];
	snprintf(line, sizeof line, "{\"ok\":true,\"files\":%" PRIu64 ",\"bytes\":%" PRIu64 "}\n", unpacked.files, unpacked.bytes);
	answer_line(line);
	return 0;
}
