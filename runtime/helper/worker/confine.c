// Takes from the worker what its job does not need.
//
// Under a sanitizer, which reads /proc and reserves terabytes of addresses, only the capabilities go.
#include "worker/confine.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define BIT(capability) (1ull << (capability))

static const uint64_t capabilities[] = {
	// SYS_ADMIN is what trusted.overlay.opaque takes.
	[CONFINE_EXTRACT] = BIT(CAP_CHOWN) | BIT(CAP_DAC_OVERRIDE) | BIT(CAP_FOWNER) | BIT(CAP_FSETID) | BIT(CAP_MKNOD) |
			    BIT(CAP_SETFCAP) | BIT(CAP_SYS_ADMIN),
	[CONFINE_UNPACK] = BIT(CAP_DAC_OVERRIDE) | BIT(CAP_FOWNER),
	[CONFINE_REMOVE] = BIT(CAP_DAC_OVERRIDE) | BIT(CAP_FOWNER),
	[CONFINE_SECCOMP] = BIT(CAP_DAC_OVERRIDE),
	[CONFINE_READ] = BIT(CAP_DAC_READ_SEARCH),
	// trusted.overlay.* is shown to SYS_ADMIN alone.
	[CONFINE_READ_MARKS] = BIT(CAP_DAC_READ_SEARCH) | BIT(CAP_SYS_ADMIN),
	[CONFINE_WRITE] = BIT(CAP_CHOWN) | BIT(CAP_DAC_OVERRIDE) | BIT(CAP_FOWNER) | BIT(CAP_FSETID) | BIT(CAP_MKNOD) |
			  BIT(CAP_SETFCAP),
	[CONFINE_COPY] = BIT(CAP_CHOWN) | BIT(CAP_DAC_OVERRIDE) | BIT(CAP_DAC_READ_SEARCH) | BIT(CAP_FOWNER) | BIT(CAP_FSETID) |
			 BIT(CAP_MKNOD) | BIT(CAP_SETFCAP),
	[CONFINE_SEARCH] = BIT(CAP_DAC_READ_SEARCH),
	[CONFINE_COMPRESS] = BIT(CAP_DAC_OVERRIDE),
};

static int drop_capabilities(uint64_t wanted, struct error *err)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2];
	if (syscall(SYS_capget, &header, data) < 0)
		return error_errno(err, "capabilities", "read the capabilities");
	for (int i = 0; i < 2; i++) {
		data[i].permitted &= (uint32_t)(wanted >> (32 * i));
		data[i].effective = data[i].permitted;
		data[i].inheritable = 0;
	}
	if (syscall(SYS_capset, &header, data) < 0)
		return error_errno(err, "capabilities", "drop capabilities");
	return 0;
}

#ifndef __SANITIZE_ADDRESS__
static int set_limit(int resource, rlim_t value, struct error *err)
{
	struct rlimit limit;
	if (getrlimit(resource, &limit) < 0)
		return error_errno(err, "limit", "read a limit");
	if (limit.rlim_max == RLIM_INFINITY || limit.rlim_max > value)
		limit.rlim_max = value;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(resource, &limit) < 0)
		return error_errno(err, "limit", "set a limit");
	return 0;
}

