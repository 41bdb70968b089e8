// The monitor-to-be.
#include "spawn/birth.h"

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "spawn/channel.h"
#include "spawn/container.h"
#include "spawn/joiner.h"
#include "spawn/link.h"
#include "spawn/resolver.h"

#define STEP "start"

struct state {
	const struct birth *birth;
	const struct request *request;
	struct arena arena;
	int channel[2];
	int streams[3][2]; // [0] reads, [1] writes
	int *namespaces;
	int target; // pidfd of the container's init, for exec
	pid_t pid;
	int pidfd;
	int root;
	int master;
	/** -1 without a resolver. */
	struct resolver_sockets resolver;
	/** How many of the request's networks have their device. */
	size_t links_made;
};

static int open_streams(struct state *state, struct error *err)
{
	for (int fd = 0; fd < 3; fd++)
		state->streams[fd][0] = state->streams[fd][1] = -1;
	if (state->request->process.terminal)
		return 0;
	for (int fd = 0; fd < 3; fd++) {
		if (fd == 0 && strcmp(state->request->stdin_mode, "none") == 0)
			continue;
		if (pipe2(state->streams[fd], O_CLOEXEC) < 0)
			return error_errno(err, "streams", "pipe");
	}
	return 0;
}

/** Opens the namespaces that are to be joined. Those of PIDs are entered here: only children are in them. */
static int open_namespaces(struct state *state, struct error *err)
{
	const struct request *request = state->request;
	state->namespaces = arena_take(&state->arena, (request->namespace_count + 1) * sizeof *state->namespaces);
	for (size_t i = 0; i < request->namespace_count; i++) {
		const struct namespace_spec *spec = &request->namespaces[i];
		state->namespaces[i] = -1;
		if (!spec->path)
			continue;
		state->namespaces[i] = open(spec->path, O_RDONLY | O_CLOEXEC);
		if (state->namespaces[i] < 0)
			return error_errno(err, "namespace", "open \"%s\"", spec->path);
		if (spec->flag == CLONE_NEWPID && setns(state->namespaces[i], CLONE_NEWPID) < 0)
			return error_errno(err, "namespace", "join \"%s\"", spec->path);
	}
	if (request->kind != REQUEST_EXEC)
		return 0;
	state->target = (int)syscall(SYS_pidfd_open, request->target, 0);
	if (state->target < 0)
		return error_errno(err, "join", "find the container's process %d", request->target);
	if (setns(state->target, CLONE_NEWPID) < 0)
		return error_errno(err, "join", "join the PID namespace of process %d", request->target);
	return 0;
}

/** The cloned process. */
static _Noreturn void run_child(struct state *state)
{
	const struct request *request = state->request;
	int *tasks = arena_take(&state->arena, (request->cgroup_count + 1) * sizeof *tasks);
	for (size_t i = 0; i < request->cgroup_count; i++)
		tasks[i] = request->cgroups[i].version == 1 ? state->birth->cgroups[i] : -1;
	// Its own copy of the other end would keep the channel open after the monitor-to-be died.
	close(state->channel[0]);
	static struct container container;
	static struct joiner joiner;
	struct process process = {
		.request = request,
		.channel = state->channel[1],
		.streams = { state->streams[0][0], state->streams[1][1], state->streams[2][1] },
		.master = -1,
		.slave = -1,
		.self_program = state->birth->self_program,
	};
	if (request->kind == REQUEST_START) {
		container.process = process;
		container.tasks = tasks;
		container.namespaces = state->namespaces;
		container_run(&container);
	}
	joiner.process = process;
	joiner.tasks = tasks;
	joiner.target = state->target;
	joiner_run(&joiner);
}

