// The job `take`: what COPY and ADD take goes into a step's files, or into a folder.
//
// Nothing in it trusts either side: sources and targets are resolved by the kernel in their own roots, a file is made anew and never
// written through, and what a link leads to stays inside (CVE-2024-23651, CVE-2018-15664).
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/json.h"
#include "spawn/in-root.h"
#include "spawn/user.h"
#include "worker/answer.h"
#include "worker/confine.h"
#include "worker/decompress.h"
#include "worker/failure.h"
#include "worker/jobs.h"
#include "worker/layer.h"
#include "worker/link-table.h"
#include "worker/path.h"
#include "worker/selection.h"
#include "worker/view.h"

#define STEP "copy"
#define MODES_MAX 32
#define XATTRS_MAX 4096
#define ARCHIVE_ENTRIES_MAX (8u << 20)

/** One part of --chmod: bits taken away, bits given, bits given to directories and to what may be run. */
struct mode_change {
	mode_t clear;
	mode_t set;
	mode_t set_if_run;
};

struct copy {
	struct dest dest;
	/** Where to, from the root, without links. */
	char to[PATH_MAX];
	bool to_directory;
	bool unpacks;
	/** The source is a layer of an overlay, whose marks are obeyed. */
	bool is_layer;
	bool keeps_owner;
	bool keeps_parents;
	bool has_owner;
	uid_t uid;
	gid_t gid;
	struct mode_change modes[MODES_MAX];
	size_t mode_count;
	uint64_t limit;
	struct link_table links;
	/** Where the item at hand goes: a directory's contents into it, a file as it. */
	char target[PATH_MAX];
};

static int failed(const char *path, const char *what, struct error *err)
{
	return error_errno(err, STEP, "%s /%.300s", what, path);
}

static mode_t mode_of(const struct copy *copy, const struct stat *status)
{
	mode_t mode = status->st_mode & 07777;
	for (size_t i = 0; i < copy->mode_count; i++) {
		const struct mode_change *change = &copy->modes[i];
		bool runs = S_ISDIR(status->st_mode) || (mode & 0111);
		mode = (mode & ~change->clear) | change->set | (runs ? change->set_if_run : 0);
	}
	return mode;
}

static void owner_of(const struct copy *copy, const struct stat *status, uid_t *uid, gid_t *gid)
{
	*uid = copy->has_owner ? copy->uid : copy->keeps_owner ? status->st_uid : 0;
	*gid = copy->has_owner ? copy->gid : copy->keeps_owner ? status->st_gid : 0;
}

/** `security.capability` and `user.*`, as for a layer. */
static int copy_xattrs(int from, int to, const char *path, struct error *err)
{
	char names[XATTRS_MAX], value[XATTRS_MAX];
	ssize_t length = flistxattr(from, names, sizeof names);
	for (const char *name = names; length > 0 && name < names + length; name += strlen(name) + 1) {
		if (strcmp(name, "security.capability") != 0 && strncmp(name, "user.", 5) != 0)
			continue;
		ssize_t size = fgetxattr(from, name, value, sizeof value);
		if (size >= 0 && fsetxattr(to, name, value, (size_t)size, 0) < 0 && errno != ENOTSUP)
			return failed(path, "set an extended attribute of", err);
	}
	return 0;
}

static int copy_data(int from, int to, const char *path, struct error *err)
{
	static char buffer[256 << 10];
	ssize_t n;
	// Shares the blocks where the file system can, and copies inside the kernel elsewhere.
	while ((n = copy_file_range(from, NULL, to, NULL, 1 << 30, 0)) > 0)
		;
	while ((n = read(from, buffer, sizeof buffer)) > 0)
		for (ssize_t done = 0, more; done < n; done += more)
			if ((more = write(to, buffer + done, (size_t)(n - done))) < 0)
				return failed(path, "write", err);
	return n < 0 ? failed(path, "read for", err) : 0;
}

