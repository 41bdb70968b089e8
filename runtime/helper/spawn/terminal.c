// The pseudo-terminal of a container's process.
#include "spawn/terminal.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "spawn/in-root.h"

#define STEP "terminal"

int terminal_open(int root, uint16_t rows, uint16_t columns, int *master, int *slave, struct error *err)
{
	// The container may have put anything there: what was opened must be the multiplexer of a devpts.
	cleanup_close int multiplexer =
		in_root_open(root, "/dev/pts/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK, RESOLVE_NO_SYMLINKS);
	struct stat status;
	struct statfs file_system;
	if (multiplexer < 0 || fstat(multiplexer, &status) < 0 || fstatfs(multiplexer, &file_system) < 0)
		return error_errno(err, STEP, "open /dev/pts/ptmx in the container");
	if (!S_ISCHR(status.st_mode) || status.st_rdev != makedev(5, 2) ||
	    file_system.f_type != DEVPTS_SUPER_MAGIC)
		return error_set(err, ENODEV, STEP, "/dev/pts/ptmx in the container is not a pty multiplexer");

	int unlock = 0;
	struct winsize size = { .ws_row = rows, .ws_col = columns };
	if (ioctl(multiplexer, TIOCSPTLCK, &unlock) < 0)
		return error_errno(err, STEP, "unlock the pty");
	cleanup_close int end = ioctl(multiplexer, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (end < 0)
		return error_errno(err, STEP, "open the pty's slave");
	if (ioctl(end, TIOCSWINSZ, &size) < 0)
		return error_errno(err, STEP, "set the pty's size");
	*master = steal_fd(&multiplexer);
	*slave = steal_fd(&end);
	return 0;
}

int terminal_bind_console(int root, int slave, struct error *err)
{
	cleanup_close int console = in_root_make(root, "/dev/console", IN_ROOT_FILE, STEP, err);
	if (console < 0)
		return -1;
	cleanup_close int tree = open_tree(slave, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
	if (tree < 0 || move_mount(tree, "", console, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0)
		return error_errno(err, STEP, "bind the pty on /dev/console");
	return 0;
}

int terminal_adopt(int slave, struct error *err)
{
	if (ioctl(slave, TIOCSCTTY, 0) < 0)
		return error_errno(err, STEP, "make the pty the controlling terminal");
	for (int fd = 0; fd < 3; fd++)
		if (dup2(slave, fd) < 0)
			return error_errno(err, STEP, "dup2");
	return 0;
}
