// What a container sees at /sys/fs/cgroup.
//
// Version 2 alone is one mount. Version 1 is a tmpfs with a folder per hierarchy (and a link per controller where several
// share one), a version 2 hierarchy beside them is called "unified". With a cgroup namespace of its own the root of each
// mount is the container's cgroup; without one, its cgroup is bound there.
#include "spawn/cgroup-mount.h"

#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "spawn/cgroup.h"
#include "spawn/in-root.h"

#define STEP "mount"
#define CGROUP_FLAGS (MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RELATIME)

static int mount_one(const struct request *request, const struct cgroup_spec *cgroup, const char *target,
		     struct error *err)
{
	if (!request_namespace(request, CLONE_NEWCGROUP)) {
		struct mount_attr attributes = {
			.attr_set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC,
			.propagation = MS_PRIVATE,
		};
		cleanup_close int tree = open_tree(AT_FDCWD, cgroup->path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
		if (tree < 0 || mount_setattr(tree, "", AT_EMPTY_PATH, &attributes, sizeof attributes) < 0 ||
		    move_mount(tree, "", AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_SYMLINKS) < 0)
			return error_errno(err, STEP, "bind \"%s\" in the container", cgroup->path);
		return 0;
	}
	const struct cgroup_hierarchy *hierarchy = NULL;
	if (cgroup->version == 1) {
		hierarchy = cgroup_hierarchy_of(cgroup->path, err);
		if (!hierarchy)
			return -1;
	}
	if (mount("cgroup", target, hierarchy ? "cgroup" : "cgroup2", CGROUP_FLAGS,
		  hierarchy ? hierarchy->options : NULL) < 0)
		return error_errno(err, STEP, "mount the hierarchy of \"%s\" in the container", cgroup->path);
	return 0;
}

/** "cpu,cpuacct": links "cpu" and "cpuacct" to it. */
static int link_controllers(int folder, const char *name, struct error *err)
{
	if (!strchr(name, ','))
		return 0;
	for (const char *start = name; start; start = strchr(start, ',') ? strchr(start, ',') + 1 : NULL) {
		char controller[64];
		snprintf(controller, sizeof controller, "%.*s", (int)strcspn(start, ","), start);
		if (symlinkat(name, folder, controller) < 0 && errno != EEXIST)
			return error_errno(err, STEP, "link the cgroup controller \"%s\"", controller);
	}
	return 0;
}

static int mount_version_1(const struct request *request, const struct mount_spec *spec, int root, int target,
			   struct error *err)
{
	char path[PATH_MAX];
	snprintf(path, sizeof path, "/proc/self/fd/%d", target);
	if (mount("tmpfs", path, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=755,size=65536") < 0)
		return error_errno(err, STEP, "mount a tmpfs on \"%s\"", spec->destination);
	cleanup_close int folder = in_root_open(root, spec->destination, O_RDONLY | O_DIRECTORY, 0);
	if (folder < 0)
		return error_errno(err, STEP, "open \"%s\"", spec->destination);
	for (size_t i = 0; i < request->cgroup_count; i++) {
		const struct cgroup_spec *cgroup = &request->cgroups[i];
		const char *name = "unified";
		if (cgroup->version == 1) {
			const struct cgroup_hierarchy *hierarchy = cgroup_hierarchy_of(cgroup->path, err);
			if (!hierarchy)
				return -1;
			name = hierarchy->name;
		}
		// Listed twice (a parent and the leaf): the leaf comes last and is the one that was joined.
		if (mkdirat(folder, name, 0755) < 0 && errno != EEXIST)
			return error_errno(err, STEP, "make \"%s/%s\"", spec->destination, name);
		snprintf(path, sizeof path, "/proc/self/fd/%d/%s", folder, name);
		if (mount_one(request, cgroup, path, err) < 0 || link_controllers(folder, name, err) < 0)
			return -1;
	}
	struct mount_attr readonly = { .attr_set = MOUNT_ATTR_RDONLY };
	if ((spec->options.flags & MS_RDONLY) &&
	    mount_setattr(folder, "", AT_EMPTY_PATH | AT_RECURSIVE, &readonly, sizeof readonly) < 0)
		return error_errno(err, STEP, "make \"%s\" read-only", spec->destination);
	return 0;
}

static int mount_version_2(const struct request *request, const struct mount_spec *spec, int root, int target,
			   struct error *err)
{
	char path[64];
	snprintf(path, sizeof path, "/proc/self/fd/%d", target);
	if (mount_one(request, &request->cgroups[0], path, err) < 0)
		return -1;
	if (!(spec->options.flags & MS_RDONLY))
		return 0;
	cleanup_close int folder = in_root_open(root, spec->destination, O_RDONLY | O_DIRECTORY, 0);
	struct mount_attr readonly = { .attr_set = MOUNT_ATTR_RDONLY };
	if (folder < 0 || mount_setattr(folder, "", AT_EMPTY_PATH, &readonly, sizeof readonly) < 0)
		return error_errno(err, STEP, "make \"%s\" read-only", spec->destination);
	return 0;
}

int cgroup_mount(const struct request *request, const struct mount_spec *spec, int root, int target, struct error *err)
{
	if (request->cgroup_count == 1 && request->cgroups[0].version == 2)
		return mount_version_2(request, spec, root, target, err);
	return mount_version_1(request, spec, root, target, err);
}
