// The monitor-to-be: a fork of spawn that clones the container's process, so that it is its parent, and becomes the
// monitor once the program runs.
#pragma once

#include "common/error.h"
#include "spawn/request.h"

/** What spawn prepared. All descriptors are close-on-exec. */
struct birth {
	const struct request *request;
	/** As many as cgroups of the request: version 1 the `tasks` file, version 2 the directory. */
	const int *cgroups;
	/** The file that counts the OOM killer's victims; NULL: none. */
	const char *oom_file;
	/** The socket that listens at `<dir>/io.sock`. */
	int listener;
	/** As many as ports of the request. */
	const int *ports;
	int monitor_program;
	int self_program;
	/** A socket that takes one struct birth_result. */
	int result;
};

struct birth_result {
	pid_t pid;
	/** code 0: it runs. */
	struct error error;
};

/** Runs in the forked process and never returns. When it fails nothing of the process or its veth is left. */
_Noreturn void birth_run(const struct birth *birth);
