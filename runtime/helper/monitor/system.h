// The system calls the monitor makes, without a C library: a static libc costs 0.6 MB of resident memory per
// container, this costs nothing. Every wrapper returns what the kernel does: a result, or a negative errno.
// The constants and structures come from the libc headers; none of its functions is linked.
// A sanitizer build (HOSTED) goes through libc's syscall() instead, because ASan needs its runtime.
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>

#if defined(__SANITIZE_ADDRESS__) || defined(MONITOR_HOSTED)
#define HOSTED 1
#else
#define HOSTED 0
#endif

#if HOSTED
long syscall(long number, ...);
static inline long sys_call(long number, long a, long b, long c, long d, long e, long f)
{
	long result = syscall(number, a, b, c, d, e, f);
	return result < 0 ? -errno : result;
}
#elif defined(__x86_64__)
static inline long sys_call(long number, long a, long b, long c, long d, long e, long f)
{
	long result;
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}
#elif defined(__aarch64__)
static inline long sys_call(long number, long a, long b, long c, long d, long e, long f)
{
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;
	__asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
	return x0;
}
#else
#error "the monitor knows the system calls of x86_64 and aarch64"
#endif

static inline ssize_t sys_read(int fd, void *buffer, size_t size)
{
	return sys_call(SYS_read, fd, (long)buffer, (long)size, 0, 0, 0);
}

static inline ssize_t sys_pread(int fd, void *buffer, size_t size, off_t offset)
{
	return sys_call(SYS_pread64, fd, (long)buffer, (long)size, offset, 0, 0);
}

static inline ssize_t sys_write(int fd, const void *bytes, size_t size)
{
	return sys_call(SYS_write, fd, (long)bytes, (long)size, 0, 0, 0);
}

static inline int sys_close(int fd)
{
	return (int)sys_call(SYS_close, fd, 0, 0, 0, 0, 0);
}

static inline int sys_close_range(unsigned first, unsigned last)
{
	return (int)sys_call(SYS_close_range, first, last, 0, 0, 0, 0);
}

static inline int sys_openat(int dir, const char *path, int flags, mode_t mode)
{
	return (int)sys_call(SYS_openat, dir, (long)path, flags, mode, 0, 0);
}

static inline int sys_renameat(int from_dir, const char *from, int to_dir, const char *to)
{
	return (int)sys_call(SYS_renameat2, from_dir, (long)from, to_dir, (long)to, 0, 0);
}

static inline int sys_unlinkat(int dir, const char *path)
{
	return (int)sys_call(SYS_unlinkat, dir, (long)path, 0, 0, 0, 0);
}

static inline int sys_flock(int fd, int operation)
{
	return (int)sys_call(SYS_flock, fd, operation, 0, 0, 0, 0);
}

static inline int sys_ftruncate(int fd, off_t size)
{
	return (int)sys_call(SYS_ftruncate, fd, size, 0, 0, 0, 0);
}

/** The size of an open file in bytes: its end, which lseek() tells without moving an O_APPEND writer. */
static inline off_t sys_file_size(int fd)
{
	return sys_call(SYS_lseek, fd, 0, 2 /* SEEK_END */, 0, 0, 0);
}

static inline int sys_fcntl(int fd, int command, long argument)
{
	return (int)sys_call(SYS_fcntl, fd, command, argument, 0, 0, 0);
}

static inline int sys_ioctl(int fd, unsigned long request, const void *argument)
{
	return (int)sys_call(SYS_ioctl, fd, (long)request, (long)argument, 0, 0, 0);
}

static inline int sys_dup3(int from, int to, int flags)
{
	return (int)sys_call(SYS_dup3, from, to, flags, 0, 0, 0);
}

static inline int sys_pipe2(int ends[2], int flags)
{
	return (int)sys_call(SYS_pipe2, (long)ends, flags, 0, 0, 0, 0);
}

static inline int sys_eventfd(void)
{
	return (int)sys_call(SYS_eventfd2, 0, O_CLOEXEC | O_NONBLOCK, 0, 0, 0, 0);
}

static inline ssize_t sys_splice(int from, int to, size_t size, unsigned flags)
{
	return sys_call(SYS_splice, from, 0, to, 0, (long)size, flags);
}

static inline int sys_socket(int family, int type, int protocol)
{
	return (int)sys_call(SYS_socket, family, type, protocol, 0, 0, 0);
}

