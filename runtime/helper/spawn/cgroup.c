// Control groups.
#include "spawn/cgroup.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "spawn/device-program.h"
#include "spawn/file.h"

#define STEP "cgroup"
#define MAX_DEPTH 16

/** mkdir() with missing parents. */
static int make_folders(const char *path)
{
	if (mkdir(path, 0755) == 0 || errno == EEXIST)
		return 0;
	if (errno != ENOENT)
		return -1;
	char parent[PATH_MAX];
	const char *slash = strrchr(path, '/');
	if (!slash || slash == path)
		return -1;
	snprintf(parent, sizeof parent, "%.*s", (int)(slash - path), path);
	if (make_folders(parent) < 0)
		return -1;
	return mkdir(path, 0755) == 0 || errno == EEXIST ? 0 : -1;
}

/** A version 1 cpuset takes no member until its processors and memory nodes are named: inherit them. */
static int inherit_cpuset(const char *path, int depth)
{
	static const char *const names[] = { "cpuset.cpus", "cpuset.mems" };
	cleanup_close int folder = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		return -1;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		char own[4096], parent[PATH_MAX];
		ssize_t length = file_read(folder, names[i], own, sizeof own);
		if (length < 0)
			return errno == ENOENT ? 0 : -1; // not a cpuset
		if (own[0] && own[0] != '\n')
			continue;
		snprintf(parent, sizeof parent, "%s/..", path);
		if (depth >= MAX_DEPTH || inherit_cpuset(parent, depth + 1) < 0)
			return -1;
		char above[PATH_MAX];
		snprintf(above, sizeof above, "../%s", names[i]);
		if (file_read(folder, above, own, sizeof own) < 0 || file_write(folder, names[i], own) < 0)
			return -1;
	}
	return 0;
}

