// The mounts of a container below its root.
//
// Every target is opened by openat2(RESOLVE_IN_ROOT) first and then mounted on through its descriptor, so that a link in
// the image cannot lead outside (CVE-2021-30465). /proc and /sys must be themselves: a link would put the masks
// elsewhere (CVE-2019-19921).
#include "spawn/mounts.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/vfs.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "spawn/cgroup-mount.h"
#include "spawn/in-root.h"
#include "spawn/overlay.h"

#define STEP "mount"

/** Another container's folder: a mount can only be copied by somebody who is in its namespace. Comes back in any case. */
static int open_foreign_source(const struct mount_spec *spec, unsigned flags, struct error *err)
{
	cleanup_close int own = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
	cleanup_close int other = open(spec->namespace, O_RDONLY | O_CLOEXEC);
	if (own < 0 || other < 0 || setns(other, CLONE_NEWNS) < 0)
		return error_errno(err, STEP, "enter \"%s\" for the source of the mount on \"%s\"", spec->namespace,
				   spec->destination);
	cleanup_close int tree = open_tree(AT_FDCWD, spec->source, flags);
	if (tree < 0)
		error_errno(err, STEP, "open the source \"%s\" of the mount on \"%s\"", spec->source,
			    spec->destination);
	if (setns(own, CLONE_NEWNS) < 0)
		return error_errno(err, STEP, "come back from \"%s\"", spec->namespace);
	return tree < 0 ? -1 : steal_fd(&tree);
}

static int no_source(const struct mount_spec *spec, struct error *err)
{
	if (!spec->subpath)
		return error_errno(err, STEP, "open the source \"%s\" of the mount on \"%s\"", spec->source, spec->destination);
	if (errno == EXDEV)
		return error_set(err, EXDEV, STEP, "cannot access path %s/%s: path concatenation escapes the base directory", spec->source,
				 spec->subpath);
	return error_set(err, errno, STEP, "cannot access path %s/%s: %s", spec->source, spec->subpath,
			 errno == ENOENT ? "no such file or directory" : strerror(errno));
}

int mounts_open_sources(const struct request *request, int *trees, struct error *err)
{
	for (size_t i = 0; i < request->mount_count; i++) {
		const struct mount_spec *spec = &request->mounts[i];
		trees[i] = -1;
		if (!spec->options.bind)
			continue;
		unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | (spec->options.recursive ? AT_RECURSIVE : 0);
		if (spec->namespace) {
			trees[i] = open_foreign_source(spec, flags, err);
			if (trees[i] < 0)
				return -1;
			continue;
		}
		trees[i] = in_root_clone(spec->source, spec->subpath, flags & AT_RECURSIVE);
		if (trees[i] < 0)
			return no_source(spec, err);
	}
	return 0;
}

static int set_attributes(int tree, const struct mount_spec *spec, struct error *err)
{
	const struct mount_options *options = &spec->options;
	// A mount is private unless asked otherwise: nothing that happens below it reaches the host.
	unsigned long propagation = options->propagation ? options->propagation : MS_PRIVATE | MS_REC;
	struct mount_attr spread = { .propagation = propagation & ~(unsigned long)MS_REC };
	unsigned deep = propagation & MS_REC ? AT_RECURSIVE : 0;
	if (mount_setattr(tree, "", AT_EMPTY_PATH | deep, &spread, sizeof spread) < 0)
		return error_errno(err, STEP, "set the propagation of the mount on \"%s\"", spec->destination);
	if (!options->set && !options->clear)
		return 0;
	struct mount_attr attributes = { .attr_set = options->set, .attr_clr = options->clear };
	if (mount_setattr(tree, "", AT_EMPTY_PATH | (options->recursive_readonly ? AT_RECURSIVE : 0), &attributes,
			  sizeof attributes) < 0)
		return error_errno(err, STEP, "set the options of the mount on \"%s\"", spec->destination);
	return 0;
}

static bool is_procfs(int fd)
{
	struct statfs about;
	return fd >= 0 && fstatfs(fd, &about) == 0 && about.f_type == PROC_SUPER_MAGIC;
}

/** Files of /proc that may be covered, as with runc: they tell of the machine, and nothing trusts them. */
static bool may_be_covered(const char *path)
{
	static const char *const paths[] = { "/proc/cpuinfo", "/proc/diskstats", "/proc/meminfo",  "/proc/stat",
					     "/proc/swaps",   "/proc/uptime",	 "/proc/loadavg",  "/proc/slabinfo" };
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
		if (strcmp(path, paths[i]) == 0)
			return true;
	return false;
}

/**
 * What is mounted on /proc or in it, also through a link of the image, would take the place of what masks and settings are
 * written to later (CVE-2019-16884, CVE-2025-52881). `tree` is what would come there, -1 for a new file system.
 */
static int check_proc(const struct mount_spec *spec, int target, int tree, struct error *err)
{
	struct stat place;
	bool inside = is_procfs(target);
	if (inside && fstat(target, &place) < 0)
		return error_errno(err, STEP, "stat \"%s\"", spec->destination);
	// The root of every procfs has the inode number 1.
	bool is_root = strcmp(spec->destination, "/proc") == 0 || (inside && place.st_ino == 1);
	if (is_root && !is_procfs(tree))
		return error_set(err, EPERM, STEP, "\"%s\" cannot be mounted because it is not of type proc",
				 spec->destination);
	if (inside && !is_root && !may_be_covered(spec->destination))
		return error_set(err, EPERM, STEP, "\"%s\" cannot be mounted because it is inside /proc",
				 spec->destination);
	return 0;
}