static inline int sys_connect(int fd, const void *address, socklen_t size)
{
	return (int)sys_call(SYS_connect, fd, (long)address, size, 0, 0, 0);
}

static inline int sys_accept4(int fd, int flags)
{
	return (int)sys_call(SYS_accept4, fd, 0, 0, flags, 0, 0);
}

static inline ssize_t sys_sendmsg(int fd, const struct msghdr *message, int flags)
{
	return sys_call(SYS_sendmsg, fd, (long)message, flags, 0, 0, 0);
}

static inline ssize_t sys_recvmsg(int fd, struct msghdr *message, int flags)
{
	return sys_call(SYS_recvmsg, fd, (long)message, flags, 0, 0, 0);
}

static inline int sys_shutdown(int fd, int how)
{
	return (int)sys_call(SYS_shutdown, fd, how, 0, 0, 0, 0);
}

static inline int sys_setsockopt(int fd, int level, int option, const void *value, socklen_t size)
{
	return (int)sys_call(SYS_setsockopt, fd, level, option, (long)value, size, 0);
}

static inline int sys_getsockopt(int fd, int level, int option, void *value, socklen_t *size)
{
	return (int)sys_call(SYS_getsockopt, fd, level, option, (long)value, (long)size, 0);
}

static inline int sys_epoll_create(void)
{
	return (int)sys_call(SYS_epoll_create1, EPOLL_CLOEXEC, 0, 0, 0, 0, 0);
}

static inline int sys_epoll_ctl(int epoll, int operation, int fd, struct epoll_event *event)
{
	return (int)sys_call(SYS_epoll_ctl, epoll, operation, fd, (long)event, 0, 0);
}

static inline int sys_epoll_wait(int epoll, struct epoll_event *events, int max, int timeout_ms)
{
	return (int)sys_call(SYS_epoll_pwait, epoll, (long)events, max, timeout_ms, 0, 0);
}

/** Anonymous private memory, zeroed, or NULL; pages are taken only when they are written. */
static inline void *sys_map(size_t size)
{
	long result = sys_call(SYS_mmap, 0, (long)size, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	return result < 0 && result > -4096 ? NULL : (void *)result;
}

/** The same, shared with processes that are forked. */
static inline void *sys_map_shared(size_t size)
{
	long result = sys_call(SYS_mmap, 0, (long)size, PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	return result < 0 && result > -4096 ? NULL : (void *)result;
}

/** As fork(): 0 in the child. */
static inline pid_t sys_fork(void)
{
	return (pid_t)sys_call(SYS_clone, SIGCHLD, 0, 0, 0, 0, 0);
}

static inline void sys_unmap(void *start, size_t size)
{
	sys_call(SYS_munmap, (long)start, (long)size, 0, 0, 0, 0);
}

/** Gives the whole pages within [start, start + size) back to the kernel; they read as zeros afterwards. */
static inline void sys_release(void *start, size_t size)
{
	uintptr_t first = ((uintptr_t)start + 4095) & ~(uintptr_t)4095;
	uintptr_t last = ((uintptr_t)start + size) & ~(uintptr_t)4095;
	if (last > first)
		sys_call(SYS_madvise, (long)first, (long)(last - first), MADV_DONTNEED, 0, 0, 0);
}

static inline pid_t sys_getpid(void)
{
	return (pid_t)sys_call(SYS_getpid, 0, 0, 0, 0, 0, 0);
}

static inline pid_t sys_wait(pid_t pid, int *status, int options)
{
	return (pid_t)sys_call(SYS_wait4, pid, (long)status, options, 0, 0, 0);
}

static inline int sys_pidfd_signal(int pidfd, int signal)
{
	return (int)sys_call(SYS_pidfd_send_signal, pidfd, signal, 0, 0, 0, 0);
}

static inline int sys_prctl(int option, unsigned long a, unsigned long b)
{
	return (int)sys_call(SYS_prctl, option, (long)a, (long)b, 0, 0, 0);
}

static inline void sys_clock(clockid_t clock, struct timespec *now)
{
	sys_call(SYS_clock_gettime, clock, (long)now, 0, 0, 0, 0);
}

__attribute__((noreturn)) static inline void sys_exit(int status)
{
	for (;;)
		sys_call(SYS_exit_group, status, 0, 0, 0, 0, 0);
}
