// cgroups on their way out.
#include "spawn/removal.h"

#include <stdlib.h>
#include <string.h>

#include "common/json.h"
#include "spawn/cgroup.h"

static struct removal *make(size_t count)
{
	struct removal *removal = calloc(1, sizeof *removal);
	if (!removal)
		return NULL;
	removal->paths = calloc(count + 1, sizeof *removal->paths);
	if (!removal->paths) {
		free(removal);
		return NULL;
	}
	return removal;
}

static bool add(struct removal *removal, const char *path)
{
	char *copy = strdup(path);
	if (copy)
		removal->paths[removal->count++] = copy;
	return copy;
}

struct removal *removal_of_request(const json_t *request, struct error *err)
{
	const json_t *paths;
	if (json_read_array(request, "paths", JSON_REQUIRED, &paths, err) < 0)
		return NULL;
	struct removal *removal = make(json_array_size(paths));
	if (!removal) {
		error_set(err, ENOMEM, "cgroup", "no memory");
		return NULL;
	}
	for (size_t i = 0; i < json_array_size(paths); i++) {
		const char *path = json_string_value(json_array_get(paths, i));
		if (!path || path[0] != '/' || !add(removal, path)) {
			error_set(err, EINVAL, "cgroup", "\"paths\" has an item that is not an absolute path");
			removal_free(removal);
			return NULL;
		}
	}
	return removal;
}

struct removal *removal_of_path(const char *path)
{
	struct removal *removal = make(1);
	if (removal && !add(removal, path)) {
		removal_free(removal);
		return NULL;
	}
	return removal;
}

int removal_try(struct removal *removal, int64_t now_ms, struct error *err)
{
	size_t left = 0;
	int failure = 0;
	for (size_t i = 0; i < removal->count; i++) {
		if (cgroup_remove(removal->paths[i]) == 0) {
			free(removal->paths[i]);
			continue;
		}
		if (!failure || failure == EBUSY)
			failure = errno;
		removal->paths[left++] = removal->paths[i];
	}
	removal->count = left;
	if (left == 0)
		return 1;
	if ((failure == EBUSY || failure == ENOTEMPTY) && now_ms < removal->deadline_ms)
		return 0;
	errno = failure;
	return error_errno(err, "cgroup", "remove \"%s\"", removal->paths[0]);
}

void removal_forget(struct removal *removal, const char *path)
{
	size_t left = 0;
	for (size_t i = 0; i < removal->count; i++) {
		if (strcmp(removal->paths[i], path) == 0)
			free(removal->paths[i]);
		else
			removal->paths[left++] = removal->paths[i];
	}
	removal->count = left;
}

void removal_free(struct removal *removal)
{
	for (size_t i = 0; i < removal->count; i++)
		free(removal->paths[i]);
	free(removal->paths);
	free(removal);
}
