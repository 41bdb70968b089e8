// The folder that an archive is written into.
#include "worker/dest.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "worker/failure.h"
#include "worker/path.h"
#include "worker/tree.h"

/** What no entry's parent is called. */
static const char no_parent[] = "/";

void dest_open(struct dest *dest, int root, uint64_t resolve, bool overlay)
{
	memset(dest, 0, sizeof *dest);
	dest->root = root;
	dest->resolve = resolve;
	dest->overlay = overlay;
	// In a layer as other engines make it; in an archive's staging folder it is nobody's business but ours.
	dest->parent_mode = overlay ? 0755 : 0700;
	dest->parent_fd = -1;
}

void dest_forget_parent(struct dest *dest)
{
	if (dest->parent_fd >= 0)
		close(dest->parent_fd);
	dest->parent_fd = -1;
}

void dest_close(struct dest *dest)
{
	dest_forget_parent(dest);
	for (size_t i = 0; i < dest->time_count; i++)
		free(dest->times[i].path);
	free(dest->times);
	dest->times = NULL;
	dest->time_count = 0;
	close(dest->root);
}

static int open_directory(const struct dest *dest, const char *path)
{
	struct open_how how = { .flags = O_PATH | O_DIRECTORY | O_CLOEXEC, .resolve = dest->resolve };
	return (int)syscall(SYS_openat2, dest->root, *path ? path : ".", &how, sizeof how);
}

/** A failure to resolve a path that is the archive's fault. */
static int unresolved(const char *path, struct error *err)
{
	switch (errno) {
	case ENOENT:
	case ENOTDIR:
	case ELOOP:
	case EEXIST:
	case EXDEV:
	case ENAMETOOLONG:
		return bad_archive(err, "%.200s: the path leads nowhere: %s", path, strerror(errno));
	default:
		return error_errno(err, "open", "open the directory %.200s", path);
	}
}

bool dest_is_whiteout(int parent, const char *leaf)
{
	struct stat status;
	return fstatat(parent, leaf, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISCHR(status.st_mode) && status.st_rdev == makedev(0, 0);
}

int dest_make_opaque(int directory, struct error *err)
{
	if (fsetxattr(directory, "trusted.overlay.opaque", "y", 1, 0) < 0)
		return error_errno(err, "xattr", "mark a directory as opaque");
	return 0;
}

/** Makes the directory `leaf` in `parent`; where a whiteout is, an opaque one takes its place. */
static int make_parent(const struct dest *dest, int parent, const char *leaf)
{
	if (mkdirat(parent, leaf, dest->parent_mode) == 0)
		return 0;
	if (errno != EEXIST || !dest->overlay || !dest_is_whiteout(parent, leaf))
		return -1;
	if (unlinkat(parent, leaf, 0) < 0 || mkdirat(parent, leaf, 0755) < 0)
		return -1;
	cleanup_close int fd = openat(parent, leaf, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -1 : dest_make_opaque(fd, NULL);
}

/** Opens `path`, making what is missing of it from the top down. */
static int make_directories(struct dest *dest, const char *path, struct error *err)
{
	char part[PATH_MAX];
	cleanup_close int above = open_directory(dest, "");
	if (above < 0)
		return unresolved(path, err);
	for (const char *at = path; *at;) {
		const char *end = strchrnul(at, '/');
		snprintf(part, sizeof part, "%.*s", (int)(end - path), path);
		int fd = open_directory(dest, part);
		if (fd < 0 && (errno == ENOENT || errno == ENOTDIR)) {
			const char *leaf = path_leaf(part);
			if (make_parent(dest, above, leaf) < 0)
				return unresolved(part, err);
			fd = open_directory(dest, part);
		}
		if (fd < 0)
			return unresolved(part, err);
		close(above);
		above = fd;
		at = *end ? end + 1 : end;
	}
	return steal_fd(&above);
}

static int find_parent(struct dest *dest, const char *path, bool make, struct error *err)
{
	const char *leaf = path_leaf(path);
	size_t length = leaf > path ? (size_t)(leaf - path) - 1 : 0;
	if (dest->parent_fd >= 0 && strlen(dest->parent) == length && memcmp(dest->parent, path, length) == 0)
		return dest->parent_fd;
	dest_forget_parent(dest);
	memcpy(dest->parent, path, length);
	dest->parent[length] = '\0';
	int fd = open_directory(dest, dest->parent);
	if (fd < 0 && make && (errno == ENOENT || errno == ENOTDIR))
		fd = make_directories(dest, dest->parent, err);
	else if (fd < 0)
		unresolved(dest->parent, err);
	dest->parent_fd = fd;
	struct stat status;
	dest->parent_gives_group = fd >= 0 && fstat(fd, &status) == 0 && (status.st_mode & S_ISGID);
	return fd;
}

int dest_parent(struct dest *dest, const char *path, struct error *err)
{
	return find_parent(dest, path, true, err);
}

int dest_existing_parent(struct dest *dest, const char *path, struct error *err)
{
	return find_parent(dest, path, false, err);
}

int dest_clear(struct dest *dest, int parent, const char *leaf, struct error *err)
{
	struct stat status;
	if (fstatat(parent, leaf, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : error_errno(err, "stat", "look at %.200s", leaf);
	if (!S_ISDIR(status.st_mode) && !S_ISLNK(status.st_mode)) {
		if (unlinkat(parent, leaf, 0) < 0)
			return error_errno(err, "unlink", "remove %.200s", leaf);
		return 0;
	}
	int result = tree_remove(parent, leaf, err);
	// The name of the open parent may lead elsewhere from now on; the descriptor stays good for this entry.
	strcpy(dest->parent, no_parent);
	return result;
}

int dest_remember_time(struct dest *dest, const char *path, struct timespec mtime, struct error *err)
{
	if (dest->time_count == dest->time_capacity) {
		size_t capacity = dest->time_capacity ? dest->time_capacity * 2 : 256;
		struct dest_time *grown = realloc(dest->times, capacity * sizeof *grown);
		if (!grown)
			return error_errno(err, "memory", "take memory for directories");
		dest->times = grown;
		dest->time_capacity = capacity;
	}
	char *copy = strdup(path);
	if (!copy)
		return error_errno(err, "memory", "take memory for directories");
	dest->times[dest->time_count++] = (struct dest_time){ copy, mtime };
	return 0;
}

int dest_set_times(struct dest *dest, struct error *err)
{
	for (size_t i = 0; i < dest->time_count; i++) {
		const char *path = dest->times[i].path;
		struct timespec times[2] = { dest->times[i].mtime, dest->times[i].mtime };
		int parent = *path ? dest_existing_parent(dest, path, NULL) : dest->root;
		if (parent < 0)
			continue; // a later entry took its place
		const char *leaf = *path ? path_leaf(path) : ".";
		cleanup_close int fd = openat(parent, leaf, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0)
			continue;
		if (futimens(fd, times) < 0)
			return error_errno(err, "time", "set the time of %.200s", path);
	}
	return 0;
}
