// Finding the program that a container is to run.
#include "spawn/program.h"

#include <ctype.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define STEP "exec"

/** Go's words for an errno, which Docker's messages are made of: strerror's, beginning small. */
static const char *words_for(int code, char buffer[static 128])
{
	snprintf(buffer, 128, "%s", strerror(code));
	buffer[0] = (char)tolower((unsigned char)buffer[0]);
	return buffer;
}

int program_failed(const char *path, int code, struct error *err)
{
	char words[128];
	return error_set(err, code, STEP, "exec %s: %s", path, words_for(code, words));
}

/** 0, or the errno for which this file cannot be run; `*in_stat` tells whether it was not even found. */
static int check(const char *path, int *in_stat)
{
	struct stat status;
	*in_stat = 0;
	if (stat(path, &status) < 0) {
		*in_stat = 1;
		return errno;
	}
	if (S_ISDIR(status.st_mode))
		return EISDIR;
	if (faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) < 0 && errno != ENOSYS && errno != EPERM)
		return errno;
	// root may be allowed to do anything, but a file without any x bit is no program
	return status.st_mode & 0111 ? 0 : EACCES;
}

int program_find(const char *name, const char *const *env, char found[static PATH_MAX], struct error *err)
{
	char words[128];
	int in_stat;
	if (strchr(name, '/')) {
		int code = check(name, &in_stat);
		if (code && in_stat)
			return error_set(err, code, STEP, "exec: \"%s\": stat %s: %s", name, name,
					 words_for(code, words));
		if (code)
			return error_set(err, code, STEP, "exec: \"%s\": %s", name, words_for(code, words));
		if (snprintf(found, PATH_MAX, "%s", name) >= PATH_MAX)
			return error_set(err, ENAMETOOLONG, STEP, "exec: \"%s\": %s", name,
					 words_for(ENAMETOOLONG, words));
		return 0;
	}
	const char *path = "";
	for (; *env; env++)
		if (strncmp(*env, "PATH=", 5) == 0)
			path = *env + 5;
	for (const char *start = path; *name && *path;) {
		size_t length = strcspn(start, ":");
		int written = length ? snprintf(found, PATH_MAX, "%.*s/%s", (int)length, start, name) :
				       snprintf(found, PATH_MAX, "./%s", name);
		if (written < PATH_MAX && check(found, &in_stat) == 0)
			return 0;
		if (!start[length])
			break;
		start += length + 1;
	}
	return error_set(err, ENOENT, STEP, "exec: \"%s\": executable file not found in $PATH", name);
}
