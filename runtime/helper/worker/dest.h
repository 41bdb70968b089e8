// The folder that an archive is written into. Every path is resolved by the kernel inside it (openat2, RESOLVE_IN_ROOT), and the
// parent directory of the last entry stays open, because archives name a directory's entries one after another.
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "common/error.h"

/** A directory whose time is set at the end, because writing into it changes it. */
struct dest_time {
	char *path;
	struct timespec mtime;
};

struct dest {
	int root;
	/** openat2's resolve flags for parents. */
	uint64_t resolve;
	/** Whether a whiteout in the place of a parent becomes an opaque directory. */
	bool overlay;
	/** Of parents that no entry tells of. */
	mode_t parent_mode;
	char parent[PATH_MAX];
	int parent_fd;
	/** What is made in the open parent gets the parent's group (set-group-ID), whoever makes it. */
	bool parent_gives_group;
	struct dest_time *times;
	size_t time_count;
	size_t time_capacity;
};

/** Takes over `root`. */
void dest_open(struct dest *dest, int root, uint64_t resolve, bool overlay);
void dest_close(struct dest *dest);

/**
 * The directory in which the entry `path` (normalised, not "") lies, made with its own parents where it is missing.
 * The descriptor belongs to `dest` and is valid until the next call.
 */
int dest_parent(struct dest *dest, const char *path, struct error *err);

/** Closes the open parent: its properties changed. */
void dest_forget_parent(struct dest *dest);

/** As dest_parent(), but a directory that is missing is a failure. */
int dest_existing_parent(struct dest *dest, const char *path, struct error *err);

/** Removes whatever lies at `leaf` in `parent`, which came from dest_parent(). */
int dest_clear(struct dest *dest, int parent, const char *leaf, struct error *err);

/** Marks an open directory so that overlayfs shows nothing of it from below. */
int dest_make_opaque(int directory, struct error *err);

/** Whether this is a whiteout: a character device 0:0. */
bool dest_is_whiteout(int parent, const char *leaf);

/** Remembers a directory's time for dest_set_times(). */
int dest_remember_time(struct dest *dest, const char *path, struct timespec mtime, struct error *err);
int dest_set_times(struct dest *dest, struct error *err);
