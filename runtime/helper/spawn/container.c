// A container's init from its clone to its program.
#include "spawn/container.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "spawn/cgroup.h"
#include "spawn/channel.h"
#include "spawn/devices.h"
#include "spawn/in-root.h"
#include "spawn/link.h"
#include "spawn/masks.h"
#include "spawn/mounts.h"
#include "spawn/overlay.h"
#include "spawn/sysctl.h"
#include "spawn/terminal.h"

static int enter_namespaces(struct container *container, struct error *err)
{
	const struct request *request = container->process.request;
	for (size_t i = 0; i < request->namespace_count; i++) {
		const struct namespace_spec *spec = &request->namespaces[i];
		// A joined PID namespace was entered by being cloned into it.
		if (!spec->path || spec->flag == CLONE_NEWPID)
			continue;
		if (setns(container->namespaces[i], (int)spec->flag) < 0)
			return error_errno(err, "namespace", "join \"%s\"", spec->path);
	}
	// Only now: the cgroups that were joined become the roots that the container sees.
	if (request_owns_namespace(request, CLONE_NEWCGROUP) && unshare(CLONE_NEWCGROUP) < 0)
		return error_errno(err, "namespace", "make a cgroup namespace");
	return 0;
}

static struct init_stub *list_stubs(const struct request *request, const int *trees, struct arena *arena)
{
	struct init_stub *stubs = arena_take(arena, (request->mount_count + 1) * sizeof *stubs);
	for (size_t i = 0; i < request->mount_count; i++) {
		struct stat source;
		bool is_file = trees[i] >= 0 && fstat(trees[i], &source) == 0 && !S_ISDIR(source.st_mode);
		// A tmpfs on a directory that the image does not have is for everybody.
		mode_t mode = strcmp(request->mounts[i].type, "tmpfs") == 0 ? 01777 : 0755;
		stubs[i] = (struct init_stub){ .path = request->mounts[i].destination, .directory_mode = is_file ? 0 : mode };
	}
	return stubs;
}

/** Makes the root below `request->dir`, which only this mount namespace sees covered, and makes it "/". */
static int make_root(struct container *container, struct error *err)
{
	struct process *process = &container->process;
	const struct request *request = process->request;
	struct arena arena = { 0 };
	int *trees = arena_take(&arena, (request->mount_count + 1) * sizeof *trees);

	umask(0);
	if (mounts_open_sources(request, trees, err) < 0)
		return -1;
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return error_errno(err, "mount", "make the host's mounts private");
	struct init_stub *stubs = list_stubs(request, trees, &arena);
	cleanup_close int root = overlay_mount(&request->overlay, request->dir, stubs, request->mount_count, err);
	if (root < 0 || mounts_make(request, root, trees, err) < 0 || devices_make(request, root, err) < 0)
		return -1;
	if (request->process.terminal &&
	    (terminal_open(root, request->process.rows, request->process.columns, &process->master, &process->slave,
			   err) < 0 ||
	     terminal_bind_console(root, process->slave, err) < 0))
		return -1;
	cleanup_close int cwd = in_root_make(root, request->process.cwd, IN_ROOT_DIRECTORY, "cwd", err);
	if (cwd < 0 || masks_apply(request, root, err) < 0)
		return -1;
	struct mount_attr readonly = { .attr_set = MOUNT_ATTR_RDONLY };
	if (request->readonly_root && mount_setattr(root, "", AT_EMPTY_PATH, &readonly, sizeof readonly) < 0)
		return error_errno(err, "mount", "make the root read-only");

	// The old root is stacked on the new one and taken off: no folder for it is needed.
	if (fchdir(root) < 0 || syscall(SYS_pivot_root, ".", ".") < 0)
		return error_errno(err, "mount", "pivot_root");
	if (umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
		return error_errno(err, "mount", "leave the host's root");
	if (request->root_propagation != (MS_PRIVATE | MS_REC) &&
	    mount(NULL, "/", NULL, request->root_propagation, NULL) < 0)
		return error_errno(err, "mount", "set the propagation of the root");
	arena_release(&arena);
	return 0;
}

static int set_names(const struct request *request, struct error *err)
{
	if (!request_owns_namespace(request, CLONE_NEWUTS))
		return 0;
	if (*request->hostname && sethostname(request->hostname, strlen(request->hostname)) < 0)
		return error_errno(err, "hostname", "set the host name \"%s\"", request->hostname);
	if (*request->domainname && setdomainname(request->domainname, strlen(request->domainname)) < 0)
		return error_errno(err, "hostname", "set the domain name \"%s\"", request->domainname);
	return 0;
}

static int run(struct container *container, struct error *err)
{
	struct process *process = &container->process;
	const struct request *request = process->request;
	for (size_t i = 0; i < request->cgroup_count; i++)
		if (container->tasks[i] >= 0 &&
		    cgroup_join_self(container->tasks[i], request->cgroups[i].path, err) < 0)
			return -1;
	if (enter_namespaces(container, err) < 0 || process_prepare(process, err) < 0)
		return -1;
	// Settings are written when the network is there; the host's /proc is out of reach by then.
	cleanup_close int settings = -1;
	if (request->sysctl_count || request->network_count) {
		settings = open("/proc/sys", O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (settings < 0)
			return error_errno(err, "sysctl", "open /proc/sys");
	}
	if (make_root(container, err) < 0 || set_names(request, err) < 0 || channel_wait(process->channel, err) < 0)
		return -1;
	// Not before: it would wait for the lock of all links while the monitor-to-be makes the veth.
	if (request_owns_namespace(request, CLONE_NEWNET) && link_up_loopback(err) < 0)
		return -1;
	for (size_t i = 0; i < request->network_count; i++)
		if (link_configure(&request->networks[i], settings, err) < 0)
			return -1;
	if (sysctl_write(request, settings, err) < 0)
		return -1;
	return process_become(process, err);
}

_Noreturn void container_run(struct container *container)
{
	struct error error = { .code = 0 };
	// If the monitor-to-be dies, so does this; channel_wait() covers the time before.
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	run(container, &error);
	channel_fail(container->process.channel, &error);
	_exit(127);
}