static int make_bind(const struct mount_spec *spec, int root, int tree, struct error *err)
{
	struct stat source;
	if (fstat(tree, &source) < 0)
		return error_errno(err, STEP, "stat \"%s\"", spec->source);
	bool is_directory = S_ISDIR(source.st_mode);
	cleanup_close int target =
		in_root_make(root, spec->destination, is_directory ? IN_ROOT_DIRECTORY : IN_ROOT_FILE, STEP, err);
	if (target < 0 || check_proc(spec, target, tree, err) < 0 || set_attributes(tree, spec, err) < 0)
		return -1;
	if (move_mount(tree, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0)
		return error_errno(err, STEP, "mount \"%s\" on \"%s\"", spec->source, spec->destination);
	return 0;
}

/**
 * An image's files, read-only. Its overlay lies on the room, which is covered already, while they are cloned; one without layers
 * is as empty as the folder below them.
 */
static int make_image(const struct mount_spec *spec, const char *room, int root, struct error *err)
{
	const char *files = spec->empty;
	if (spec->lower.count) {
		const struct overlay_spec overlay = { .layers = spec->source, .lower = spec->lower, .init = spec->empty };
		cleanup_close int top = overlay_mount_view(&overlay, room, err);
		if (top < 0)
			return -1;
		files = room;
	}
	cleanup_close int tree = in_root_clone(files, spec->subpath, 0);
	if (tree < 0)
		no_source(spec, err);
	if (files == room && umount2(room, MNT_DETACH) < 0)
		return error_errno(err, STEP, "take the overlay of the image on \"%s\" off", spec->destination);
	return tree < 0 ? -1 : make_bind(spec, root, tree, err);
}

static int open_plain_target(const struct mount_spec *spec, int root, struct error *err)
{
	cleanup_close int target = in_root_make(root, spec->destination, IN_ROOT_DIRECTORY, STEP, err);
	if (target < 0)
		return -1;
	if (strcmp(spec->type, "proc") != 0 && strcmp(spec->type, "sysfs") != 0)
		return steal_fd(&target);
	cleanup_close int itself = in_root_open(root, spec->destination, O_PATH | O_DIRECTORY, RESOLVE_NO_SYMLINKS);
	if (itself < 0)
		return error_set(err, errno, STEP, "\"%s\" must be a directory of its own, not a link",
				 spec->destination);
	return steal_fd(&itself);
}

static int make_plain(const struct mount_spec *spec, int root, struct error *err)
{
	cleanup_close int target = open_plain_target(spec, root, err);
	if (target < 0 || (strcmp(spec->type, "proc") != 0 && check_proc(spec, target, -1, err) < 0))
		return -1;
	const char *data = spec->options.data;
	char with_mode[4096], path[64];
	struct stat below;
	if (strcmp(spec->type, "tmpfs") == 0 && strncmp(data, "mode=", 5) != 0 && !strstr(data, ",mode=")) {
		// As runc does: a tmpfs takes the mode of the directory that it covers.
		if (fstat(target, &below) < 0)
			return error_errno(err, STEP, "stat \"%s\"", spec->destination);
		if (snprintf(with_mode, sizeof with_mode, "%s%smode=%04o", data, *data ? "," : "",
			     below.st_mode & 07777) >= (int)sizeof with_mode)
			return error_set(err, E2BIG, STEP, "the options of \"%s\" are too long", spec->destination);
		data = with_mode;
	}
	snprintf(path, sizeof path, "/proc/self/fd/%d", target);
	if (mount(*spec->source ? spec->source : spec->type, path, spec->type, spec->options.flags, data) < 0)
		return error_errno(err, STEP, "mount %s on \"%s\"", spec->type, spec->destination);
	if (!spec->options.propagation)
		return 0;
	cleanup_close int mounted = in_root_open(root, spec->destination, O_PATH, 0);
	struct mount_attr spread = { .propagation = spec->options.propagation & ~(unsigned long)MS_REC };
	if (mounted < 0 || mount_setattr(mounted, "", AT_EMPTY_PATH, &spread, sizeof spread) < 0)
		return error_errno(err, STEP, "set the propagation of the mount on \"%s\"", spec->destination);
	return 0;
}

int mounts_make(const struct request *request, int root, int *trees, struct error *err)
{
	for (size_t i = 0; i < request->mount_count; i++) {
		const struct mount_spec *spec = &request->mounts[i];
		if (spec->options.bind) {
			cleanup_close int tree = steal_fd(&trees[i]);
			if (make_bind(spec, root, tree, err) < 0)
				return -1;
		} else if (strcmp(spec->type, "image") == 0) {
			if (make_image(spec, request->dir, root, err) < 0)
				return -1;
		} else if (strcmp(spec->type, "cgroup") == 0) {
			cleanup_close int target = open_plain_target(spec, root, err);
			if (target < 0 || cgroup_mount(request, spec, root, target, err) < 0)
				return -1;
		} else if (make_plain(spec, root, err) < 0) {
			return -1;
		}
	}
	return 0;
}
