// The last steps to a container's program.
#include "spawn/process.h"

#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/close_range.h>
#include <linux/openat2.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "spawn/capabilities.h"
#include "spawn/channel.h"
#include "spawn/file.h"
#include "spawn/in-root.h"
#include "spawn/init.h"
#include "spawn/program.h"
#include "spawn/terminal.h"
#include "spawn/user.h"

int process_prepare(struct process *process, struct error *err)
{
	const struct request *request = process->request;
	if (request->process.has_oom_score_adj) {
		char score[16];
		snprintf(score, sizeof score, "%d", request->process.oom_score_adj);
		// To lower it takes CAP_SYS_RESOURCE, which we may not have.
		if (file_write(AT_FDCWD, "/proc/self/oom_score_adj", score) < 0 && errno != EACCES && errno != EPERM)
			return error_errno(err, "limits", "set oom_score_adj to %s", score);
	}
	if (request->seccomp)
		return seccomp_read(request->seccomp, &process->seccomp, err);
	return 0;
}

/** The container's own /dev/null: through the host's it could change the mode of the host's node. */
static int open_null(int root, struct error *err)
{
	cleanup_close int null = in_root_open(root, "/dev/null", O_RDONLY | O_NOCTTY | O_NONBLOCK, 0);
	struct stat status;
	if (null >= 0 && fstat(null, &status) == 0 && S_ISCHR(status.st_mode) && status.st_rdev == makedev(1, 3))
		return steal_fd(&null);
	// A container without one gets something else that ends at once.
	int ends[2];
	if (pipe2(ends, O_CLOEXEC) < 0)
		return error_errno(err, "streams", "pipe");
	close(ends[1]);
	return ends[0];
}

static int set_streams(struct process *process, int root, const struct user *user, struct error *err)
{
	if (process->slave >= 0) {
		if (terminal_adopt(process->slave, err) < 0)
			return -1;
	} else {
		cleanup_close int null = -1;
		for (int fd = 0; fd < 3; fd++) {
			int stream = process->streams[fd];
			if (stream < 0) {
				if (null < 0)
					null = open_null(root, err);
				if (null < 0)
					return -1;
				stream = null;
			}
			if (dup2(stream, fd) < 0)
				return error_errno(err, "streams", "dup2");
		}
	}
	// As runc does: the user may open /dev/stdout again. The null device belongs to everybody.
	for (int fd = 0; fd < 3; fd++) {
		struct stat status;
		if (fstat(fd, &status) < 0)
			return error_errno(err, "streams", "fstat");
		if (status.st_uid == user->uid || (S_ISCHR(status.st_mode) && status.st_rdev == makedev(1, 3)))
			continue;
		if (fchown(fd, user->uid, (gid_t)-1) < 0 && errno != EPERM && errno != EINVAL && errno != EROFS)
			return error_errno(err, "streams", "change the owner of stream %d", fd);
	}
	return 0;
}

static int set_limits(const struct process_spec *spec, struct error *err)
{
	for (size_t i = 0; i < spec->rlimit_count; i++) {
		int resource = spec->rlimits[i].resource;
		struct rlimit wanted = spec->rlimits[i].limit, own;
		if (wanted.rlim_cur > wanted.rlim_max)
			wanted.rlim_cur = wanted.rlim_max;
		if (setrlimit((__rlimit_resource_t)resource, &wanted) == 0)
			continue;
		// Above our own hard limit without CAP_SYS_RESOURCE: as much as there is.
		if (getrlimit((__rlimit_resource_t)resource, &own) < 0)
			return error_errno(err, "limits", "getrlimit");
		if (wanted.rlim_max > own.rlim_max)
			wanted.rlim_max = own.rlim_max;
		if (wanted.rlim_cur > wanted.rlim_max)
			wanted.rlim_cur = wanted.rlim_max;
		if (setrlimit((__rlimit_resource_t)resource, &wanted) < 0 && errno != EPERM)
			return error_errno(err, "limits", "set rlimit %d", resource);
	}
	return 0;
}

static int change_user(const struct user *user, struct error *err)
{
	// The system calls themselves: glibc's wrappers are for programs with threads.
	if (syscall(SYS_setgroups, user->group_count, user->groups) < 0)
		return error_errno(err, "user", "set %zu supplementary groups", user->group_count);
	if (syscall(SYS_setresgid, user->gid, user->gid, user->gid) < 0)
		return error_errno(err, "user", "change to gid %u", user->gid);
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0 ||
	    syscall(SYS_setresuid, user->uid, user->uid, user->uid) < 0)
		return error_errno(err, "user", "change to uid %u", user->uid);
	if (prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) < 0)
		return error_errno(err, "user", "PR_SET_KEEPCAPS");
	return 0;
}