int cgroup_make(const struct cgroup_spec *spec, struct error *err)
{
	if (mkdir(spec->path, 0755) < 0) {
		// A left-over carries old limits and counters. When it cannot go it is used as it is.
		if (errno == EEXIST)
			cgroup_remove(spec->path);
		else if (errno != ENOENT)
			return error_errno(err, STEP, "make the cgroup \"%s\"", spec->path);
		if (make_folders(spec->path) < 0)
			return error_errno(err, STEP, "make the cgroup \"%s\"", spec->path);
	}
	if (spec->version == 1 && strstr(spec->path, "cpuset") && inherit_cpuset(spec->path, 0) < 0)
		return error_errno(err, STEP, "set up the cpuset \"%s\"", spec->path);
	if (spec->device_program && device_program_attach(spec->path, spec->device_program, err) < 0)
		return -1;
	if (spec->file_count == 0)
		return 0;
	cleanup_close int folder = open(spec->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		return error_errno(err, STEP, "open the cgroup \"%s\"", spec->path);
	for (size_t i = 0; i < spec->file_count; i++)
		if (file_write(folder, spec->files[i].name, spec->files[i].value) < 0)
			return error_errno(err, STEP, "write \"%s\" to \"%s/%s\"", spec->files[i].value, spec->path,
					   spec->files[i].name);
	return 0;
}

int cgroup_open(const struct cgroup_spec *spec, struct error *err)
{
	int fd;
	if (spec->version == 1) {
		char tasks[PATH_MAX];
		snprintf(tasks, sizeof tasks, "%s/tasks", spec->path);
		fd = open(tasks, O_WRONLY | O_CLOEXEC);
	} else {
		fd = open(spec->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	}
	return fd < 0 ? error_errno(err, STEP, "open the cgroup \"%s\"", spec->path) : fd;
}

int cgroup_join_self(int tasks, const char *path, struct error *err)
{
	if (write(tasks, "0", 1) != 1)
		return error_errno(err, STEP, "join the cgroup \"%s\"", path);
	return 0;
}

static int remove_at(int parent, const char *name, int depth)
{
	if (unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return 0;
	if (errno != EBUSY && errno != ENOTEMPTY)
		return -1;
	int busy = errno;
	if (depth >= MAX_DEPTH)
		return -1;
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *folder = fd < 0 ? NULL : fdopendir(fd);
	if (!folder) {
		if (fd >= 0)
			close(fd);
		return -1;
	}
	struct dirent *entry;
	bool had_children = false;
	int failure = 0;
	while ((entry = readdir(folder))) {
		if (entry->d_type != DT_DIR || strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		had_children = true;
		if (remove_at(fd, entry->d_name, depth + 1) < 0)
			failure = errno;
	}
	closedir(folder);
	if (failure || !had_children) {
		errno = failure ? failure : busy;
		return -1;
	}
	return unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT ? 0 : -1;
}

int cgroup_remove(const char *path)
{
	return remove_at(AT_FDCWD, path, 0);
}

/** The part after " - " of a mountinfo line: "cgroup cgroup rw,cpu,cpuacct". */
static char *super_options(char *line)
{
	char *dash = strstr(line, " - cgroup ");
	if (!dash)
		return NULL;
	char *source = dash + strlen(" - cgroup ");
	char *options = strchr(source, ' ');
	return options ? options + 1 : NULL;
}

static struct {
	struct arena arena;
	size_t count;
	struct cgroup_hierarchy items[64];
} table;

/** Only the controllers name a hierarchy; "xattr", "release_agent=" and the like are its settings. */
static const char *controllers_of(char *options)
{
	const char *chosen = "";
	for (char *word = strtok(options, ","); word; word = strtok(NULL, ",")) {
		if (strncmp(word, "name=", 5) == 0)
			return arena_print(&table.arena, "none,%s", word);
		if (strcmp(word, "rw") != 0 && strcmp(word, "ro") != 0 && strcmp(word, "xattr") != 0 &&
		    strcmp(word, "noprefix") != 0 && strcmp(word, "clone_children") != 0 &&
		    strcmp(word, "cpuset_v2_mode") != 0 && !strchr(word, '='))
			chosen = arena_print(&table.arena, "%s%s%s", chosen, *chosen ? "," : "", word);
	}
	return chosen;
}

static int read_table(struct error *err)
{
	FILE *mounts = fopen("/proc/self/mountinfo", "re");
	if (!mounts)
		return error_errno(err, STEP, "open the table of mounts");
	arena_release(&table.arena);
	table.count = 0;
	cleanup_free char *line = NULL;
	size_t capacity = 0;
	while (table.count < sizeof table.items / sizeof *table.items && getline(&line, &capacity, mounts) > 0) {
		line[strcspn(line, "\n")] = 0;
		char *options = super_options(line);
		char point[PATH_MAX];
		if (!options || sscanf(line, "%*d %*d %*s %*s %4095s", point) != 1)
			continue;
		struct cgroup_hierarchy *item = &table.items[table.count++];
		item->mount_point = arena_print(&table.arena, "%s", point);
		item->name = strrchr(item->mount_point, '/') + 1;
		item->options = controllers_of(options);
	}
	fclose(mounts);
	return 0;
}

static const struct cgroup_hierarchy *find_hierarchy(const char *path)
{
	const struct cgroup_hierarchy *best = NULL;
	size_t best_length = 0;
	for (size_t i = 0; i < table.count; i++) {
		size_t length = strlen(table.items[i].mount_point);
		if (length > best_length && strncmp(path, table.items[i].mount_point, length) == 0 &&
		    path[length] == '/') {
			best = &table.items[i];
			best_length = length;
		}
	}
	return best;
}

const struct cgroup_hierarchy *cgroup_hierarchy_of(const char *path, struct error *err)
{
	const struct cgroup_hierarchy *found = find_hierarchy(path);
	if (found)
		return found;
	if (read_table(err) < 0)
		return NULL;
	found = find_hierarchy(path);
	if (!found)
		error_set(err, ENOENT, STEP, "\"%s\" lies in no cgroup hierarchy", path);
	return found;
}
