// A process that is started in a running container.
#include "spawn/joiner.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "spawn/cgroup.h"
#include "spawn/channel.h"
#include "spawn/terminal.h"

static int run(struct joiner *joiner, struct error *err)
{
	struct process *process = &joiner->process;
	const struct request *request = process->request;
	for (size_t i = 0; i < request->cgroup_count; i++)
		if (joiner->tasks[i] >= 0 && cgroup_join_self(joiner->tasks[i], request->cgroups[i].path, err) < 0)
			return -1;
	if (process_prepare(process, err) < 0)
		return -1;
	// By the pidfd: the number may belong to somebody else by now. The mount namespace brings its root along.
	if (setns(joiner->target, CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP | CLONE_NEWNS) < 0)
		return error_errno(err, "join", "join the container's namespaces");
	if (channel_wait(process->channel, err) < 0)
		return -1;
	if (request->process.terminal) {
		cleanup_close int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (root < 0)
			return error_errno(err, "terminal", "open the root");
		if (terminal_open(root, request->process.rows, request->process.columns, &process->master,
				  &process->slave, err) < 0)
			return -1;
	}
	return process_become(process, err);
}

_Noreturn void joiner_run(struct joiner *joiner)
{
	struct error error = { .code = 0 };
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	run(joiner, &error);
	channel_fail(joiner->process.channel, &error);
	_exit(127);
}