static int clone_child(struct state *state, struct error *err)
{
	const struct request *request = state->request;
	struct clone_args args = {
		.flags = CLONE_PIDFD,
		.pidfd = (uint64_t)(uintptr_t)&state->pidfd,
		.exit_signal = SIGCHLD,
	};
	// The cgroup namespace waits until the cgroups are joined.
	static const uint64_t at_clone[] = { CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWIPC, CLONE_NEWUTS, CLONE_NEWNET };
	if (request->kind == REQUEST_START)
		for (size_t i = 0; i < sizeof at_clone / sizeof *at_clone; i++)
			if (request_owns_namespace(request, at_clone[i]))
				args.flags |= at_clone[i];
	for (size_t i = 0; i < request->cgroup_count; i++) {
		if (request->cgroups[i].version == 2) {
			args.flags |= CLONE_INTO_CGROUP;
			args.cgroup = (uint64_t)state->birth->cgroups[i];
		}
	}
	state->pid = (pid_t)syscall(SYS_clone3, &args, sizeof args);
	if (state->pid < 0)
		return error_errno(err, STEP, "clone the container's process");
	if (state->pid == 0)
		run_child(state);
	close(state->channel[1]);
	state->channel[1] = -1;
	return 0;
}

/** Waits until the program runs. */
static int await_program(struct state *state, struct error *err)
{
	bool ready = false;
	for (;;) {
		switch (channel_read(state->channel[0], &state->root, &state->master, err)) {
		case CHANNEL_READY:
			ready = true;
			break;
		case CHANNEL_FAILED:
			return -1;
		case CHANNEL_LOST:
			if (ready)
				return 0;
			// For instance the OOM killer, when the memory limit is very low.
			return error_set(err, ECHILD, STEP, "the container's process was killed before its program ran");
		}
	}
}

/** If the child died meanwhile, what it said says more than that its namespace, or a device in it, is gone. Returns -1. */
static int take_last_word(struct state *state, struct error *err)
{
	struct pollfd channel = { .fd = state->channel[0], .events = POLLIN };
	struct error said = { .code = 0 };
	int ignored;
	if (poll(&channel, 1, 0) == 1 && channel_read(state->channel[0], &ignored, &ignored, &said) == CHANNEL_FAILED)
		*err = said;
	return -1;
}

static int start(struct state *state, struct error *err)
{
	const struct request *request = state->request;
	if (open_streams(state, err) < 0 || open_namespaces(state, err) < 0 || channel_open(state->channel, err) < 0 ||
	    clone_child(state, err) < 0)
		return -1;
	// While the child makes its mounts.
	for (size_t i = 0; i < request->network_count; i++) {
		if (link_make(&request->networks[i], state->pid, err) < 0)
			return take_last_word(state, err);
		state->links_made = i + 1;
	}
	if (request->resolver && resolver_open(state->pid, &state->resolver, err) < 0)
		return take_last_word(state, err);
	channel_go(state->channel[0]);
	return await_program(state, err);
}

