// The device nodes of a container.
#include "spawn/devices.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "spawn/in-root.h"

#define STEP "device"

static int make_node(const struct device_spec *device, int root, struct error *err)
{
	const char *name;
	cleanup_close int folder = in_root_parent(root, device->path, &name, STEP, err);
	if (folder < 0)
		return -1;
	if (mknodat(folder, name, device->mode, device->number) < 0) {
		if (errno == EEXIST)
			return 0;
		return error_errno(err, STEP, "make the device \"%s\"", device->path);
	}
	if ((device->uid || device->gid) && fchownat(folder, name, device->uid, device->gid, AT_SYMLINK_NOFOLLOW) < 0)
		return error_errno(err, STEP, "change the owner of \"%s\"", device->path);
	return 0;
}

int devices_make(const struct request *request, int root, struct error *err)
{
	static const struct {
		const char *name;
		const char *target;
	} links[] = {
		{ "fd", "/proc/self/fd" },	 { "stdin", "/proc/self/fd/0" }, { "stdout", "/proc/self/fd/1" },
		{ "stderr", "/proc/self/fd/2" }, { "ptmx", "pts/ptmx" },	 { "core", "/proc/kcore" },
	};
	bool has_own_dev = false;
	for (size_t i = 0; i < request->mount_count; i++)
		if (strcmp(request->mounts[i].destination, "/dev") == 0)
			has_own_dev = !request->mounts[i].options.bind;
	if (!has_own_dev)
		return 0;
	for (size_t i = 0; i < request->device_count; i++)
		if (make_node(&request->devices[i], root, err) < 0)
			return -1;
	cleanup_close int dev = in_root_open(root, "/dev", O_PATH | O_DIRECTORY, 0);
	if (dev < 0)
		return error_errno(err, STEP, "open /dev");
	for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
		// As runc: a kernel without /proc/kcore gets no link to it.
		if (strcmp(links[i].name, "core") == 0 && access(links[i].target, F_OK) < 0)
			continue;
		if (symlinkat(links[i].target, dev, links[i].name) < 0 && errno != EEXIST)
			return error_errno(err, STEP, "link /dev/%s", links[i].name);
	}
	return 0;
}
