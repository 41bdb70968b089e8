// Paths that a container must not read or write.
//
// A file is covered by the host's /dev/null, checked to be that device (CVE-2025-31133) and mounted read-only, so that
// the container cannot change the mode of the host's node. All directories share one empty read-only tmpfs.
#include "spawn/masks.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "spawn/in-root.h"

#define STEP "mask"
#define ATTACH (MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH)

static int mask_file(int target, const char *path, struct error *err)
{
	cleanup_close int tree = open_tree(AT_FDCWD, "/dev/null", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	struct stat status;
	if (tree < 0 || fstat(tree, &status) < 0)
		return error_errno(err, STEP, "open /dev/null");
	if (!S_ISCHR(status.st_mode) || status.st_rdev != makedev(1, 3))
		return error_set(err, ENODEV, STEP, "/dev/null is not the null device");
	struct mount_attr attributes = {
		.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC,
		.propagation = MS_PRIVATE,
	};
	if (mount_setattr(tree, "", AT_EMPTY_PATH, &attributes, sizeof attributes) < 0 ||
	    move_mount(tree, "", target, "", ATTACH) < 0)
		return error_errno(err, STEP, "mask \"%s\"", path);
	return 0;
}

/** `*empty` is the first masked directory's tmpfs, once there is one. */
static int mask_directory(int root, int target, const char *path, int *empty, struct error *err)
{
	char name[64];
	snprintf(name, sizeof name, "/proc/self/fd/%d", target);
	if (*empty >= 0) {
		cleanup_close int tree =
			open_tree(*empty, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
		if (tree < 0 || move_mount(tree, "", target, "", ATTACH) < 0)
			return error_errno(err, STEP, "mask \"%s\"", path);
		return 0;
	}
	if (mount("tmpfs", name, "tmpfs", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, "size=0k,mode=755") < 0)
		return error_errno(err, STEP, "mask \"%s\"", path);
	*empty = in_root_open(root, path, O_PATH | O_DIRECTORY, 0);
	return *empty < 0 ? error_errno(err, STEP, "open \"%s\"", path) : 0;
}

/** Opens a path to be covered. -1 with errno 0 when it is not there, which is fine. */
static int open_target(int root, const char *path, struct error *err)
{
	int target = in_root_open(root, path, O_PATH, 0);
	if (target >= 0)
		return target;
	if (errno == ENOENT || errno == ENOTDIR) {
		errno = 0;
		return -1;
	}
	return error_errno(err, STEP, "open \"%s\"", path);
}

int masks_apply(const struct request *request, int root, struct error *err)
{
	cleanup_close int empty = -1;
	for (size_t i = 0; i < request->masked_paths.count; i++) {
		const char *path = request->masked_paths.items[i];
		cleanup_close int target = open_target(root, path, err);
		struct stat status;
		if (target < 0) {
			if (errno == 0)
				continue;
			return -1;
		}
		if (fstat(target, &status) < 0)
			return error_errno(err, STEP, "stat \"%s\"", path);
		int result = S_ISDIR(status.st_mode) ? mask_directory(root, target, path, &empty, err) :
						       mask_file(target, path, err);
		if (result < 0)
			return -1;
	}
	for (size_t i = 0; i < request->readonly_paths.count; i++) {
		const char *path = request->readonly_paths.items[i];
		cleanup_close int target = open_target(root, path, err);
		if (target < 0) {
			if (errno == 0)
				continue;
			return -1;
		}
		struct mount_attr readonly = { .attr_set = MOUNT_ATTR_RDONLY };
		cleanup_close int tree =
			open_tree(target, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | AT_RECURSIVE);
		if (tree < 0 ||
		    mount_setattr(tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &readonly, sizeof readonly) < 0 ||
		    move_mount(tree, "", target, "", ATTACH) < 0)
			return error_errno(err, STEP, "make \"%s\" read-only", path);
	}
	return 0;
}
