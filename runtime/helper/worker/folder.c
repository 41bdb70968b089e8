// The jobs `list`, `get`, `put`, `delete` and `rename`: what is in a directory, one file out, one file in, a name away, another
// name. Below the folder of `--root` alone, or to read in a view, in which paths are resolved by the kernel.
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "spawn/in-root.h"
#include "worker/answer.h"
#include "worker/confine.h"
#include "worker/jobs.h"
#include "worker/names.h"
#include "worker/path.h"
#include "worker/tree.h"
#include "worker/view.h"
#include "worker/walk.h"

/** Of one directory; the rest is only said to be there. */
#define LIST_MAX 5000

/** The highest directory has no name that could be taken away. */
#define TOP_MESSAGE "the top of it cannot be changed"

static int enter(const struct job_options *options, enum view_kind kind, struct view *view, struct error *err)
{
	const bool viewed = options->view && kind == VIEW_READ;
	if ((!options->root && !viewed) || !options->path || options->path[0] != '/' || strlen(options->path) >= PATH_MAX)
		return error_set(err, EINVAL, "options", "--root or --path is missing, or --path is not absolute or too long");
	if ((viewed ? view_open(options->view, kind, view, err) : view_open_folder(options->root, kind, view, err)) < 0)
		return -1;
	// To give a file without a name one takes CAP_DAC_READ_SEARCH, which CONFINE_WRITE has not.
	return confine(kind == VIEW_WRITE ? CONFINE_COPY : CONFINE_READ, view->root, err);
}

static int failed_at(const struct job_options *options, struct error *err)
{
	return error_set(err, errno, "open", "%.300s: %s", options->path, strerror(errno));
}

