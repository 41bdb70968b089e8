// An open hash table.
#include "worker/link-table.h"

#include <stdlib.h>
#include <string.h>

static size_t place(const struct link_table *table, dev_t device, ino_t inode)
{
	uint64_t hash = ((uint64_t)inode ^ (uint64_t)device << 32) * 0x9e3779b97f4a7c15ull;
	size_t at = (size_t)(hash >> 20) & (table->capacity - 1);
	while (table->entries[at].path && (table->entries[at].inode != inode || table->entries[at].device != device))
		at = (at + 1) & (table->capacity - 1);
	return at;
}

const char *link_table_find(const struct link_table *table, dev_t device, ino_t inode)
{
	return table->capacity ? table->entries[place(table, device, inode)].path : NULL;
}

static int grow(struct link_table *table, struct error *err)
{
	struct link_table larger = { .capacity = table->capacity ? table->capacity * 2 : 64, .count = table->count };
	larger.entries = calloc(larger.capacity, sizeof *larger.entries);
	if (!larger.entries)
		return error_errno(err, "memory", "take memory for hard links");
	for (size_t i = 0; i < table->capacity; i++)
		if (table->entries[i].path)
			larger.entries[place(&larger, table->entries[i].device, table->entries[i].inode)] = table->entries[i];
	free(table->entries);
	*table = larger;
	return 0;
}

int link_table_add(struct link_table *table, dev_t device, ino_t inode, const char *path, struct error *err)
{
	// At most half full, so that a search ends soon.
	if (2 * (table->count + 1) > table->capacity && grow(table, err) < 0)
		return -1;
	char *copy = strdup(path);
	if (!copy)
		return error_errno(err, "memory", "take memory for hard links");
	table->entries[place(table, device, inode)] = (struct link_entry){ device, inode, copy };
	table->count++;
	return 0;
}

void link_table_free(struct link_table *table)
{
	for (size_t i = 0; i < table->capacity; i++)
		free(table->entries[i].path);
	free(table->entries);
	*table = (struct link_table){ 0 };
}
