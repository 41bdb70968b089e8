// The init layer of a container.
//
// Written directly, not through an overlay with `init` as its upper: that would cost a second work directory and the
// wait for an unmount. So the parents of a stub are made here as the copies of the image's that overlayfs would make:
// the uppermost directory gives a merged one its owner, mode and attributes (its times change with the stub in it).
#include "spawn/init-layer.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "spawn/in-root.h"

#define STEP "overlay"
#define MAX_NAMES_BYTES 65536

static int copy_attributes(int from, int to, const char *path, struct error *err)
{
	cleanup_free char *names = NULL;
	ssize_t length = flistxattr(from, NULL, 0);
	if (length > 0 && length <= MAX_NAMES_BYTES) {
		names = malloc((size_t)length);
		length = names ? flistxattr(from, names, (size_t)length) : -1;
	}
	if (length < 0 && errno != ENOTSUP)
		return error_errno(err, STEP, "list the attributes of \"%s\"", path);
	for (const char *name = names; name && name < names + length; name += strlen(name) + 1) {
		char value[4096];
		ssize_t size = fgetxattr(from, name, value, sizeof value);
		if (size < 0 || fsetxattr(to, name, value, (size_t)size, 0) < 0)
			return error_errno(err, STEP, "copy the attribute %s of \"%s\"", name, path);
	}
	return 0;
}

/** Makes one directory as it is in the image, or a new one when it is not there. */
static int mirror_directory(int init, int view, const char *path, struct error *err)
{
	cleanup_close int model = in_root_open(view, path, O_RDONLY | O_DIRECTORY, RESOLVE_NO_SYMLINKS);
	if (model < 0 && errno != ENOENT)
		return error_errno(err, STEP, "open \"%s\" of the image", path);
	if (mkdirat(init, path, 0755) < 0)
		return errno == EEXIST ? 0 : error_errno(err, STEP, "make \"%s\"", path);
	if (model < 0)
		return 0;
	cleanup_close int copy = openat(init, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat status;
	if (copy < 0 || fstat(model, &status) < 0 || fchown(copy, status.st_uid, status.st_gid) < 0 ||
	    fchmod(copy, status.st_mode & 07777) < 0)
		return error_errno(err, STEP, "make \"%s\" as it is in the image", path);
	return copy_attributes(model, copy, path, err);
}

static int make_stub(int init, int view, const struct init_stub *stub, struct error *err)
{
	cleanup_close int there = in_root_open(view, stub->path, O_PATH | (stub->link ? O_NOFOLLOW : 0), 0);
	if (there >= 0)
		return 0;
	if (errno != ENOENT)
		return error_errno(err, STEP, "open \"%s\" of the image", stub->path);
	// Without links, so that below `init`, where those links are not, it is the same place.
	char path[PATH_MAX];
	if (in_root_resolve(view, stub->path, path, STEP, err) < 0)
		return -1;
	for (char *slash = strchr(path + 1, '/'); path[0] && slash; slash = strchr(slash + 1, '/')) {
		*slash = 0;
		int made = mirror_directory(init, view, path + 1, err);
		*slash = '/';
		if (made < 0)
			return -1;
	}
	if (stub->directory_mode)
		return path[0] && mkdirat(init, path + 1, stub->directory_mode) < 0 && errno != EEXIST ?
			       error_errno(err, STEP, "make \"%s\"", path) :
			       0;
	if (stub->link)
		return symlinkat(stub->link, init, path + 1) < 0 ? error_errno(err, STEP, "make \"%s\"", path) : 0;
	cleanup_close int file = openat(init, path + 1, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0755);
	return file < 0 ? error_errno(err, STEP, "make \"%s\"", path) : 0;
}

/** Whether something that is mounted before lies above it, so that its stub would never be seen. */
static bool is_covered(const struct init_stub *stubs, size_t index)
{
	const char *path = stubs[index].path;
	for (size_t i = 0; i < index; i++) {
		size_t length = strlen(stubs[i].path);
		if (length > 1 && strncmp(path, stubs[i].path, length) == 0 && path[length] == '/')
			return true;
	}
	return false;
}

int init_layer_fill(int init, int view, const struct init_stub *stubs, size_t count, struct error *err)
{
	// What Docker puts into every container: programs ask for the one, and find their mounts in the other.
	static const struct init_stub own[] = { { .path = "/.dockerenv" }, { .path = "/etc/mtab", .link = "/proc/mounts" } };
	for (size_t i = 0; i < count; i++)
		if (!is_covered(stubs, i) && make_stub(init, view, &stubs[i], err) < 0)
			return -1;
	for (size_t i = 0; i < sizeof own / sizeof *own; i++)
		if (make_stub(init, view, &own[i], err) < 0)
			return -1;
	return 0;
}
