// A seccomp filter that was compiled beforehand.
#include "spawn/seccomp.h"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/cleanup.h"

int seccomp_read(const char *path, struct seccomp_filter *filter, struct error *err)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat status;
	if (fd < 0 || fstat(fd, &status) < 0)
		return error_errno(err, "seccomp", "open \"%s\"", path);
	if (status.st_size <= 0 || (size_t)status.st_size > sizeof filter->instructions ||
	    (size_t)status.st_size % sizeof *filter->instructions != 0)
		return error_set(err, EINVAL, "seccomp", "\"%s\" is not a compiled filter", path);
	if (read(fd, filter->instructions, (size_t)status.st_size) != status.st_size)
		return error_errno(err, "seccomp", "read \"%s\"", path);
	filter->count = (size_t)status.st_size / sizeof *filter->instructions;
	return 0;
}

int seccomp_load(const struct seccomp_filter *filter, struct error *err)
{
	struct sock_fprog program = {
		.len = (unsigned short)filter->count,
		.filter = (struct sock_filter *)filter->instructions,
	};
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0)
		return error_errno(err, "seccomp", "load the filter");
	return 0;
}