static int copy_file(struct copy *copy, const struct walk_entry *entry, int parent, const char *path, struct error *err)
{
	const struct stat *status = &entry->status;
	const char *leaf = path_leaf(path);
	const struct timespec times[2] = { status->st_mtim, status->st_mtim };
	const char *first = status->st_nlink > 1 ? link_table_find(&copy->links, status->st_dev, status->st_ino) : NULL;
	if (first) {
		cleanup_close int here = dup(parent);
		int there = dest_existing_parent(&copy->dest, first, err);
		if (here < 0 || there < 0)
			return -1;
		return linkat(there, path_leaf(first), here, leaf, 0) < 0 ? failed(path, "make the hard link", err) : 0;
	}
	cleanup_close int from = openat(entry->parent, entry->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (from < 0)
		return failed(entry->path, "open", err);
	cleanup_close int to = openat(parent, leaf, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (to < 0)
		return failed(path, "make", err);
	uid_t uid;
	gid_t gid;
	owner_of(copy, status, &uid, &gid);
	if (copy_data(from, to, path, err) < 0)
		return -1;
	if (fchown(to, uid, gid) < 0 || fchmod(to, mode_of(copy, status)) < 0)
		return failed(path, "set owner and mode of", err);
	if (copy_xattrs(from, to, path, err) < 0)
		return -1;
	if (futimens(to, times) < 0)
		return failed(path, "set the time of", err);
	return status->st_nlink > 1 ? link_table_add(&copy->links, status->st_dev, status->st_ino, path, err) : 0;
}

static int copy_other(struct copy *copy, const struct walk_entry *entry, int parent, const char *path, struct error *err)
{
	const struct stat *status = &entry->status;
	const char *leaf = path_leaf(path);
	const struct timespec times[2] = { status->st_mtim, status->st_mtim };
	uid_t uid;
	gid_t gid;
	int made;
	if (S_ISLNK(status->st_mode)) {
		char target[PATH_MAX];
		ssize_t length = readlinkat(entry->parent, entry->name, target, sizeof target - 1);
		if (length < 0)
			return failed(entry->path, "read the link", err);
		target[length] = '\0';
		made = symlinkat(target, parent, leaf);
	} else if (S_ISSOCK(status->st_mode)) {
		return 0;
	} else {
		made = mknodat(parent, leaf, (status->st_mode & S_IFMT) | 0600, status->st_rdev);
	}
	if (made < 0)
		return failed(path, "make", err);
	owner_of(copy, status, &uid, &gid);
	if (fchownat(parent, leaf, uid, gid, AT_SYMLINK_NOFOLLOW) < 0 ||
	    (!S_ISLNK(status->st_mode) && fchmodat(parent, leaf, mode_of(copy, status), 0) < 0) ||
	    utimensat(parent, leaf, times, AT_SYMLINK_NOFOLLOW) < 0)
		return failed(path, "set owner, mode and time of", err);
	return 0;
}

/** One that is there already becomes what the source's is. */
static int copy_directory(struct copy *copy, const struct walk_entry *entry, int parent, const char *path, struct error *err)
{
	const struct stat *status = &entry->status;
	const char *leaf = path_leaf(path);
	struct stat there;
	bool made = mkdirat(parent, leaf, 0700) == 0;
	bool is_there = !made && errno == EEXIST && fstatat(parent, leaf, &there, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(there.st_mode);
	if (!made && !is_there)
		return failed(path, "make the directory", err);
	cleanup_close int from = openat(entry->parent, entry->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	cleanup_close int to = openat(parent, leaf, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	uid_t uid;
	gid_t gid;
	owner_of(copy, status, &uid, &gid);
	if (from < 0 || to < 0 || fchown(to, uid, gid) < 0 || fchmod(to, mode_of(copy, status)) < 0)
		return failed(path, "set owner and mode of", err);
	if (copy_xattrs(from, to, path, err) < 0)
		return -1;
	return dest_remember_time(&copy->dest, path, status->st_mtim, err);
}

/** What a layer hides of those below it. True when the entry is a mark and nothing else. */
static int obey_marks(struct copy *copy, const struct walk_entry *entry, const char *path, struct error *err)
{
	const struct stat *status = &entry->status;
	bool hides = S_ISCHR(status->st_mode) && status->st_rdev == makedev(0, 0);
	if (S_ISDIR(status->st_mode)) {
		char value;
		cleanup_close int fd = openat(entry->parent, entry->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0 || fgetxattr(fd, "trusted.overlay.opaque", &value, 1) != 1 || value != 'y')
			return 0;
	} else if (!hides) {
		return 0;
	}
	int parent = dest_parent(&copy->dest, path, err);
	if (parent < 0 || dest_clear(&copy->dest, parent, path_leaf(path), err) < 0)
		return -1;
	return hides ? 1 : 0;
}

static int copy_entry(struct copy *copy, const struct walk_entry *entry, const char *path, struct error *err)
{
	int marked = copy->is_layer ? obey_marks(copy, entry, path, err) : 0;
	if (marked != 0)
		return marked < 0 ? -1 : 0;
	for (bool again = false;; again = true) {
		int parent = dest_parent(&copy->dest, path, err);
		if (parent < 0)
			return -1;
		int result = S_ISDIR(entry->status.st_mode)   ? copy_directory(copy, entry, parent, path, err)
			     : S_ISREG(entry->status.st_mode) ? copy_file(copy, entry, parent, path, err)
							      : copy_other(copy, entry, parent, path, err);
		if (result == 0 || err->code != EEXIST || again)
			return result;
		parent = dest_parent(&copy->dest, path, err);
		if (parent < 0 || dest_clear(&copy->dest, parent, path_leaf(path), err) < 0)
			return -1;
	}
}

/** Unpacks a file that is an archive. 1: it is none. */
static int unpack(struct copy *copy, const struct walk_entry *entry, struct error *err)
{
	static struct pipeline pipeline;
	static struct tar_entry found;
	struct layer_count count = { 0 };
	struct tar tar;
	cleanup_close int fd = openat(entry->parent, entry->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return failed(entry->path, "open", err);
	const struct layer_rules rules = {
		.folder = copy->target,
		.limit = copy->limit,
		.has_owner = copy->has_owner,
		.uid = copy->uid,
		.gid = copy->gid,
	};
	const struct pipeline_options wanted = { .input = fd, .kinds = DECOMPRESS_ARCHIVES, .size = -1, .limit = copy->limit };
	if (pipeline_start(&pipeline, &wanted, err) < 0)
		return -1;
	tar_open(&tar, &pipeline);
	uint64_t seen = 0;
	int result;
	while ((result = tar_next(&tar, &found, err)) > 0) {
		if (++seen > ARCHIVE_ENTRIES_MAX)
			result = bad_archive(err, "the archive has more than %u entries", ARCHIVE_ENTRIES_MAX);
		else if (layer_write(&copy->dest, &tar, &found, &rules, &count, err) < 0)
			result = -1;
		if (result < 0)
			break;
	}
	tar_close(&tar);
	result = pipeline_finish(&pipeline, result, err);
	// A file whose first bytes are no archive's is a file like others.
	return seen == 0 ? 1 : result;
}

/** Whether a path of the target's leads to a directory that is there. */
static bool is_directory(const struct copy *copy, const char *path)
{
	struct stat status;
	cleanup_close int fd = in_root_open(copy->dest.root, *path ? path : "/", O_PATH, 0);
	return fd >= 0 && fstat(fd, &status) == 0 && S_ISDIR(status.st_mode);
}

/** Makes a directory, and those above it, as far as they are missing; they belong to whom --chown says. */
static int make_directory(struct copy *copy, const char *path, struct error *err)
{
	char part[PATH_MAX];
	for (const char *end = path; *end;) {
		end = strchrnul(end + 1, '/');
		snprintf(part, sizeof part, "%.*s", (int)(end - path), path);
		int parent = dest_parent(&copy->dest, part, err);
		if (parent < 0)
			return -1;
		if (mkdirat(parent, path_leaf(part), 0755) == 0) {
			if (copy->has_owner && fchownat(parent, path_leaf(part), copy->uid, copy->gid, AT_SYMLINK_NOFOLLOW) < 0)
				return failed(part, "set the owner of", err);
		} else if (errno != EEXIST) {
			return failed(part, "make the directory", err);
		}
	}
	if (*path && !is_directory(copy, path)) {
		errno = ENOTDIR;
		return failed(path, "copy into", err);
	}
	return 0;
}

/** A file goes into a directory that is there or has to be, else it is what the target is called. */
static int place_file(struct copy *copy, const struct selection_item *item, const char *folder, struct error *err)
{
	if (copy->to_directory || copy->keeps_parents || is_directory(copy, folder)) {
		if (make_directory(copy, folder, err) < 0)
			return -1;
		return path_join(folder, item->name, copy->target, err);
	}
	const char *leaf = path_leaf(folder);
	char above[PATH_MAX];
	snprintf(above, sizeof above, "%.*s", leaf > folder ? (int)(leaf - folder - 1) : 0, folder);
	if (make_directory(copy, above, err) < 0)
		return -1;
	strcpy(copy->target, folder);
	return 0;
}

/** A target that was made for a directory has the mode that --chmod says. */
static int change_mode(struct copy *copy, const char *path, struct error *err)
{
	const struct stat status = { .st_mode = S_IFDIR | 0755 };
	if (copy->mode_count == 0 || !*path)
		return 0;
	int parent = dest_parent(&copy->dest, path, err);
	if (parent < 0)
		return -1;
	return fchmodat(parent, path_leaf(path), mode_of(copy, &status), 0) < 0 ? failed(path, "set the mode of", err) : 0;
}

static int on_item(void *context, const struct selection_item *item, struct error *err)
{
	struct copy *copy = context;
	char folder[PATH_MAX];
	if (path_join(copy->to, item->folder, folder, err) < 0)
		return -1;
	// Links on the way were resolved; those that the copy itself made are not followed.
	if (item->is_directory) {
		// Its contents are what goes there, unless its place is kept.
		if (path_join(folder, copy->keeps_parents ? item->name : "", copy->target, err) < 0)
			return -1;
		bool is_new = !is_directory(copy, copy->target);
		if (make_directory(copy, copy->target, err) < 0)
			return -1;
		return is_new ? change_mode(copy, copy->target, err) : 0;
	}
	if (!copy->unpacks)
		return place_file(copy, item, folder, err);
	strcpy(copy->target, folder);
	return 0;
}

static int on_entry(void *context, const struct selection_item *item, const char *path, const struct walk_entry *entry, struct error *err)
{
	struct copy *copy = context;
	char target[PATH_MAX];
	if (*path)
		return path_join(copy->target, path, target, err) < 0 ? -1 : copy_entry(copy, entry, target, err);
	strcpy(target, copy->target);
	if (copy->unpacks) {
		int result = S_ISREG(entry->status.st_mode) ? unpack(copy, entry, err) : 1;
		if (result <= 0)
			return result;
		if (place_file(copy, item, target, err) < 0)
			return -1;
		strcpy(target, copy->target);
	}
	return copy_entry(copy, entry, target, err);
}

static int read_modes(const json_t *document, struct copy *copy, struct error *err)
{
	const json_t *modes;
	if (json_read_array(document, "modes", JSON_OPTIONAL, &modes, err) < 0)
		return -1;
	copy->mode_count = json_array_size(modes);
	if (copy->mode_count > MODES_MAX)
		return error_set(err, EINVAL, "options", "more than %d changes of a mode", MODES_MAX);
	for (size_t i = 0; i < copy->mode_count; i++) {
		const json_t *mode = json_array_get(modes, i);
		int64_t clear = 0, set = 0, run = 0;
		if (json_read_integer(mode, "clear", JSON_REQUIRED, 0, 07777, &clear, err) < 0 ||
		    json_read_integer(mode, "set", JSON_REQUIRED, 0, 07777, &set, err) < 0 ||
		    json_read_integer(mode, "setIfRun", JSON_REQUIRED, 0, 07777, &run, err) < 0)
			return -1;
		copy->modes[i] = (struct mode_change){ (mode_t)clear, (mode_t)set, (mode_t)run };
	}
	return 0;
}

static int find_owner(int root, const char *name, struct copy *copy, struct error *err)
{
	static struct user user;
	const struct request request = { .user = name };
	if (!name)
		return 0;
	if (user_resolve(&request, root, &user, err) < 0)
		return -1;
	copy->has_owner = true;
	copy->uid = user.uid;
	copy->gid = user.gid;
	return 0;
}

/** Where the target leads, and whether it has to be a directory. */
static int find_target(const json_t *document, struct copy *copy, struct error *err)
{
	const char *to = NULL;
	char resolved[PATH_MAX];
	if (json_read_string(document, "to", JSON_REQUIRED, &to, err) < 0 ||
	    json_read_bool(document, "toDirectory", &copy->to_directory, err) < 0)
		return -1;
	if (in_root_resolve(copy->dest.root, to, resolved, STEP, err) < 0)
		return -1;
	return path_normalise(resolved, copy->to, err);
}

int job_take(const struct job_options *options, struct error *err)
{
	static struct copy copy;
	struct selection selection;
	struct view view;
	const json_t *document = selection_read(err);
	if (!document || json_read_bool(document, "unpack", &copy.unpacks, err) < 0 ||
	    json_read_bool(document, "layer", &copy.is_layer, err) < 0 ||
	    json_read_bool(document, "keepOwner", &copy.keeps_owner, err) < 0 || read_modes(document, &copy, err) < 0)
		return -1;
	copy.limit = options->limit;
	if (options->dest) {
		view.root = open(options->dest, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (view.root < 0)
			return error_errno(err, "open", "open \"%s\"", options->dest);
		if (view_leave_mounts(err) < 0)
			return -1;
	} else if (view_open(options->view, VIEW_WRITE, &view, err) < 0) {
		return -1;
	}
	if (selection_open(document, &selection, err) < 0)
		return -1;
	copy.keeps_parents = selection.parents;
	// A layer's marks are shown to those who may make them.
	if (confine(copy.is_layer ? CONFINE_EXTRACT : CONFINE_WRITE, view.root, err) < 0)
		return -1;
	dest_open(&copy.dest, view.root, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS, false);
	copy.dest.parent_mode = 0755;
	if (find_owner(view.root, options->user, &copy, err) < 0 || find_target(document, &copy, err) < 0)
		return -1;
	const struct selection_visitor visitor = { &copy, on_item, on_entry };
	if (copy.to_directory && make_directory(&copy, copy.to, err) < 0)
		return -1;
	if (selection_visit(&selection, &visitor, err) < 0 || dest_set_times(&copy.dest, err) < 0)
		return -1;
	dest_close(&copy.dest);
	answer_line("{\"ok\":true}\n");
	return 0;
}
