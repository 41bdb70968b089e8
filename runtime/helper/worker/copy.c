// The job `copy`: a directory of a container's files, or a whole folder, into an empty folder, as it is: owners, modes, times, attributes,
// hard links, holes, devices. So a new volume gets what the image has in its place, and a volume is cloned.
//
// The source is all of the file system that is left; the destination is reached by its descriptor alone, and no link in it is followed,
// because a container may already have it mounted.
#include <fcntl.h>
#include <inttypes.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "spawn/in-root.h"
#include "worker/answer.h"
#include "worker/confine.h"
#include "worker/dest.h"
#include "worker/jobs.h"
#include "worker/link-table.h"
#include "worker/path.h"
#include "worker/view.h"
#include "worker/walk.h"

#define STEP "copy"
#define XATTR_NAMES_MAX 65536
#define XATTR_VALUE_MAX 65536

struct copying {
	struct dest dest;
	struct link_table links;
	uint64_t entries;
	uint64_t bytes;
};

static bool has_prefix(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

/** Attributes that belong to the file wherever it is. */
static bool is_kept(const char *name)
{
	return strcmp(name, "security.capability") == 0 || strcmp(name, "system.posix_acl_access") == 0 ||
	       strcmp(name, "system.posix_acl_default") == 0 || (has_prefix(name, "user.") && !has_prefix(name, "user.overlay."));
}

static int copy_xattrs(int from, int to, const char *path, struct error *err)
{
	static char names[XATTR_NAMES_MAX];
	static char value[XATTR_VALUE_MAX];
	ssize_t length = flistxattr(from, names, sizeof names);
	if (length < 0)
		return errno == ENOTSUP || errno == E2BIG || errno == ERANGE ? 0 : error_errno(err, STEP, "list the attributes of %.200s", path);
	for (const char *name = names; name < names + length; name += strlen(name) + 1) {
		if (!is_kept(name))
			continue;
		ssize_t size = fgetxattr(from, name, value, sizeof value);
		if (size < 0 && errno == ENODATA)
			continue;
		// A file system that has no such attributes keeps the file without them.
		if (size < 0 || (fsetxattr(to, name, value, (size_t)size, 0) < 0 && errno != ENOTSUP))
			return error_errno(err, STEP, "copy the attribute %.60s of %.200s", name, path);
	}
	return 0;
}

/** Owner, mode and attributes of an open file or directory; in this order, because a new owner clears the last two. */
static int copy_properties(int from, int to, const struct stat *status, const char *path, struct error *err)
{
	if (fchown(to, status->st_uid, status->st_gid) < 0 || fchmod(to, status->st_mode & 07777) < 0)
		return error_errno(err, STEP, "set the owner and mode of %.200s", path);
	return copy_xattrs(from, to, path, err);
}

static int write_all(int fd, const char *bytes, size_t length, off_t offset, const char *path, struct error *err)
{
	while (length > 0) {
		ssize_t n = pwrite(fd, bytes, length, offset);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(err, "write", "write %.200s", path);
		bytes += n;
		length -= (size_t)n;
		offset += n;
	}
	return 0;
}

/** Copies the bytes from `offset` up to `end`; answers where it came to, which is less when the file has shrunk. */
static off_t copy_stretch(int from, int to, off_t offset, off_t end, const char *path, struct error *err)
{
	static char buffer[256 << 10];
	while (offset < end) {
		size_t wanted = end - offset < (off_t)sizeof buffer ? (size_t)(end - offset) : sizeof buffer;
		ssize_t n = pread(from, buffer, wanted, offset);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(err, "read", "read %.200s", path);
		if (n == 0)
			break;
		if (write_all(to, buffer, (size_t)n, offset, path, err) < 0)
			return -1;
		offset += n;
	}
	return offset;
}

/** The data of a file, without its holes. */
static int copy_data(struct copying *copying, int from, int to, off_t size, const char *path, struct error *err)
{
	for (off_t at = 0; at < size;) {
		off_t data = lseek(from, at, SEEK_DATA);
		if (data < 0 && errno == ENXIO)
			break; // nothing but a hole up to the end
		off_t hole = data < 0 ? size : lseek(from, data, SEEK_HOLE);
		if (data < 0)
			data = at; // a file system that does not tell of holes
		if (hole < 0 || hole > size)
			hole = size;
		at = copy_stretch(from, to, data, hole, path, err);
		if (at < 0)
			return -1;
		copying->bytes += (uint64_t)(at - data);
		if (at < hole)
			break;
	}
	return ftruncate(to, size) < 0 ? error_errno(err, "write", "set the length of %.200s", path) : 0;
}

/** Makes another name of a file that was copied already. 1: it is not there any more. */
static int link_again(struct copying *copying, const char *first, const char *path, struct error *err)
{
	int parent = dest_existing_parent(&copying->dest, path, err);
	cleanup_close int here = parent < 0 ? -1 : dup(parent);
	int from = here < 0 ? -1 : dest_existing_parent(&copying->dest, first, err);
	if (from < 0)
		return -1;
	if (linkat(from, path_leaf(first), here, path_leaf(path), 0) == 0)
		return 0;
	return errno == ENOENT ? 1 : error_errno(err, STEP, "make the hard link %.200s", path);
}

/** Whether it was made as one more name of a file. -1: failed. */
static int is_linked(struct copying *copying, const struct walk_entry *entry, struct error *err)
{
	const struct stat *status = &entry->status;
	if (status->st_nlink < 2)
		return 0;
	const char *first = link_table_find(&copying->links, status->st_dev, status->st_ino);
	if (!first)
		return link_table_add(&copying->links, status->st_dev, status->st_ino, entry->path, err);
	int missing = link_again(copying, first, entry->path, err);
	return missing < 0 ? -1 : !missing;
}

static int copy_file(struct copying *copying, const struct walk_entry *entry, struct error *err)
{
	cleanup_close int from = openat(entry->parent, entry->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat status;
	if (from < 0 || fstat(from, &status) < 0 || !S_ISREG(status.st_mode))
		return from < 0 && errno != ENOENT && errno != ELOOP && errno != ENXIO ? error_errno(err, STEP, "open %.200s", entry->path) : 0;
	int parent = dest_existing_parent(&copying->dest, entry->path, err);
	if (parent < 0)
		return -1;
	cleanup_close int to = openat(parent, path_leaf(entry->path), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (to < 0)
		return error_errno(err, STEP, "make the file %.200s", entry->path);
	const struct timespec times[2] = { status.st_mtim, status.st_mtim };
	if (copy_data(copying, from, to, status.st_size, entry->path, err) < 0 ||
	    copy_properties(from, to, &status, entry->path, err) < 0)
		return -1;
	return futimens(to, times) < 0 ? error_errno(err, STEP, "set the time of %.200s", entry->path) : 0;
}

static int copy_directory(struct copying *copying, const struct walk_entry *entry, struct error *err)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	cleanup_close int from = openat(entry->parent, entry->name, flags);
	struct stat status;
	if (from < 0 || fstat(from, &status) < 0)
		return errno == ENOENT || errno == ELOOP || errno == ENOTDIR ? 0 : error_errno(err, STEP, "open %.200s", entry->path);
	int parent = dest_existing_parent(&copying->dest, entry->path, err);
	if (parent < 0)
		return -1;
	const char *leaf = path_leaf(entry->path);
	if (mkdirat(parent, leaf, 0700) < 0)
		return error_errno(err, STEP, "make the directory %.200s", entry->path);
	cleanup_close int to = openat(parent, leaf, flags);
	if (to < 0)
		return error_errno(err, STEP, "open the new directory %.200s", entry->path);
	if (copy_properties(from, to, &status, entry->path, err) < 0)
		return -1;
	return dest_remember_time(&copying->dest, entry->path, status.st_mtim, err);
}

/** A link, a device or a pipe; a socket is nothing without its program. */
static int copy_other(struct copying *copying, const struct walk_entry *entry, struct error *err)
{
	const struct stat *status = &entry->status;
	const struct timespec times[2] = { status->st_mtim, status->st_mtim };
	char target[PATH_MAX];
	ssize_t length = 0;
	if (S_ISSOCK(status->st_mode))
		return 0;
	if (S_ISLNK(status->st_mode)) {
		length = readlinkat(entry->parent, entry->name, target, sizeof target - 1);
		if (length < 0)
			return errno == ENOENT || errno == EINVAL ? 0 : error_errno(err, STEP, "read the link %.200s", entry->path);
		target[length] = '\0';
	}
	int parent = dest_existing_parent(&copying->dest, entry->path, err);
	if (parent < 0)
		return -1;
	const char *leaf = path_leaf(entry->path);
	int made = S_ISLNK(status->st_mode) ? symlinkat(target, parent, leaf) : mknodat(parent, leaf, status->st_mode, status->st_rdev);
	if (made < 0 || fchownat(parent, leaf, status->st_uid, status->st_gid, AT_SYMLINK_NOFOLLOW) < 0)
		return error_errno(err, STEP, "make %.200s", entry->path);
	// A new owner takes the set-user-ID bits.
	if (!S_ISLNK(status->st_mode) && fchmodat(parent, leaf, status->st_mode & 07777, 0) < 0)
		return error_errno(err, STEP, "set the mode of %.200s", entry->path);
	if (utimensat(parent, leaf, times, AT_SYMLINK_NOFOLLOW) < 0)
		return error_errno(err, STEP, "set the time of %.200s", entry->path);
	return 0;
}

static enum walk_next copy_entry(void *context, const struct walk_entry *entry, struct error *err)
{
	struct copying *copying = context;
	copying->entries++;
	if (S_ISDIR(entry->status.st_mode))
		return copy_directory(copying, entry, err) < 0 ? WALK_FAIL : WALK_ON;
	int linked = is_linked(copying, entry, err);
	if (linked)
		return linked < 0 ? WALK_FAIL : WALK_ON;
	int result = S_ISREG(entry->status.st_mode) ? copy_file(copying, entry, err) : copy_other(copying, entry, err);
	return result < 0 ? WALK_FAIL : WALK_ON;
}

static int is_empty(int directory, struct error *err)
{
	struct walk_names names;
	if (walk_names_read(directory, &names, err) < 0)
		return -1;
	bool empty = names.count == 0;
	walk_names_free(&names);
	return empty;
}

static int copy_tree(struct copying *copying, int from, int to, struct error *err)
{
	struct stat status;
	if (fstat(from, &status) < 0)
		return error_errno(err, STEP, "look at the directory");
	dest_open(&copying->dest, to, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS, false);
	int result = walk_tree(from, "", copy_entry, copying, err);
	if (result == 0)
		result = dest_set_times(&copying->dest, err);
	if (result == 0)
		result = copy_properties(from, to, &status, "the directory", err);
	const struct timespec times[2] = { status.st_mtim, status.st_mtim };
	if (result == 0 && futimens(to, times) < 0)
		result = error_errno(err, STEP, "set the time of the directory");
	dest_close(&copying->dest);
	return result;
}

static int answer_copied(bool copied, const struct copying *copying)
{
	char line[128];
	snprintf(line, sizeof line, "{\"ok\":true,\"copied\":%s,\"entries\":%" PRIu64 ",\"bytes\":%" PRIu64 "}\n", copied ? "true" : "false",
		 copying->entries, copying->bytes);
	return answer_line(line);
}

int job_copy(const struct job_options *options, struct error *err)
{
	static struct copying copying;
	struct view view;
	if (!options->dest || !options->path || options->path[0] != '/')
		return error_set(err, EINVAL, "options", "--dest or --path is missing");
	cleanup_close int to = open(options->dest, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (to < 0)
		return error_errno(err, "open", "open \"%s\"", options->dest);
	int opened = options->root ? view_open_folder(options->root, VIEW_READ, &view, err) : view_open(options->view, VIEW_READ, &view, err);
	if (opened < 0 || confine(CONFINE_COPY, view.root, err) < 0)
		return -1;
	cleanup_close int from = in_root_open(view.root, options->path, O_RDONLY | O_DIRECTORY, 0);
	if (from < 0 && errno == ENOENT)
		return answer_copied(false, &copying);
	if (from < 0)
		return error_errno(err, "open", "open the directory %.200s", options->path);
	int empty = is_empty(to, err);
	if (empty <= 0)
		return empty < 0 ? -1 : answer_copied(false, &copying);
	if (copy_tree(&copying, from, steal_fd(&to), err) < 0)
		return -1;
	return answer_copied(true, &copying);
}
