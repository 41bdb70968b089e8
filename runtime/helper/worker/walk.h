// Walks a tree in the order of its names, so that two walks of the same tree tell the same. What vanishes meanwhile is passed over;
// no link is followed. It holds one descriptor, whatever the depth; what is deeper than a path can say is a failure.
#pragma once

#include <sys/stat.h>

#include "common/error.h"

struct walk_entry {
	/** Relative to the tree's root, without a slash at either end. */
	const char *path;
	/** The directory it lies in, open for reading, and its name there. */
	int parent;
	const char *name;
	/** Of the entry itself, not of what it links to. */
	struct stat status;
};

enum walk_next {
	WALK_FAIL = -1,
	WALK_ON = 0,
	/** Do not go down into this directory. */
	WALK_PAST = 1,
};

typedef enum walk_next (*walk_visit)(void *context, const struct walk_entry *entry, struct error *err);

/** Visits all that lies below the directory `path` ("": the root itself), each directory before what is in it. */
int walk_tree(int root, const char *path, walk_visit visit, void *context, struct error *err);

/** Opens the directory `path` below `root`, no component of which may be a link. -1 with errno. */
int walk_open(int root, const char *path);

/** The names in an open directory, sorted by their bytes, without `.` and `..`. Release them with walk_names_free(). */
struct walk_names {
	char **items;
	size_t count;
	size_t capacity;
};
int walk_names_read(int directory, struct walk_names *names, struct error *err);
void walk_names_free(struct walk_names *names);
