// The last steps to a container's program, common to start and exec: streams, limits, user, capabilities, seccomp, exec.
#pragma once

#include "common/error.h"
#include "spawn/request.h"
#include "spawn/seccomp.h"

struct process {
	const struct request *request;
	/** The process's end of the channel. */
	int channel;
	/** Its ends of the pipes; -1: /dev/null, or the terminal. */
	int streams[3];
	/** Both ends of its terminal, or -1. */
	int master;
	int slave;
	/** The sealed program of ours, for docker-init. */
	int self_program;
	struct seccomp_filter seccomp;
};

/** Steps that need the host's files: reads the filter, sets the score for the OOM killer. */
int process_prepare(struct process *process, struct error *err);

/**
 * Becomes the program. The current root is the container's, the namespaces are joined. Returns only to tell what failed.
 */
int process_become(struct process *process, struct error *err);