static void undo(struct state *state)
{
	struct error ignored;
	if (state->pid > 0) {
		kill(state->pid, SIGKILL);
		while (waitpid(state->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	// A macvlan goes with the container's namespace.
	for (size_t i = 0; i < state->links_made; i++)
		if (!state->request->networks[i].parent)
			link_delete(state->request->networks[i].host_name, "veth", NULL, &ignored);
}

struct arguments {
	struct arena *arena;
	const char **list;
	size_t count;
};

static void add(struct arguments *arguments, const char *option, const char *value)
{
	arguments->list[arguments->count++] = option;
	if (value)
		arguments->list[arguments->count++] = value;
}

static void add_number(struct arguments *arguments, const char *option, int64_t number)
{
	add(arguments, option, arena_print(arguments->arena, "%" PRId64, number));
}

/** Passes a descriptor on: it survives the exec. */
static void add_descriptor(struct arguments *arguments, const char *option, int fd)
{
	fcntl(fd, F_SETFD, 0);
	add_number(arguments, option, fd);
}

static _Noreturn void become_monitor(struct state *state, struct error *err)
{
	const struct birth *birth = state->birth;
	const struct request *request = state->request;
	struct arguments arguments = { .arena = &state->arena };
	arguments.list = arena_take(&state->arena, (64 + 2 * request->port_count) * sizeof *arguments.list);
	add(&arguments, "berth-monitor", NULL);
	add(&arguments, "--id", request->id);
	add(&arguments, "--dir", request->dir);
	if (request->process.terminal)
		add(&arguments, "--tty", NULL);
	add(&arguments, "--stdin", request->stdin_mode);
	if (request->hold)
		add(&arguments, "--hold", NULL);
	if (request->log.path) {
		add(&arguments, "--log", request->log.path);
		add(&arguments, "--log-driver", request->log.driver);
		if (request->log.attrs)
			add(&arguments, "--log-attrs", request->log.attrs);
		add_number(&arguments, "--log-max-size", request->log.max_size_bytes);
		add_number(&arguments, "--log-max-file", request->log.max_files);
		if (request->log.max_buffer_bytes > 0)
			add_number(&arguments, "--log-max-buffer", request->log.max_buffer_bytes);
	}
	if (birth->oom_file)
		add(&arguments, "--oom-file", birth->oom_file);
	add_number(&arguments, "--pid", state->pid);
	add_descriptor(&arguments, "--listen", birth->listener);
	if (request->process.terminal) {
		add_descriptor(&arguments, "--stdout-fd", state->master);
	} else {
		if (state->streams[0][1] >= 0)
			add_descriptor(&arguments, "--stdin-fd", state->streams[0][1]);
		add_descriptor(&arguments, "--stdout-fd", state->streams[1][0]);
		add_descriptor(&arguments, "--stderr-fd", state->streams[2][0]);
	}
	add_descriptor(&arguments, "--pidfd", state->pidfd);
	if (request->kind == REQUEST_START)
		add_descriptor(&arguments, "--root-fd", state->root);
	if (request->resolver) {
		add_descriptor(&arguments, "--dns-fd", state->resolver.udp);
		add_descriptor(&arguments, "--dns-stream-fd", state->resolver.tcp);
		add(&arguments, "--dns-file", request->resolver);
	}
	for (size_t i = 0; i < request->port_count; i++) {
		const struct port_spec *port = &request->ports[i];
		bool v6 = strchr(port->address, ':') != NULL;
		fcntl(birth->ports[i], F_SETFD, 0);
		add(&arguments, arena_print(&state->arena, "--%s-proxy", port->protocol),
		    arena_print(&state->arena, "%d=%s%s%s:%u", birth->ports[i], v6 ? "[" : "", port->address,
				v6 ? "]" : "", port->port));
	}
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	for (int fd = 0; fd < 3 && null >= 0; fd++)
		dup2(null, fd);
	if (chdir("/") == 0) {
		static char *const no_environment[] = { NULL };
		execveat(birth->monitor_program, "", (char *const *)arguments.list, no_environment, AT_EMPTY_PATH);
	}
	// The answer is out already: the container ends with this process, and that is reported.
	error_errno(err, STEP, "become the monitor");
	undo(state);
	_exit(1);
}

_Noreturn void birth_run(const struct birth *birth)
{
	struct birth_result result = { .error = { .code = 0 } };
	struct state state = { .birth = birth, .request = birth->request, .target = -1, .pidfd = -1, .root = -1, .master = -1, .resolver = { -1, -1 } };
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setsid();
	// Nobody in a joined PID namespace may look into this process or its child (CVE-2016-9962). An exec resets it.
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);

	int failed = start(&state, &result.error);
	if (failed)
		undo(&state);
	result.pid = failed ? 0 : state.pid;
	// When nobody is there to hear of it, it did not happen.
	if (send(birth->result, &result, sizeof result, MSG_NOSIGNAL) < 0 && !failed) {
		failed = -1;
		undo(&state);
	}
	if (failed)
		_exit(1);
	become_monitor(&state, &result.error);
}