/** What the C library and the threads need. */
static const int common_calls[] = {
	SCMP_SYS(read),	     SCMP_SYS(write),	       SCMP_SYS(close),		  SCMP_SYS(fstat),
	SCMP_SYS(newfstatat), SCMP_SYS(lseek),	       SCMP_SYS(mmap),		  SCMP_SYS(mremap),
	SCMP_SYS(munmap),     SCMP_SYS(mprotect),      SCMP_SYS(madvise),	  SCMP_SYS(brk),
	SCMP_SYS(futex),      SCMP_SYS(clone),	       SCMP_SYS(clone3),	  SCMP_SYS(rseq),
	SCMP_SYS(sched_yield), SCMP_SYS(sched_getaffinity), SCMP_SYS(set_robust_list), SCMP_SYS(rt_sigaction),
	SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn), SCMP_SYS(restart_syscall), SCMP_SYS(exit),
	SCMP_SYS(exit_group), SCMP_SYS(getpid),	       SCMP_SYS(gettid),	  SCMP_SYS(tgkill),
	SCMP_SYS(clock_gettime), SCMP_SYS(getrandom),  SCMP_SYS(fcntl),		  SCMP_SYS(dup),
	SCMP_SYS(openat),     SCMP_SYS(openat2),       SCMP_SYS(unlinkat),	  SCMP_SYS(memfd_create),
	SCMP_SYS(pread64),
};
static const int write_calls[] = {
	SCMP_SYS(mkdirat),   SCMP_SYS(mknodat),	  SCMP_SYS(symlinkat), SCMP_SYS(linkat),    SCMP_SYS(fchown),	SCMP_SYS(fchownat),
	SCMP_SYS(fchmod),    SCMP_SYS(fchmodat),  SCMP_SYS(utimensat), SCMP_SYS(fsetxattr), SCMP_SYS(ftruncate), SCMP_SYS(pwrite64),
	SCMP_SYS(getdents64), SCMP_SYS(renameat2), SCMP_SYS(renameat),	SCMP_SYS(rename),    SCMP_SYS(unlink),	SCMP_SYS(fsync),  SCMP_SYS(flock),
	SCMP_SYS(copy_file_range),
};

static const int read_calls[] = {
	SCMP_SYS(getdents64), SCMP_SYS(readlinkat), SCMP_SYS(flistxattr), SCMP_SYS(fgetxattr), SCMP_SYS(statx), SCMP_SYS(fstatfs),
};

static int allow(scmp_filter_ctx filter, const int *calls, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int code = seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 0);
		// Architectures after the first have no rename or unlink of the old form.
		if (code < 0 && code != -EDOM)
			return code;
	}
	return 0;
}

static int filter_calls(enum confine_job job, struct error *err)
{
	// Not to kill: a newer C library tries newer calls first, and takes ENOSYS for an answer.
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
	int code = filter ? allow(filter, common_calls, sizeof common_calls / sizeof *common_calls) : -ENOMEM;
	if (code == 0)
		code = allow(filter, read_calls, sizeof read_calls / sizeof *read_calls);
	if (code == 0 && job != CONFINE_READ && job != CONFINE_READ_MARKS)
		code = allow(filter, write_calls, sizeof write_calls / sizeof *write_calls);
	if (code == 0)
		code = seccomp_load(filter);
	seccomp_release(filter);
	return code < 0 ? error_set(err, -code, "seccomp", "load the worker's own filter: %s", strerror(-code)) : 0;
}

/** Makes `root` the whole file system; only where that is allowed, because paths are resolved below it anyway. */
static int enter(int root, struct error *err)
{
	if (fchdir(root) < 0)
		return error_errno(err, "chroot", "enter the folder");
	if (chroot(".") < 0 && errno != EPERM)
		return error_errno(err, "chroot", "make the folder the root");
	return 0;
}
#endif

int confine(enum confine_job job, int root, struct error *err)
{
	umask(0);
	signal(SIGPIPE, SIG_IGN);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return error_errno(err, "privileges", "give up new privileges");
#ifdef __SANITIZE_ADDRESS__
	(void)root;
	return drop_capabilities(capabilities[job], err);
#else
	if (root >= 0 && enter(root, err) < 0)
		return -1;
	if (drop_capabilities(capabilities[job], err) < 0)
		return -1;
	if (set_limit(RLIMIT_CORE, 0, err) < 0 || set_limit(RLIMIT_NOFILE, 256, err) < 0 || set_limit(RLIMIT_AS, 2ull << 30, err) < 0)
		return -1;
	return filter_calls(job, err);
#endif
}
