// A process that is started in a running container (exec), from its clone to its program.
#pragma once

#include "spawn/process.h"

struct joiner {
	struct process process;
	/** Version 1 `tasks` files, as many as cgroups of the request; -1 for version 2. */
	const int *tasks;
	/** A pidfd of the container's init. Its PID namespace was entered by the clone. */
	int target;
};

/** Runs in the cloned process. Never returns. */
_Noreturn void joiner_run(struct joiner *joiner);
