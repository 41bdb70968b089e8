// Names on stdin.
#include "worker/names.h"

#include <limits.h>
#include <unistd.h>

int names_check(const char *name, struct error *err)
{
	if (*name == '\0' || strchr(name, '/') || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return error_set(err, EINVAL, "name", "\"%s\" is no direct child", name);
	return 0;
}

int names_read(void (*each)(int root, const char *name), int root, struct error *err)
{
	char input[4096];
	char name[NAME_MAX + 1];
	size_t length = 0;
	for (;;) {
		ssize_t n = read(STDIN_FILENO, input, sizeof input);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(err, "read", "read names");
		if (n == 0)
			break;
		for (ssize_t i = 0; i < n; i++) {
			if (length == sizeof name)
				return error_set(err, ENAMETOOLONG, "name", "a name is longer than %d bytes", NAME_MAX);
			name[length++] = input[i];
			if (input[i] == '\0') {
				each(root, name);
				length = 0;
			}
		}
	}
	return length > 0 ? error_set(err, EINVAL, "name", "the last name has no end") : 0;
}