/** The kernel answers "(unreachable)..." for a folder outside the root (CVE-2024-21626). */
static int check_inside(const char *cwd, struct error *err)
{
	char now[PATH_MAX];
	if (syscall(SYS_getcwd, now, sizeof now) < 0 || now[0] != '/')
		return error_set(err, EPERM, "cwd", "the working directory \"%s\" is outside of the container", cwd);
	return 0;
}

static int enter_folder(const char *cwd, bool *entered, bool last_try, struct error *err)
{
	if (*entered)
		return 0;
	if (chdir(cwd) == 0) {
		*entered = true;
		return 0;
	}
	int code = errno;
	if (!last_try && code == EACCES) // perhaps the user may
		return 0;
	char words[64];
	snprintf(words, sizeof words, "%s", strerror(code));
	words[0] = (char)(words[0] | 0x20);
	return error_set(err, code, "cwd", "chdir to cwd (\"%s\") set in config.json failed: %s", cwd, words);
}

/** The environment, with HOME when it lacks one. */
static const char **make_environment(const struct string_list *env, const char *home, struct arena *arena)
{
	const char **made = arena_take(arena, (env->count + 2) * sizeof *made);
	size_t count = 0;
	bool has_home = false;
	for (size_t i = 0; i < env->count; i++) {
		if (strcmp(env->items[i], "HOME=") == 0)
			continue;
		if (strncmp(env->items[i], "HOME=", 5) == 0)
			has_home = true;
		made[count++] = env->items[i];
	}
	if (!has_home)
		made[count++] = arena_print(arena, "HOME=%s", home);
	return made;
}

static int execute(struct process *process, const char *path, const char **env, struct arena *arena, struct error *err)
{
	const struct string_list *args = &process->request->process.args;
	if (!process->request->init) {
		execve(path, (char *const *)args->items, (char *const *)env);
		return program_failed(path, errno, err);
	}
	const char **under_init = arena_take(arena, (args->count + 3) * sizeof *under_init);
	under_init[0] = INIT_ARGV0;
	under_init[1] = "--";
	memcpy(under_init + 2, args->items, args->count * sizeof *under_init);
	execveat(process->self_program, "", (char *const *)under_init, (char *const *)env, AT_EMPTY_PATH);
	return program_failed(INIT_ARGV0, errno, err);
}

int process_become(struct process *process, struct error *err)
{
	const struct request *request = process->request;
	const struct process_spec *spec = &request->process;
	struct arena arena = { 0 };
	static struct user user;
	static char path[PATH_MAX];
	bool entered = false;

	cleanup_close int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return error_errno(err, "start", "open the root");
	if (setsid() < 0)
		return error_errno(err, "start", "setsid");
	if (user_resolve(request, root, &user, err) < 0 || set_streams(process, root, &user, err) < 0 ||
	    set_limits(spec, err) < 0)
		return -1;
	// Nothing of ours passes into the program; what is needed until then stays open until then.
	if (syscall(SYS_close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
		return error_errno(err, "start", "close_range");
	umask(022);
	const char **env = make_environment(&spec->env, user.home, &arena);
	if (capabilities_bound(spec->bounding, err) < 0 || enter_folder(spec->cwd, &entered, false, err) < 0 ||
	    channel_ready(process->channel, root, process->master, err) < 0 || change_user(&user, err) < 0 ||
	    enter_folder(spec->cwd, &entered, true, err) < 0 || check_inside(spec->cwd, err) < 0 ||
	    program_find(spec->args.items[0], env, path, err) < 0)
		return -1;

	if (spec->no_new_privileges && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return error_errno(err, "start", "PR_SET_NO_NEW_PRIVS");
	bool filtered = process->seccomp.count > 0;
	// Without no_new_privs the filter takes CAP_SYS_ADMIN to load: just before the capabilities go.
	if (filtered && !spec->no_new_privileges &&
	    (capabilities_raise(err) < 0 || seccomp_load(&process->seccomp, err) < 0))
		return -1;
	if (capabilities_set(spec->effective, spec->permitted & spec->bounding, spec->inheritable & spec->bounding,
			     spec->ambient, err) < 0)
		return -1;
	// A change of credentials cleared it. If the monitor-to-be died in between, the channel says so.
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		return error_errno(err, "start", "PR_SET_PDEATHSIG");
	if (channel_alive(process->channel, err) < 0)
		return -1;
	if (filtered && spec->no_new_privileges && seccomp_load(&process->seccomp, err) < 0)
		return -1;
	return execute(process, path, env, &arena, err);
}
