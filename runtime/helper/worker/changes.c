// The jobs `changes`, `pack` and `usage`: what a container has changed of its image, as a list, as a layer, and in bytes.
//
// The list is what a comparison of both trees would tell: what was copied up and is as it was is no change, and a directory is changed
// when something in it is.
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "worker/answer.h"
#include "worker/confine.h"
#include "worker/jobs.h"
#include "worker/names.h"
#include "worker/pack.h"
#include "worker/path.h"
#include "worker/view.h"
#include "worker/walk.h"

#define CAPABILITY "security.capability"
#define CAPABILITY_MAX 64

/** Docker's numbers. */
enum change { CHANGE_MODIFIED, CHANGE_ADDED, CHANGE_DELETED };

struct comparison {
	int lower;
	int upper;
	/** A file that is as it was counts as modified: it takes room all the same. */
	bool all;
	/** Bytes of the files below that the changes hide. */
	uint64_t hidden_bytes;
	/** The opaque directory that was met last: nothing below it shows through. */
	char opaque[PATH_MAX];
	/** The directories on the way to what was told last, as far as they were told: a path and its length in `told`. */
	char told[PATH_MAX];
};

static int tell(const char *path, enum change kind)
{
	char quoted[8 * PATH_MAX];
	char slashed[PATH_MAX + 1];
	char line[sizeof quoted + 64];
	snprintf(slashed, sizeof slashed, "/%s", path);
	answer_quote(slashed, quoted, sizeof quoted);
	snprintf(line, sizeof line, "{\"change\":{\"kind\":%d,\"path\":%s}}\n", (int)kind, quoted);
	return answer_line(line);
}

/** Whether the directory `path`[0..length) was told of, or one was that is in it. */
static bool was_told(const struct comparison *comparison, const char *path, size_t length)
{
	return strncmp(comparison->told, path, length) == 0 &&
	       (comparison->told[length] == '\0' || comparison->told[length] == '/');
}

/** Tells of a change and, before it, of the directories above that hold it. */
static void report(struct comparison *comparison, const char *path, enum change kind)
{
	char above[PATH_MAX];
	for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		size_t length = (size_t)(slash - path);
		if (was_told(comparison, path, length))
			continue;
		snprintf(above, sizeof above, "%.*s", (int)length, path);
		tell(above, CHANGE_MODIFIED);
	}
	tell(path, kind);
	snprintf(comparison->told, sizeof comparison->told, "%s", path);
}

/** Looks at `path` in the tree below. False when it is not there; else `*parent` is open (or -1) and to be closed. */
static bool look_below(const struct comparison *comparison, const char *path, int *parent, struct stat *status)
{
	char folder[PATH_MAX];
	const char *leaf = path_leaf(path);
	snprintf(folder, sizeof folder, "%.*s", leaf > path ? (int)(leaf - path - 1) : 0, path);
	*parent = walk_open(comparison->lower, folder);
	return *parent >= 0 && fstatat(*parent, leaf, status, AT_SYMLINK_NOFOLLOW) == 0;
}

