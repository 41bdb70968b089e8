// A container's init from its clone to its program: cgroups, namespaces, root, network.
#pragma once

#include "spawn/process.h"

struct container {
	struct process process;
	/** Version 1 `tasks` files, as many as cgroups of the request; -1 for version 2. */
	const int *tasks;
	/** Descriptors of namespaces to join, as many as namespaces of the request; -1 for own ones. */
	const int *namespaces;
};

/** Runs in the cloned process. Never returns: it becomes the program, or tells what failed and ends. */
_Noreturn void container_run(struct container *container);
