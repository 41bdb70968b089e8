// The kernel settings of a container, only those that belong to its own namespaces.
#pragma once

#include "common/error.h"
#include "spawn/request.h"

/** Refuses a setting that would reach beyond the container. */
int sysctl_check(const struct request *request, struct error *err);

/** Writes the settings below `folder`, a descriptor of /proc/sys. */
int sysctl_write(const struct request *request, int folder, struct error *err);
