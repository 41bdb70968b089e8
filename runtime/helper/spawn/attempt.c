// One start or exec on its way.
#include "spawn/attempt.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "spawn/birth.h"
#include "spawn/cgroup.h"
#include "spawn/port.h"
#include "spawn/sysctl.h"

#define SOCKET_NAME "io.sock"
#define BACKLOG 128

/** Descriptors that live only until the monitor-to-be has its copies. */
struct handover {
	int *cgroups;
	int *ports;
	int listener;
};

static void close_all(int *descriptors, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (descriptors && descriptors[i] >= 0)
			close(descriptors[i]);
}

static int *no_descriptors(struct arena *arena, size_t count)
{
	int *descriptors = arena_take(arena, (count + 1) * sizeof *descriptors);
	for (size_t i = 0; i < count; i++)
		descriptors[i] = -1;
	return descriptors;
}

static int make_cgroups(struct attempt *attempt, struct handover *handover, struct error *err)
{
	struct request *request = &attempt->request;
	for (size_t i = 0; i < request->cgroup_count; i++) {
		if (request->kind == REQUEST_START) {
			attempt->cgroups_made = i + 1;
			// Read the table of mounts here once, not in each child.
			if (request->cgroups[i].version == 1 && !cgroup_hierarchy_of(request->cgroups[i].path, err))
				return -1;
			if (cgroup_make(&request->cgroups[i], err) < 0)
				return -1;
		}
		handover->cgroups[i] = cgroup_open(&request->cgroups[i], err);
		if (handover->cgroups[i] < 0)
			return -1;
	}
	return 0;
}

/** Listens at `<dir>/io.sock`, by the descriptor of the folder: a socket's path has only 108 bytes. */
static int listen_at(struct attempt *attempt, struct error *err)
{
	cleanup_close int folder = open(attempt->request.dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		return error_errno(err, "socket", "open \"%s\"", attempt->request.dir);
	if (unlinkat(folder, SOCKET_NAME, 0) < 0 && errno != ENOENT)
		return error_errno(err, "socket", "remove an old socket in \"%s\"", attempt->request.dir);
	cleanup_close int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/" SOCKET_NAME, folder);
	// The mode before bind() becomes that of the file: at no time is it wider.
	if (fd < 0 || fchmod(fd, 0600) < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) < 0)
		return error_errno(err, "socket", "make a socket in \"%s\"", attempt->request.dir);
	attempt->socket_made = true;
	if (listen(fd, BACKLOG) < 0)
		return error_errno(err, "socket", "listen in \"%s\"", attempt->request.dir);
	return steal_fd(&fd);
}

static int bind_ports(struct attempt *attempt, struct handover *handover, struct error *err)
{
	return port_bind_all(attempt->request.ports, attempt->request.port_count, handover->ports, attempt->ports, err);
}

/** The file that tells of the OOM killer, if one of the cgroups has it. */
static const char *find_oom_file(struct request *request)
{
	if (request->kind != REQUEST_START)
		return NULL;
	for (size_t i = 0; i < request->cgroup_count; i++) {
		const char *name = request->cgroups[i].version == 1 ? "memory.oom_control" : "memory.events";
		char path[PATH_MAX];
		if (snprintf(path, sizeof path, "%s/%s", request->cgroups[i].path, name) < (int)sizeof path &&
		    faccessat(AT_FDCWD, path, F_OK, 0) == 0)
			return arena_print(&request->arena, "%s", path);
	}
	return NULL;
}

static int fork_monitor(struct attempt *attempt, const struct handover *handover, const struct programs *programs,
			struct error *err)
{
	int ends[2];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return error_errno(err, "start", "socketpair");
	struct birth birth = {
		.request = &attempt->request,
		.cgroups = handover->cgroups,
		.oom_file = find_oom_file(&attempt->request),
		.listener = handover->listener,
		.ports = handover->ports,
		.monitor_program = programs->monitor,
		.self_program = programs->self,
		.result = ends[1],
	};
	attempt->monitor = fork();
	if (attempt->monitor == 0)
		birth_run(&birth);
	close(ends[1]);
	if (attempt->monitor < 0) {
		error_errno(err, "start", "fork the monitor");
		close(ends[0]);
		return -1;
	}
	attempt->result = ends[0];
	return 0;
}

/** In the reverse order of making. */
static void undo(struct attempt *attempt, void (*leave)(const char *cgroup))
{
	if (attempt->socket_made) {
		char path[PATH_MAX];
		if (snprintf(path, sizeof path, "%s/" SOCKET_NAME, attempt->request.dir) < (int)sizeof path)
			unlink(path);
	}
	for (size_t i = attempt->cgroups_made; i > 0; i--)
		if (cgroup_remove(attempt->request.cgroups[i - 1].path) < 0 && errno == EBUSY)
			leave(attempt->request.cgroups[i - 1].path);
}

static int begin(struct attempt *attempt, enum request_kind kind, const struct programs *programs, struct error *err)
{
	struct request *request = &attempt->request;
	if (request_parse(request, kind, attempt->json, err) < 0 || sysctl_check(request, err) < 0)
		return -1;
	// Before its cgroups are found to be gone too; that it ends from now on is found when its namespaces are joined.
	if (kind == REQUEST_EXEC && kill(request->target, 0) < 0)
		return error_errno(err, "join", "find the container's process %d", request->target);
	struct handover handover = {
		.cgroups = no_descriptors(&request->arena, request->cgroup_count),
		.ports = no_descriptors(&request->arena, request->port_count),
		.listener = -1,
	};
	attempt->ports = arena_take(&request->arena, (request->port_count + 1) * sizeof *attempt->ports);
	int result = make_cgroups(attempt, &handover, err);
	if (result == 0)
		result = bind_ports(attempt, &handover, err);
	if (result == 0)
		result = handover.listener = listen_at(attempt, err);
	if (result >= 0)
		result = fork_monitor(attempt, &handover, programs, err);
	close_all(handover.cgroups, request->cgroup_count);
	close_all(handover.ports, request->port_count);
	close_all(&handover.listener, 1);
	return result < 0 ? -1 : 0;
}

struct attempt *attempt_begin(enum request_kind kind, json_int_t id, json_t *json, const struct programs *programs,
			      void (*leave)(const char *cgroup), struct error *err)
{
	struct attempt *attempt = calloc(1, sizeof *attempt);
	if (!attempt) {
		json_decref(json);
		error_set(err, ENOMEM, "start", "no memory");
		return NULL;
	}
	attempt->id = id;
	attempt->json = json;
	attempt->result = -1;
	if (begin(attempt, kind, programs, err) == 0)
		return attempt;
	undo(attempt, leave);
	attempt_free(attempt);
	return NULL;
}

int attempt_finish(struct attempt *attempt, void (*leave)(const char *cgroup), pid_t *pid, struct error *err)
{
	struct birth_result result;
	ssize_t n;
	do
		n = read(attempt->result, &result, sizeof result);
	while (n < 0 && errno == EINTR);
	close(attempt->result);
	attempt->result = -1;
	if (n != (ssize_t)sizeof result)
		error_set(&result.error, ECHILD, "start", "the monitor-to-be died");
	if (result.error.code == 0) {
		*pid = result.pid;
		return 0;
	}
	*err = result.error;
	undo(attempt, leave);
	return -1;
}

void attempt_free(struct attempt *attempt)
{
	if (attempt->result >= 0)
		close(attempt->result);
	request_release(&attempt->request);
	json_decref(attempt->json);
	free(attempt);
}