static void answer_entry(int directory, const char *name)
{
	struct stat status;
	char target[PATH_MAX] = "";
	char quoted[8 * (NAME_MAX + 1)];
	char quoted_target[8 * PATH_MAX];
	char line[sizeof quoted + sizeof quoted_target + 256];
	if (fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return; // it has vanished
	if (S_ISLNK(status.st_mode)) {
		ssize_t length = readlinkat(directory, name, target, sizeof target - 1);
		target[length < 0 ? 0 : length] = '\0';
	}
	answer_quote(name, quoted, sizeof quoted);
	answer_quote(target, quoted_target, sizeof quoted_target);
	snprintf(line, sizeof line,
		 "{\"entry\":{\"name\":%s,\"mode\":%u,\"size\":%" PRId64 ",\"uid\":%u,\"gid\":%u,\"seconds\":%" PRId64
		 ",\"linkTarget\":%s,\"whiteout\":%s}}\n",
		 quoted, status.st_mode, (int64_t)status.st_size, status.st_uid, status.st_gid, (int64_t)status.st_mtim.tv_sec,
		 quoted_target, S_ISCHR(status.st_mode) && status.st_rdev == makedev(0, 0) ? "true" : "false");
	answer_line(line);
}

int job_list(const struct job_options *options, struct error *err)
{
	struct view view;
	if (enter(options, VIEW_READ, &view, err) < 0)
		return -1;
	cleanup_close int directory = in_root_open(view.root, options->path, O_RDONLY | O_DIRECTORY, 0);
	if (directory < 0)
		return failed_at(options, err);
	struct walk_names names;
	if (walk_names_read(directory, &names, err) < 0)
		return -1;
	size_t shown = names.count < LIST_MAX ? names.count : LIST_MAX;
	for (size_t i = 0; i < shown; i++)
		answer_entry(directory, names.items[i]);
	char line[64];
	snprintf(line, sizeof line, "{\"ok\":true,\"names\":%zu}\n", names.count);
	walk_names_free(&names);
	answer_line(line);
	return 0;
}

/** `size` bytes and no more: they were promised. */
static int send_bytes(int fd, uint64_t size, const char *path, struct error *err)
{
	static char buffer[128 << 10];
	while (size > 0) {
		ssize_t n = read(fd, buffer, size < sizeof buffer ? (size_t)size : sizeof buffer);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? error_errno(err, "read", "read %.200s", path) :
				       error_set(err, EIO, "read", "%.200s became shorter while it was read", path);
		for (ssize_t sent = 0; sent < n;) {
			ssize_t more = write(JOB_OUTPUT, buffer + sent, (size_t)(n - sent));
			if (more < 0 && errno != EINTR)
				return error_errno(err, "write", "send %.200s", path);
			if (more > 0)
				sent += more;
		}
		size -= (uint64_t)n;
	}
	return 0;
}

int job_get(const struct job_options *options, struct error *err)
{
	struct view view;
	struct stat status;
	if (enter(options, VIEW_READ, &view, err) < 0)
		return -1;
	// Without waiting for a pipe's other end.
	cleanup_close int fd = in_root_open(view.root, options->path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
	if (fd < 0 || fstat(fd, &status) < 0)
		return failed_at(options, err);
	if (!S_ISREG(status.st_mode))
		return error_set(err, EISDIR, "kind", "%.300s is no regular file", options->path);
	char line[96];
	snprintf(line, sizeof line, "{\"file\":{\"size\":%" PRId64 ",\"mode\":%u}}\n", (int64_t)status.st_size, status.st_mode);
	answer_line(line);
	if (send_bytes(fd, (uint64_t)status.st_size, options->path, err) < 0)
		return -1;
	answer_line("{\"ok\":true}\n");
	return 0;
}

/** Writes all of stdin; answers how much it was. */
static int64_t take_bytes(int fd, uint64_t limit, const char *path, struct error *err)
{
	static char buffer[128 << 10];
	uint64_t size = 0;
	for (;;) {
		ssize_t n = read(STDIN_FILENO, buffer, sizeof buffer);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(err, "read", "read the new content of %.200s", path);
		if (n == 0)
			return (int64_t)size;
		size += (uint64_t)n;
		if (size > limit)
			return error_set(err, EFBIG, "write", "%.200s would be larger than %" PRIu64 " bytes", path, limit);
		for (ssize_t written = 0; written < n;) {
			ssize_t more = write(fd, buffer + written, (size_t)(n - written));
			if (more < 0 && errno != EINTR)
				return error_errno(err, "write", "write %.200s", path);
			if (more > 0)
				written += more;
		}
	}
}

/** What the new file takes from the one in its place, or from the directory that it comes into. */
static int find_properties(int parent, const char *leaf, const char *path, struct stat *status, struct error *err)
{
	if (fstatat(parent, leaf, status, AT_SYMLINK_NOFOLLOW) == 0)
		return S_ISREG(status->st_mode) ? 0 : error_set(err, EISDIR, "kind", "%.300s is no regular file", path);
	if (errno != ENOENT || fstat(parent, status) < 0)
		return error_errno(err, "stat", "look at %.200s", path);
	status->st_mode = 0644;
	return 0;
}

/** A file that has no name yet, so that nothing is left of it if we are killed; where that cannot be, under the passing name. */
static int open_new(int parent, const char *passing)
{
	int fd = openat(parent, ".", O_WRONLY | O_TMPFILE | O_CLOEXEC, 0600);
	if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR))
		return fd;
	return openat(parent, passing, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
}

static int give_place(int fd, int parent, const char *passing, const char *leaf)
{
	if (linkat(fd, "", parent, passing, AT_EMPTY_PATH) < 0 && errno != EEXIST)
		return -1;
	return renameat(parent, passing, parent, leaf);
}

/** The new content beside what is at `leaf`, in its place when it is whole. */
static int put_file(int parent, const char *leaf, const struct job_options *options, struct error *err)
{
	struct stat status;
	uint64_t random;
	char passing[64];
	if (find_properties(parent, leaf, options->path, &status, err) < 0)
		return -1;
	if (getrandom(&random, sizeof random, 0) != sizeof random)
		return error_errno(err, "random", "find a passing name");
	snprintf(passing, sizeof passing, ".berth-put-%016" PRIx64, random);
	cleanup_close int fd = open_new(parent, passing);
	if (fd < 0)
		return error_errno(err, "write", "make a file beside %.200s", options->path);
	answer_line("{\"begin\":true}\n");
	int64_t size = take_bytes(fd, options->limit, options->path, err);
	int result = size < 0 ? -1 : 0;
	if (result == 0 && options->size >= 0 && size != options->size)
		result = error_set(err, EPIPE, "read", "%.200s was not sent whole", options->path);
	if (result == 0 && (fchown(fd, status.st_uid, status.st_gid) < 0 || fchmod(fd, status.st_mode & 07777) < 0))
		result = error_errno(err, "write", "set the owner and mode of %.200s", options->path);
	if (result == 0 && (fsync(fd) < 0 || give_place(fd, parent, passing, leaf) < 0))
		result = error_errno(err, "write", "put %.200s in its place", options->path);
	if (result < 0)
		unlinkat(parent, passing, 0);
	return result;
}

int job_put(const struct job_options *options, struct error *err)
{
	struct view view;
	char resolved[PATH_MAX];
	char folder[PATH_MAX];
	if (enter(options, VIEW_WRITE, &view, err) < 0 || in_root_resolve(view.root, options->path, resolved, "open", err) < 0)
		return -1;
	const char *leaf = path_leaf(resolved);
	if (!*leaf)
		return error_set(err, EISDIR, "kind", "%.300s is no regular file", options->path);
	snprintf(folder, sizeof folder, "/%.*s", (int)(leaf - resolved), resolved);
	cleanup_close int parent = in_root_open(view.root, folder, O_RDONLY | O_DIRECTORY, 0);
	if (parent < 0)
		return failed_at(options, err);
	if (put_file(parent, leaf, options, err) < 0)
		return -1;
	answer_line("{\"ok\":true}\n");
	return 0;
}

/** The directory that the last name of `--path` is in, and that name, which is not followed if it is a link. */
static int open_parent(const struct job_options *options, int root, char leaf[NAME_MAX + 1], struct error *err)
{
	char folder[PATH_MAX];
	size_t length = strlen(options->path);
	while (length > 1 && options->path[length - 1] == '/')
		length--;
	size_t start = length;
	while (start > 0 && options->path[start - 1] != '/')
		start--;
	if (length == 1)
		return error_set(err, EINVAL, "name", TOP_MESSAGE);
	if (length - start > NAME_MAX)
		return error_set(err, ENAMETOOLONG, "name", "a name is longer than %d bytes", NAME_MAX);
	snprintf(leaf, NAME_MAX + 1, "%.*s", (int)(length - start), options->path + start);
	snprintf(folder, sizeof folder, "%.*s", (int)start, options->path);
	if (names_check(leaf, err) < 0)
		return -1;
	struct stat status;
	int parent = in_root_open(root, folder, O_RDONLY | O_DIRECTORY, 0);
	if (parent >= 0 && fstatat(parent, leaf, &status, AT_SYMLINK_NOFOLLOW) == 0)
		return parent;
	failed_at(options, err);
	if (parent >= 0)
		close(parent);
	return -1;
}

int job_delete(const struct job_options *options, struct error *err)
{
	struct view view;
	char leaf[NAME_MAX + 1];
	if (enter(options, VIEW_WRITE, &view, err) < 0)
		return -1;
	cleanup_close int parent = open_parent(options, view.root, leaf, err);
	if (parent < 0 || tree_remove(parent, leaf, err) < 0)
		return -1;
	answer_line("{\"ok\":true}\n");
	return 0;
}

int job_rename(const struct job_options *options, struct error *err)
{
	struct view view;
	char leaf[NAME_MAX + 1];
	if (!options->name || strlen(options->name) > NAME_MAX || names_check(options->name, err) < 0)
		return error_set(err, EINVAL, "name", "the new name must be one name, of at most %d bytes and without \"/\"",
				 NAME_MAX);
	if (enter(options, VIEW_WRITE, &view, err) < 0)
		return -1;
	cleanup_close int parent = open_parent(options, view.root, leaf, err);
	if (parent < 0)
		return -1;
	if (renameat2(parent, leaf, parent, options->name, RENAME_NOREPLACE) < 0)
		return errno == EEXIST ? error_set(err, EEXIST, "rename", "%.200s is there already", options->name) :
					 error_errno(err, "rename", "rename %.200s", options->path);
	answer_line("{\"ok\":true}\n");
	return 0;
}
