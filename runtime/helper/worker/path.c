// Paths as archives say them.
#include "worker/path.h"

#include <string.h>

#include "worker/failure.h"

int path_normalise(const char *raw, char out[PATH_MAX], struct error *err)
{
	size_t length = 0;
	const char *at = raw;
	if (strlen(raw) >= PATH_MAX)
		return bad_archive(err, "a name is longer than %d bytes", PATH_MAX - 1);
	while (*at) {
		size_t n = strcspn(at, "/");
		if (n == 2 && at[0] == '.' && at[1] == '.') {
			if (length == 0)
				return bad_archive(err, "%.200s: the path leaves the archive's root", raw);
			while (length > 0 && out[length - 1] != '/')
				length--;
			if (length > 0)
				length--;
		} else if (n > 0 && !(n == 1 && at[0] == '.')) {
			if (length > 0)
				out[length++] = '/';
			memcpy(out + length, at, n);
			length += n;
		}
		at += n;
		at += strspn(at, "/");
	}
	out[length] = '\0';
	return 0;
}

const char *path_leaf(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

int path_join(const char *folder, const char *path, char out[PATH_MAX], struct error *err)
{
	int length = snprintf(out, PATH_MAX, "%s%s%s", folder, *folder && *path ? "/" : "", path);
	return length < PATH_MAX ? 0 : bad_archive(err, "a name is longer than %d bytes", PATH_MAX - 1);
}
