// Walks a tree in the order of its names.
#include "worker/walk.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/cleanup.h"

struct walk {
	int root;
	char path[PATH_MAX];
	walk_visit visit;
	void *context;
};

int walk_open(int root, const char *path)
{
	struct open_how how = {
		.flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};
	// EAGAIN: something was renamed meanwhile.
	for (int tries = 0;; tries++) {
		int fd = (int)syscall(SYS_openat2, root, *path ? path : ".", &how, sizeof how);
		if (fd >= 0 || errno != EAGAIN || tries == 100)
			return fd;
	}
}

static bool has_vanished(int code)
{
	return code == ENOENT || code == ENOTDIR || code == ELOOP || code == ESTALE;
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int add_name(struct walk_names *names, const char *name, struct error *err)
{
	if (names->count == names->capacity) {
		size_t capacity = names->capacity ? names->capacity * 2 : 32;
		char **grown = realloc(names->items, capacity * sizeof *grown);
		if (!grown)
			return error_errno(err, "memory", "take memory for names");
		names->items = grown;
		names->capacity = capacity;
	}
	char *copy = strdup(name);
	if (!copy)
		return error_errno(err, "memory", "take memory for names");
	names->items[names->count++] = copy;
	return 0;
}

void walk_names_free(struct walk_names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->items[i]);
	free(names->items);
	*names = (struct walk_names){ 0 };
}

int walk_names_read(int directory, struct walk_names *names, struct error *err)
{
	*names = (struct walk_names){ 0 };
	int copy = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = copy < 0 ? NULL : fdopendir(copy);
	if (!stream) {
		if (copy >= 0)
			close(copy);
		return error_errno(err, "read", "read a directory");
	}
	int result = 0;
	struct dirent *entry;
	while (result == 0 && (errno = 0, entry = readdir(stream)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			result = add_name(names, entry->d_name, err);
	if (result == 0 && errno != 0)
		result = error_errno(err, "read", "read a directory");
	closedir(stream);
	if (result < 0)
		walk_names_free(names);
	else if (names->count > 1)
		qsort(names->items, names->count, sizeof *names->items, by_bytes);
	return result;
}

static int walk_directory(struct walk *walk, struct error *err);

/** Visits one name of the open directory `parent`; goes down into it. */
static int walk_name(struct walk *walk, int *parent, const char *name, struct error *err)
{
	size_t length = strlen(walk->path);
	struct walk_entry entry = { .path = walk->path, .parent = *parent };
	if (fstatat(*parent, name, &entry.status, AT_SYMLINK_NOFOLLOW) < 0)
		return has_vanished(errno) ? 0 : error_errno(err, "stat", "look at %.200s/%.200s", walk->path, name);
	int more = snprintf(walk->path + length, sizeof walk->path - length, "%s%s", length ? "/" : "", name);
	if ((size_t)more >= sizeof walk->path - length) {
		walk->path[length] = '\0';
		errno = ENAMETOOLONG;
		return error_errno(err, "path", "%.200s/...", walk->path);
	}
	entry.name = walk->path + length + (length ? 1 : 0);
	enum walk_next next = walk->visit(walk->context, &entry, err);
	int result = next == WALK_FAIL ? -1 : 0;
	if (next == WALK_ON && S_ISDIR(entry.status.st_mode)) {
		// Depth shall not cost descriptors.
		close(*parent);
		*parent = -1;
		result = walk_directory(walk, err);
	}
	walk->path[length] = '\0';
	return result;
}

static int walk_directory(struct walk *walk, struct error *err)
{
	cleanup_close int parent = walk_open(walk->root, walk->path);
	if (parent < 0)
		return has_vanished(errno) ? 0 : error_errno(err, "open", "open the directory %.200s", walk->path);
	struct walk_names names;
	int result = walk_names_read(parent, &names, err);
	for (size_t i = 0; result == 0 && i < names.count; i++) {
		if (parent < 0)
			parent = walk_open(walk->root, walk->path);
		if (parent < 0) {
			if (!has_vanished(errno))
				result = error_errno(err, "open", "open the directory %.200s", walk->path);
			break;
		}
		result = walk_name(walk, &parent, names.items[i], err);
	}
	walk_names_free(&names);
	return result;
}

int walk_tree(int root, const char *path, walk_visit visit, void *context, struct error *err)
{
	// Not static: a visitor may walk another tree meanwhile.
	struct walk walk = { .root = root, .visit = visit, .context = context };
	if (snprintf(walk.path, sizeof walk.path, "%s", path) >= (int)sizeof walk.path)
		return error_set(err, ENAMETOOLONG, "path", "%.200s...: the path is too long", path);
	return walk_directory(&walk, err);
}
