// What a container sees at /sys/fs/cgroup: its own cgroups and nothing above them.
#pragma once

#include "common/error.h"
#include "spawn/request.h"

/** Mounts the cgroups of the request on `mount`'s destination below `root`. The process has joined them. */
int cgroup_mount(const struct request *request, const struct mount_spec *mount, int root, int target, struct error *err);
