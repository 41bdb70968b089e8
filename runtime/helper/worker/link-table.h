// Which files with more than one name an archive has already, and under which name.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/error.h"

struct link_entry {
	dev_t device;
	ino_t inode;
	char *path;
};

struct link_table {
	struct link_entry *entries;
	size_t count;
	/** A power of two, or 0. */
	size_t capacity;
};

/** The path under which this file was added, or NULL. */
const char *link_table_find(const struct link_table *table, dev_t device, ino_t inode);

/** Adds a file that is not in the table; the path is copied. */
int link_table_add(struct link_table *table, dev_t device, ino_t inode, const char *path, struct error *err);

void link_table_free(struct link_table *table);
