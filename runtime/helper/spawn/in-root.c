// Paths inside a container.
//
// The common case is one openat2(). Only when something has to be made is the path walked here, component by component:
// `done` is the part that was resolved (it holds no link any more), `todo` what is left.
#include "spawn/in-root.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/cleanup.h"

#define MAX_LINKS 40
#define MAX_TRIES 128

int in_root_open(int root, const char *path, int flags, uint64_t extra_resolve)
{
	struct open_how how = {
		.flags = (uint64_t)(unsigned)flags | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | extra_resolve,
	};
	// EAGAIN: something was renamed or mounted elsewhere while a ".." was resolved
	for (int tries = 0;; tries++) {
		int fd = (int)syscall(SYS_openat2, root, path, &how, sizeof how);
		if (fd >= 0 || errno != EAGAIN || tries == MAX_TRIES)
			return fd;
	}
}

int in_root_clone(const char *source, const char *subpath, unsigned flags)
{
	flags |= OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC;
	if (!subpath)
		return (int)syscall(SYS_open_tree, AT_FDCWD, source, flags);
	// Who has the volume may change it meanwhile: what was found is kept open, and cloned by its descriptor.
	cleanup_close int folder = open(source, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		return -1;
	struct open_how how = { .flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS };
	for (int tries = 0;; tries++) {
		cleanup_close int found = (int)syscall(SYS_openat2, folder, subpath, &how, sizeof how);
		if (found >= 0)
			return (int)syscall(SYS_open_tree, found, "", flags | AT_EMPTY_PATH);
		if (errno != EAGAIN || tries == MAX_TRIES)
			return -1;
	}
}

struct walk {
	char done[PATH_MAX];
	char todo[PATH_MAX];
	int links;
	/** `done` ends with something that is not there. */
	bool left_the_known;
};

/** What becomes of a component that is not there. */
enum in_root_missing { MISSING_IS_A_DIRECTORY, MISSING_IS_A_FILE, MISSING_IS_KEPT };

static int too_long(const char *path, const char *step, struct error *err)
{
	errno = ENAMETOOLONG;
	return error_errno(err, step, "\"%s\"", path);
}

/** Puts the target of a link before what is left to do. */
static int follow(struct walk *walk, const char *target)
{
	char rest[PATH_MAX];
	if (target[0] == '/')
		walk->done[0] = 0;
	memcpy(rest, walk->todo, sizeof rest);
	int length = snprintf(walk->todo, sizeof walk->todo, "%s/%s", target, rest);
	return length < (int)sizeof walk->todo ? 0 : -1;
}

/** The component is resolved. -1 with errno. */
static int keep(struct walk *walk, const char *component)
{
	size_t length = strlen(walk->done);
	int more = snprintf(walk->done + length, sizeof walk->done - length, "/%s", component);
	if ((size_t)more < sizeof walk->done - length)
		return 0;
	errno = ENAMETOOLONG;
	return -1;
}

/** One component. 0: done or taken, -1: error. */
static int take(struct walk *walk, int root, const char *component, bool last, enum in_root_missing missing)
{
	if (strcmp(component, ".") == 0)
		return 0;
	if (strcmp(component, "..") == 0) {
		char *slash = strrchr(walk->done, '/');
		if (slash)
			*slash = 0;
		return 0;
	}
	if (missing == MISSING_IS_KEPT && walk->left_the_known)
		return keep(walk, component);
	cleanup_close int folder =
		in_root_open(root, walk->done[0] ? walk->done : "/", O_PATH | O_DIRECTORY, RESOLVE_NO_SYMLINKS);
	if (folder < 0)
		return -1;
	char target[PATH_MAX];
	ssize_t length = readlinkat(folder, component, target, sizeof target - 1);
	if (length >= 0) {
		if (++walk->links > MAX_LINKS) {
			errno = ELOOP;
			return -1;
		}
		target[length] = 0;
		if (follow(walk, target) < 0) {
			errno = ENAMETOOLONG;
			return -1;
		}
		return 0;
	}
	if (errno == ENOENT) {
		if (missing == MISSING_IS_KEPT) {
			walk->left_the_known = true;
		} else if (last && missing == MISSING_IS_A_FILE) {
			cleanup_close int made = openat(
				folder, component, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
			if (made < 0 && errno != EEXIST)
				return -1;
		} else if (mkdirat(folder, component, 0755) < 0 && errno != EEXIST) {
			return -1;
		}
	} else if (errno != EINVAL) { // EINVAL: it is there and no link
		return -1;
	}
	return keep(walk, component);
}

static int run_walk(struct walk *walk, int root, const char *path, enum in_root_missing missing, const char *step,
		    struct error *err)
{
	if (snprintf(walk->todo, sizeof walk->todo, "%s", path) >= (int)sizeof walk->todo)
		return too_long(path, step, err);
	for (;;) {
		char *start = walk->todo + strspn(walk->todo, "/");
		if (!*start)
			break;
		size_t length = strcspn(start, "/");
		char component[NAME_MAX + 1];
		if (length > NAME_MAX)
			return too_long(path, step, err);
		memcpy(component, start, length);
		component[length] = 0;
		char *rest = start + length;
		rest += strspn(rest, "/");
		bool last = !*rest;
		memmove(walk->todo, rest, strlen(rest) + 1);
		if (take(walk, root, component, last, missing) < 0)
			return error_errno(err, step, "make \"%s\"", path);
	}
	return 0;
}

static int make_by_walk(int root, const char *path, enum in_root_kind kind, const char *step, struct error *err)
{
	struct walk walk = { .links = 0 };
	enum in_root_missing missing = kind == IN_ROOT_FILE ? MISSING_IS_A_FILE : MISSING_IS_A_DIRECTORY;
	if (run_walk(&walk, root, path, missing, step, err) < 0)
		return -1;
	int fd = in_root_open(root, walk.done[0] ? walk.done : "/", O_PATH, RESOLVE_NO_SYMLINKS);
	if (fd < 0)
		return error_errno(err, step, "open \"%s\"", path);
	return fd;
}

int in_root_make(int root, const char *path, enum in_root_kind kind, const char *step, struct error *err)
{
	int fd = in_root_open(root, path, O_PATH, 0);
	if (fd >= 0)
		return fd;
	if (errno != ENOENT)
		return error_errno(err, step, "open \"%s\"", path);
	return make_by_walk(root, path, kind, step, err);
}

int in_root_resolve(int root, const char *path, char resolved[static PATH_MAX], const char *step, struct error *err)
{
	struct walk walk = { .links = 0 };
	if (run_walk(&walk, root, path, MISSING_IS_KEPT, step, err) < 0)
		return -1;
	memcpy(resolved, walk.done, sizeof walk.done);
	return 0;
}

int in_root_parent(int root, const char *path, const char **name, const char *step, struct error *err)
{
	const char *slash = strrchr(path, '/');
	char parent[PATH_MAX];
	*name = slash ? slash + 1 : path;
	if (!**name || strcmp(*name, ".") == 0 || strcmp(*name, "..") == 0)
		return error_set(err, EINVAL, step, "\"%s\" has no name at its end", path);
	int length = slash ? (int)(slash - path) : 0;
	if (length >= PATH_MAX)
		return too_long(path, step, err);
	snprintf(parent, sizeof parent, "/%.*s", length, path);
	return in_root_make(root, parent, IN_ROOT_DIRECTORY, step, err);
}
