// An allow-list. Anything else fails with EPERM rather than kill the monitor, which would kill the container.
// A call from another ABI (int 0x80, x32) does kill: nothing in here makes one by mistake.
#include "seccomp.h"
#include "system.h"
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>

#if defined(__x86_64__)
#define OWN_ARCH AUDIT_ARCH_X86_64
#else
#define OWN_ARCH AUDIT_ARCH_AARCH64
#endif

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
/** The low half of an argument, on a little-endian machine. */
#define LOAD_ARGUMENT(n) LOAD(args[n])
#define IF_EQUAL(value, yes, no) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, yes, no)
#define IF_ABOVE(value, yes, no) BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, value, yes, no)
#define IF_ANY_BIT(bits, yes, no) BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, bits, yes, no)
#define RETURN(action) BPF_STMT(BPF_RET | BPF_K, action)
#define ALLOW RETURN(SECCOMP_RET_ALLOW)
#define DENY RETURN(SECCOMP_RET_ERRNO | EPERM)
#define ALLOW_CALL(name) IF_EQUAL(SYS_##name, 0, 1), ALLOW

static const struct sock_filter filter[] = {
	LOAD(arch),
	IF_EQUAL(OWN_ARCH, 1, 0),
	RETURN(SECCOMP_RET_KILL_PROCESS),
	LOAD(nr),
	IF_ABOVE(0x40000000, 0, 1),
	RETURN(SECCOMP_RET_KILL_PROCESS),

	// The most frequent first.
	ALLOW_CALL(read),
	ALLOW_CALL(write),
	ALLOW_CALL(epoll_pwait),
	ALLOW_CALL(clock_gettime),
	ALLOW_CALL(splice),
	ALLOW_CALL(sendto),
	ALLOW_CALL(recvfrom),
	ALLOW_CALL(sendmsg),
	ALLOW_CALL(recvmsg),
	ALLOW_CALL(epoll_ctl),
	ALLOW_CALL(madvise),
	ALLOW_CALL(close),
	ALLOW_CALL(accept4),
	ALLOW_CALL(connect),
	ALLOW_CALL(shutdown),
	ALLOW_CALL(setsockopt),
	ALLOW_CALL(getsockopt),
	ALLOW_CALL(pipe2),
	ALLOW_CALL(munmap),
	ALLOW_CALL(openat),
	ALLOW_CALL(renameat2),
	ALLOW_CALL(unlinkat),
	ALLOW_CALL(ftruncate),
	ALLOW_CALL(flock),
	ALLOW_CALL(lseek),
	ALLOW_CALL(pread64),
	ALLOW_CALL(wait4),
	ALLOW_CALL(pidfd_send_signal),
	ALLOW_CALL(restart_syscall),
	ALLOW_CALL(exit_group),
	// Once, to let go of stdio.
	ALLOW_CALL(dup3),

	// Memory, but never executable.
	IF_EQUAL(SYS_mmap, 0, 4),
	LOAD_ARGUMENT(2),
	IF_ANY_BIT(PROT_EXEC, 0, 1),
	DENY,
	ALLOW,

	// Sockets of the proxy and the resolver only.
	IF_EQUAL(SYS_socket, 0, 5),
	LOAD_ARGUMENT(0),
	IF_EQUAL(AF_INET, 1, 0),
	IF_EQUAL(AF_INET6, 0, 1),
	ALLOW,
	DENY,

	// The size of a pipe only.
	IF_EQUAL(SYS_fcntl, 0, 4),
	LOAD_ARGUMENT(1),
	IF_EQUAL(F_SETPIPE_SZ, 0, 1),
	ALLOW,
	DENY,

	// The terminal's size only: TIOCSTI and the like would type into it.
	IF_EQUAL(SYS_ioctl, 0, 3),
	LOAD_ARGUMENT(1),
	IF_EQUAL(TIOCSWINSZ, 0, 1),
	ALLOW,
	DENY,
};

int seccomp_install(struct fault *fault)
{
#if HOSTED
	// A sanitizer's runtime makes calls of its own.
	(void)filter;
	(void)fault;
	return 0;
#else
	struct sock_fprog program = { .len = sizeof filter / sizeof *filter, .filter = (struct sock_filter *)filter };
	long code = sys_prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, (unsigned long)&program);
	return code < 0 ? fault_set(fault, code, "install the seccomp filter") : 0;
#endif
}
