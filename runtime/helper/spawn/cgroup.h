// Control groups, v1 and v2: made and filled before the start, joined by the container itself, removed afterwards.
#pragma once

#include "common/error.h"
#include "spawn/request.h"

/** Where a hierarchy of version 1 is mounted. */
struct cgroup_hierarchy {
	const char *mount_point;
	/** The name of its folder, e.g. "cpu,cpuacct". */
	const char *name;
	/** What mount(2) takes: "cpu,cpuacct" or "none,name=systemd". */
	const char *options;
};

/** Makes the cgroup (a left-over of the same name is removed first where that is possible) and fills its files. */
int cgroup_make(const struct cgroup_spec *spec, struct error *err);

/** What its future member needs to join: version 1 the `tasks` file, version 2 the directory for clone3(). Returns a
 *  close-on-exec descriptor. */
int cgroup_open(const struct cgroup_spec *spec, struct error *err);

/**
 * The calling process joins, by the descriptor of a version 1 `tasks` file. Writing another process's id from outside
 * would wait 7-45 ms for an RCU grace period on a quiet system.
 */
int cgroup_join_self(int tasks, const char *path, struct error *err);

/** rmdir() with the cgroups below it. -1 with errno; EBUSY: try again. No error when it is not there. */
int cgroup_remove(const char *path);

/**
 * The hierarchy that the path of a version 1 cgroup lies in. The table of mounts is read once per process (and again
 * when the path is in none): a child that is forked afterwards finds it in its memory.
 */
const struct cgroup_hierarchy *cgroup_hierarchy_of(const char *path, struct error *err);
