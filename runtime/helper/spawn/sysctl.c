// The kernel settings of a container.
#include "spawn/sysctl.h"

#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "spawn/file.h"

#define STEP "sysctl"

/** The namespace a setting belongs to, or 0. `path` has slashes. */
static uint64_t namespace_of(const char *path)
{
	static const char *const of_ipc[] = {
		"kernel/msgmax", "kernel/msgmnb", "kernel/msgmni",	  "kernel/sem",	     "kernel/shmall",
		"kernel/shmmax", "kernel/shmmni", "kernel/shm_rmid_forced", "kernel/auto_msgmni",
	};
	if (strncmp(path, "net/", 4) == 0)
		return CLONE_NEWNET;
	if (strncmp(path, "fs/mqueue/", 10) == 0)
		return CLONE_NEWIPC;
	for (size_t i = 0; i < sizeof of_ipc / sizeof *of_ipc; i++)
		if (strcmp(path, of_ipc[i]) == 0)
			return CLONE_NEWIPC;
	if (strcmp(path, "kernel/hostname") == 0 || strcmp(path, "kernel/domainname") == 0)
		return CLONE_NEWUTS;
	return 0;
}

/** As sysctl(8): the first separator decides; with dots, dots and slashes change places ("net.x.eth0/100.y"). */
static int path_of(const char *key, char path[static PATH_MAX])
{
	if (snprintf(path, PATH_MAX, "%s", key) >= PATH_MAX || path[0] == '/')
		return -1;
	char separator = key[strcspn(key, "./")];
	if (separator == '.')
		for (char *c = path; *c; c++)
			*c = *c == '.' ? '/' : *c == '/' ? '.' : *c;
	for (const char *part = path; part; part = strchr(part, '/') ? strchr(part, '/') + 1 : NULL) {
		size_t length = strcspn(part, "/");
		if (length == 0 || (length <= 2 && strspn(part, ".") >= length))
			return -1;
	}
	return 0;
}

int sysctl_check(const struct request *request, struct error *err)
{
	for (size_t i = 0; i < request->sysctl_count; i++) {
		const char *key = request->sysctls[i].key;
		char path[PATH_MAX];
		if (path_of(key, path) < 0)
			return error_set(err, EINVAL, STEP, "sysctl \"%s\" is not a name of a setting", key);
		uint64_t flag = namespace_of(path);
		// A joined namespace counts too: it belongs to another container, never to the host.
		if (!flag || !request_namespace(request, flag))
			return error_set(err, EINVAL, STEP, "sysctl \"%s\" is not in a separate kernel namespace", key);
	}
	return 0;
}

int sysctl_write(const struct request *request, int folder, struct error *err)
{
	for (size_t i = 0; i < request->sysctl_count; i++) {
		char path[PATH_MAX];
		if (path_of(request->sysctls[i].key, path) < 0)
			return error_set(err, EINVAL, STEP, "sysctl \"%s\"", request->sysctls[i].key);
		if (file_write(folder, path, request->sysctls[i].value) < 0)
			return error_errno(err, STEP, "write sysctl \"%s\"", request->sysctls[i].key);
	}
	return 0;
}
