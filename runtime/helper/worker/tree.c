// Removes whole trees.
//
// The directories on the way down are held open, at most DEPTH_MAX of them. A deeper one is first moved up into the tree's top
// under a name of ours and is met there again: so depth costs neither stack nor descriptors.
#include "worker/tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define DEPTH_MAX 64
/** A directory that others keep filling is given up after so many rounds. */
#define ROUNDS_MAX 100

struct level {
	DIR *dir;
	unsigned rounds;
	char name[NAME_MAX + 1];
};

struct walk {
	struct level levels[DEPTH_MAX];
	int depth;
	unsigned long moved;
};

static int level_fd(const struct walk *walk, int level)
{
	return dirfd(walk->levels[level].dir);
}

/** Opens the directory `name` in `parent` as the next level. */
static int descend(struct walk *walk, int parent, const char *name, struct error *err)
{
	struct open_how how = {
		.flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV,
	};
	int fd = (int)syscall(SYS_openat2, parent, name, &how, sizeof how);
	if (fd < 0)
		return error_errno(err, "open", "open \"%s\"", name);
	struct level *level = &walk->levels[walk->depth];
	level->dir = fdopendir(fd);
	if (!level->dir) {
		close(fd);
		return error_errno(err, "open", "read \"%s\"", name);
	}
	level->rounds = 0;
	snprintf(level->name, sizeof level->name, "%s", name);
	walk->depth++;
	return 0;
}

/** Moves a directory that is too deep into the tree's top. */
static int lift(struct walk *walk, int parent, const char *name, struct error *err)
{
	char place[64];
	for (int tries = 0; tries < 1000; tries++) {
		snprintf(place, sizeof place, ".berth-removed-%lu", walk->moved++);
		if (renameat2(parent, name, level_fd(walk, 0), place, RENAME_NOREPLACE) == 0)
			return 0;
		if (errno != EEXIST)
			break;
	}
	return error_errno(err, "rename", "move \"%s\" up to remove it", name);
}

static int remove_entry(struct walk *walk, const struct dirent *entry, struct error *err)
{
	int fd = level_fd(walk, walk->depth - 1);
	if (entry->d_type != DT_DIR) {
		if (unlinkat(fd, entry->d_name, 0) == 0 || errno == ENOENT)
			return 0;
		if (errno != EISDIR)
			return error_errno(err, "unlink", "remove \"%s\"", entry->d_name);
	}
	if (unlinkat(fd, entry->d_name, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return 0;
	if (errno != ENOTEMPTY && errno != EEXIST)
		return error_errno(err, "rmdir", "remove \"%s\"", entry->d_name);
	if (walk->depth == DEPTH_MAX)
		return lift(walk, fd, entry->d_name, err);
	return descend(walk, fd, entry->d_name, err);
}

/** Leaves the deepest level, whose directory was read to its end. */
static int ascend(struct walk *walk, int parent, struct error *err)
{
	struct level *level = &walk->levels[walk->depth - 1];
	int above = walk->depth > 1 ? level_fd(walk, walk->depth - 2) : parent;
	if (unlinkat(above, level->name, AT_REMOVEDIR) < 0 && errno != ENOENT) {
		// Entries that were lifted into it, or came while it was read.
		if ((errno == ENOTEMPTY || errno == EEXIST) && level->rounds++ < ROUNDS_MAX + walk->moved) {
			rewinddir(level->dir);
			return 0;
		}
		return error_errno(err, "rmdir", "remove \"%s\"", level->name);
	}
	closedir(level->dir);
	walk->depth--;
	return 0;
}

int tree_remove(int parent, const char *name, struct error *err)
{
	if (unlinkat(parent, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR)
		return error_errno(err, "unlink", "remove \"%s\"", name);
	if (unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return 0;
	if (errno != ENOTEMPTY && errno != EEXIST)
		return error_errno(err, "rmdir", "remove \"%s\"", name);

	struct walk walk = { .depth = 0 };
	int result = descend(&walk, parent, name, err);
	while (result == 0 && walk.depth > 0) {
		errno = 0;
		struct dirent *entry = readdir(walk.levels[walk.depth - 1].dir);
		if (!entry)
			result = errno ? error_errno(err, "read", "read \"%s\"", walk.levels[walk.depth - 1].name)
				       : ascend(&walk, parent, err);
		else if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			result = remove_entry(&walk, entry, err);
	}
	while (walk.depth > 0)
		closedir(walk.levels[--walk.depth].dir);
	return result;
}
