// CAP_KILL stays because the program may run as another user: its signals, and its end by PDEATHSIG when the monitor dies,
// are checked against the monitor's credentials.
#include "privileges.h"
#include "memory.h"
#include "seccomp.h"
#include "system.h"
#include "text.h"
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sys/prctl.h>

/** Enough for 4,096 proxied connections of six descriptors. */
#define DESCRIPTORS_MAX 32768

static bool is_kept(const struct options *options, int fd)
{
	if (fd == options->listen_fd || fd == options->stdin_fd || fd == options->stdout_fd || fd == options->stderr_fd ||
	    fd == options->pidfd || fd == options->root_fd || fd == options->dns_fd || fd == options->dns_stream_fd)
		return true;
	for (unsigned i = 0; i < options->proxy_count; i++)
		if (fd == options->proxies[i].listen_fd)
			return true;
	return false;
}

static int highest_kept(const struct options *options)
{
	int highest = options->listen_fd;
	const int fds[] = { options->stdin_fd, options->stdout_fd, options->stderr_fd,
			    options->pidfd,	options->root_fd,   options->dns_fd,	options->dns_stream_fd };
	for (unsigned i = 0; i < sizeof fds / sizeof *fds; i++)
		if (fds[i] > highest)
			highest = fds[i];
	for (unsigned i = 0; i < options->proxy_count; i++)
		if (options->proxies[i].listen_fd > highest)
			highest = options->proxies[i].listen_fd;
	return highest;
}

/** Closes everything above stderr that no option names. */
static void close_others(const struct options *options)
{
	int highest = highest_kept(options);
	sys_close_range((unsigned)highest + 1, ~0u);
	for (int fd = 3; fd < highest; fd++)
		if (!is_kept(options, fd))
			sys_close(fd);
}

/** The monitor never waits in a read or a write; these descriptions are its own. */
static int make_nonblocking(const struct options *options, struct fault *fault)
{
	for (int fd = 3; fd <= highest_kept(options); fd++) {
		if (!is_kept(options, fd) || fd == options->root_fd || fd == options->pidfd)
			continue;
		int flags = sys_fcntl(fd, F_GETFL, 0);
		int code = flags < 0 ? flags : sys_fcntl(fd, F_SETFL, flags | O_NONBLOCK);
		if (code < 0)
			return fault_set(fault, code, "make a descriptor non-blocking");
	}
	return 0;
}

/** A higher limit where allowed, else as high as it may be. */
static void raise_descriptor_limit(void)
{
	struct rlimit limit = { DESCRIPTORS_MAX, DESCRIPTORS_MAX };
	if (sys_call(SYS_prlimit64, 0, RLIMIT_NOFILE, (long)&limit, 0, 0, 0) == 0)
		return;
	if (sys_call(SYS_prlimit64, 0, RLIMIT_NOFILE, 0, (long)&limit, 0, 0) < 0)
		return;
	limit.rlim_cur = limit.rlim_max < DESCRIPTORS_MAX ? limit.rlim_max : DESCRIPTORS_MAX;
	sys_call(SYS_prlimit64, 0, RLIMIT_NOFILE, (long)&limit, 0, 0, 0);
}

/** A monitor killed for memory takes its container along, so it should be among the last; not everybody may ask for that. */
static void avoid_oom_killer(void)
{
	int fd = sys_openat(AT_FDCWD, "/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC, 0);
	if (fd < 0)
		return;
	sys_write(fd, "-999", 4);
	sys_close(fd);
}

int privileges_tidy(const struct options *options, struct fault *fault)
{
	uint64_t all = ~0ull;
	sys_call(SYS_rt_sigprocmask, SIG_SETMASK, (long)&all, 0, sizeof all, 0, 0);
	// EPERM: it leads a session already.
	sys_call(SYS_setsid, 0, 0, 0, 0, 0, 0);
	sys_call(SYS_umask, 027, 0, 0, 0, 0, 0);
	long code = sys_call(SYS_chdir, (long)"/", 0, 0, 0, 0, 0);
	if (code < 0)
		return fault_set(fault, code, "change to /");
	close_others(options);
	if (make_nonblocking(options, fault) < 0)
		return -1;
	raise_descriptor_limit();
	avoid_oom_killer();
	sys_prctl(PR_SET_NAME, (unsigned long)"berth-monitor", 0);
	sys_prctl(PR_SET_DUMPABLE, 0, 0);
	return 0;
}

int privileges_drop(struct fault *fault)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct caps[2] = { 0 };
	long code = sys_call(SYS_capget, (long)&head, (long)caps, 0, 0, 0, 0);
	if (code < 0)
		return fault_set(fault, code, "read the capabilities");
	sys_prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0);
	if (caps[0].permitted & (1u << CAP_SETPCAP)) {
		// Up to the last the kernel knows: EINVAL ends the list.
		for (unsigned cap = 0; cap < 64; cap++)
			if (cap != CAP_KILL && sys_prctl(PR_CAPBSET_DROP, cap, 0) < 0)
				break;
		code = sys_prctl(PR_SET_SECUREBITS, SECURE_ALL_BITS | SECURE_ALL_LOCKS, 0);
		if (code < 0)
			return fault_set(fault, code, "lock the secure bits");
	}
	if (caps[0].permitted & (1u << CAP_SETGID)) {
		code = sys_call(SYS_setgroups, 0, 0, 0, 0, 0, 0);
		if (code < 0)
			return fault_set(fault, code, "leave the supplementary groups");
	}
	uint32_t kill = caps[0].permitted & (1u << CAP_KILL);
	memset(caps, 0, sizeof caps);
	caps[0].permitted = caps[0].effective = kill;
	code = sys_call(SYS_capset, (long)&head, (long)caps, 0, 0, 0, 0);
	if (code < 0)
		return fault_set(fault, code, "drop the capabilities");
	code = sys_call(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0, 0);
	if (code < 0)
		return fault_set(fault, code, "set no_new_privs");
	return seccomp_install(fault);
}

int privileges_detach_stdio(struct fault *fault)
{
	int null = sys_openat(AT_FDCWD, "/dev/null", O_RDWR | O_CLOEXEC, 0);
	if (null < 0)
		return fault_set(fault, null, "open /dev/null");
	for (int fd = 0; fd < 3; fd++)
		if (fd != null)
			sys_dup3(null, fd, 0);
	if (null > 2)
		sys_close(null);
	return 0;
}
