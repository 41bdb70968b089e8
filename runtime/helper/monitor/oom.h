// The OOM killer in the container's cgroup: whether it was there, and word of it while the container goes on.
#pragma once

#include "fault.h"
#include "options.h"
#include <stdbool.h>

/** Opens the cgroup's counter while the cgroup surely exists; `told` is called each time the killer comes, until oom_ignore(). */
int oom_open(const struct options *options, void (*told)(void), struct fault *fault);

/** Whether it has killed somebody. */
bool oom_killed(void);

/** The program has ended: what comes now is no news. */
void oom_ignore(void);
