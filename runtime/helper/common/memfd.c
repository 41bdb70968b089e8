// A program copied into sealed memory.
#include "common/memfd.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#include "common/cleanup.h"

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U // Linux 6.3: without it vm.memfd_noexec decides
#endif

int memfd_of_program(const char *path, const char *name, struct error *err)
{
	cleanup_close int in = open(path, O_RDONLY | O_CLOEXEC);
	struct stat status;
	if (in < 0 || fstat(in, &status) < 0)
		return error_errno(err, "program", "open \"%s\"", path);

	cleanup_close int out = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);
	if (out < 0 && errno == EINVAL)
		out = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (out < 0)
		return error_errno(err, "program", "memfd_create \"%s\"", name);
	for (off_t left = status.st_size; left > 0;) {
		ssize_t n = sendfile(out, in, NULL, (size_t)left);
		if (n == 0)
			errno = EIO;
		if (n <= 0)
			return error_errno(err, "program", "copy \"%s\"", path);
		left -= n;
	}
	if (fchmod(out, 0555) < 0 ||
	    fcntl(out, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) < 0)
		return error_errno(err, "program", "seal \"%s\"", name);
	return steal_fd(&out);
}