/** Reads a file's capabilities, an empty string when there are none. */
static ssize_t read_capability(int parent, const char *name, char out[CAPABILITY_MAX])
{
	cleanup_close int fd = openat(parent, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	ssize_t length = fd < 0 ? 0 : fgetxattr(fd, CAPABILITY, out, CAPABILITY_MAX);
	return length < 0 ? 0 : length;
}

static bool has_other_capability(int parent, const char *name, int other_parent, const char *other_name)
{
	char one[CAPABILITY_MAX], other[CAPABILITY_MAX];
	ssize_t length = read_capability(parent, name, one);
	return read_capability(other_parent, other_name, other) != length || memcmp(one, other, (size_t)length) != 0;
}

/** Whether two entries of one name differ; a directory's size and time say nothing. */
static bool differs(const struct walk_entry *entry, int parent, const struct stat *below)
{
	const struct stat *above = &entry->status;
	if (above->st_mode != below->st_mode || above->st_uid != below->st_uid || above->st_gid != below->st_gid ||
	    above->st_rdev != below->st_rdev)
		return true;
	if (!S_ISDIR(above->st_mode) && (above->st_size != below->st_size || above->st_mtim.tv_sec != below->st_mtim.tv_sec ||
					 above->st_mtim.tv_nsec != below->st_mtim.tv_nsec))
		return true;
	return S_ISREG(above->st_mode) && has_other_capability(entry->parent, entry->name, parent, path_leaf(entry->path));
}

static bool is_opaque(const struct walk_entry *entry)
{
	char value;
	cleanup_close int fd = openat(entry->parent, entry->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd >= 0 && fgetxattr(fd, "trusted.overlay.opaque", &value, 1) == 1 && value == 'y';
}

struct usage {
	uint64_t bytes;
	struct link_table counted;
};

/** As Docker counts: all but directories, a file with many names once. */
static enum walk_next add_usage(void *context, const struct walk_entry *entry, struct error *err)
{
	struct usage *usage = context;
	const struct stat *status = &entry->status;
	if (S_ISDIR(status->st_mode) || status->st_size <= 0)
		return WALK_ON;
	if (status->st_nlink > 1) {
		if (link_table_find(&usage->counted, status->st_dev, status->st_ino))
			return WALK_ON;
		if (link_table_add(&usage->counted, status->st_dev, status->st_ino, "", err) < 0)
			return WALK_FAIL;
	}
	usage->bytes += (uint64_t)status->st_size;
	return WALK_ON;
}

/** Counts what lies at `path` below, which is hidden from now on. */
static int count_hidden(struct comparison *comparison, const char *path, const struct stat *below, struct error *err)
{
	struct usage usage = { .bytes = 0 };
	if (S_ISREG(below->st_mode))
		usage.bytes = (uint64_t)below->st_size;
	int result = S_ISDIR(below->st_mode) ? walk_tree(comparison->lower, path, add_usage, &usage, err) : 0;
	link_table_free(&usage.counted);
	comparison->hidden_bytes += usage.bytes;
	return result;
}

/** Whether what is below a directory does not show through it: it is opaque, or lies in one that is. */
static bool begins_anew(struct comparison *comparison, const struct walk_entry *entry)
{
	size_t length = strlen(comparison->opaque);
	if (length > 0 && strncmp(entry->path, comparison->opaque, length) == 0 && entry->path[length] == '/')
		return true;
	if (!is_opaque(entry))
		return false;
	snprintf(comparison->opaque, sizeof comparison->opaque, "%s", entry->path);
	return true;
}

/** Tells of what was in a directory that is none any more, or began anew. */
static int report_lost(struct comparison *comparison, const struct walk_entry *entry, struct error *err)
{
	cleanup_close int below = walk_open(comparison->lower, entry->path);
	cleanup_close int above = S_ISDIR(entry->status.st_mode) ? walk_open(comparison->upper, entry->path) : -1;
	struct walk_names names;
	int result = 0;
	if (below < 0)
		return 0;
	if (walk_names_read(below, &names, err) < 0)
		return -1;
	for (size_t i = 0; result == 0 && i < names.count; i++) {
		struct stat status;
		char path[PATH_MAX];
		if (above >= 0 && fstatat(above, names.items[i], &status, AT_SYMLINK_NOFOLLOW) == 0)
			continue;
		if (snprintf(path, sizeof path, "%s/%s", entry->path, names.items[i]) >= (int)sizeof path)
			continue;
		report(comparison, path, CHANGE_DELETED);
		if (fstatat(below, names.items[i], &status, AT_SYMLINK_NOFOLLOW) == 0)
			result = count_hidden(comparison, path, &status, err);
	}
	walk_names_free(&names);
	return result;
}

static enum walk_next compare(void *context, const struct walk_entry *entry, struct error *err)
{
	struct comparison *comparison = context;
	struct stat below;
	cleanup_close int parent = -1;
	bool there = look_below(comparison, entry->path, &parent, &below);
	if (S_ISCHR(entry->status.st_mode) && entry->status.st_rdev == makedev(0, 0)) {
		if (!there)
			return WALK_ON;
		report(comparison, entry->path, CHANGE_DELETED);
		return count_hidden(comparison, entry->path, &below, err) < 0 ? WALK_FAIL : WALK_ON;
	}
	if (!there) {
		report(comparison, entry->path, CHANGE_ADDED);
		return WALK_ON;
	}
	if (differs(entry, parent, &below) || (comparison->all && S_ISREG(entry->status.st_mode)))
		report(comparison, entry->path, CHANGE_MODIFIED);
	if (S_ISREG(below.st_mode) && count_hidden(comparison, entry->path, &below, err) < 0)
		return WALK_FAIL;
	if (S_ISDIR(below.st_mode) && (!S_ISDIR(entry->status.st_mode) || begins_anew(comparison, entry)) &&
	    report_lost(comparison, entry, err) < 0)
		return WALK_FAIL;
	return WALK_ON;
}

int job_changes(const struct job_options *options, struct error *err)
{
	static struct comparison comparison;
	struct view view;
	if (view_open(options->view, VIEW_CHANGES, &view, err) < 0 || confine(CONFINE_READ_MARKS, view.root, err) < 0)
		return -1;
	comparison.lower = view.root;
	comparison.upper = view.upper;
	comparison.all = options->all;
	if (walk_tree(view.upper, "", compare, &comparison, err) < 0)
		return -1;
	char line[64];
	snprintf(line, sizeof line, "{\"ok\":true,\"hiddenBytes\":%" PRIu64 "}\n", comparison.hidden_bytes);
	answer_line(line);
	return 0;
}

int job_pack(const struct job_options *options, struct error *err)
{
	static struct tar_writer writer;
	struct pack pack = { .writer = &writer, .layer = true };
	struct view view;
	if (view_open(options->view, VIEW_CHANGES, &view, err) < 0)
		return -1;
	close(view.root);
	if (confine(CONFINE_READ_MARKS, view.upper, err) < 0)
		return -1;
	answer_line("{\"begin\":true}\n");
	tar_writer_open(&writer, JOB_OUTPUT);
	if (pack_tree(&pack, view.upper, "", "", err) < 0 || tar_write_end(&writer, err) < 0)
		return -1;
	answer_line("{\"ok\":true}\n");
	return 0;
}

/** The folder of each that is counted. */
static const char *counted_folder = "upper";

static void answer_usage(int root, const char *name)
{
	struct error err = { 0 };
	struct usage usage = { 0 };
	char quoted[8 * (NAME_MAX + 1)];
	char path[2 * (NAME_MAX + 1)];
	char line[sizeof quoted + 64];
	snprintf(path, sizeof path, "%s/%.*s", name, NAME_MAX, counted_folder);
	answer_quote(name, quoted, sizeof quoted);
	// A container that is gone uses nothing.
	if (names_check(name, &err) < 0 || walk_tree(root, path, add_usage, &usage, &err) < 0)
		snprintf(line, sizeof line, "{\"failed\":%s}\n", quoted);
	else
		snprintf(line, sizeof line, "{\"usage\":{\"name\":%s,\"bytes\":%" PRIu64 "}}\n", quoted, usage.bytes);
	link_table_free(&usage.counted);
	answer_line(line);
}

int job_usage(const struct job_options *options, struct error *err)
{
	if (!options->root)
		return error_set(err, EINVAL, "options", "--root is missing");
	int root = open(options->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return error_errno(err, "open", "open \"%s\"", options->root);
	if (options->name)
		counted_folder = options->name;
	if (confine(CONFINE_READ, root, err) < 0 || names_read(answer_usage, root, err) < 0)
		return -1;
	answer_line("{\"ok\":true}\n");
	return 0;
}
