// The jobs `stat`, `read`, `write` and `export`: a container's files, out and in.
//
// Every path is resolved by the kernel inside the container's root, which is also all of the file system that this process has left
// (CVE-2018-15664), and no library and no configuration is loaded from it (CVE-2019-14271).
#include <fcntl.h>
#include <inttypes.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "spawn/in-root.h"
#include "spawn/user.h"
#include "worker/answer.h"
#include "worker/confine.h"
#include "worker/decompress.h"
#include "worker/failure.h"
#include "worker/jobs.h"
#include "worker/layer.h"
#include "worker/pack.h"
#include "worker/path.h"
#include "worker/view.h"

/** As in Docker nothing bounds it; this bounds our memory for directories' times. */
#define ENTRIES_MAX (8u << 20)

/** What a path leads to: the name in an open directory. */
struct target {
	int parent;
	const char *name;
	struct stat status;
};

/** The part behind the last slash of an absolute path, or "." for the root itself. */
static const char *leaf_of(const char *path)
{
	const char *leaf = path_leaf(path);
	return *leaf ? leaf : ".";
}

/** Opens the directory in which the path's last name lies; with `follow` the directory that the path itself leads to. */
static int find_target(int root, const struct job_options *options, struct target *target, struct error *err)
{
	char folder[PATH_MAX];
	const char *leaf = leaf_of(options->path);
	bool whole = options->follow || strcmp(leaf, ".") == 0;
	snprintf(folder, sizeof folder, "%s", options->path);
	if (!whole)
		folder[strlen(options->path) - strlen(leaf)] = '\0';
	target->parent = in_root_open(root, *folder ? folder : "/", O_RDONLY | O_DIRECTORY, 0);
	target->name = whole ? "." : leaf;
	if (target->parent < 0 || fstatat(target->parent, target->name, &target->status, AT_SYMLINK_NOFOLLOW) < 0)
		return error_set(err, errno, "stat", "lstat %.300s: %s", options->path, strerror(errno));
	return 0;
}

static int answer_target(int root, const struct job_options *options, const struct target *target, struct error *err)
{
	const struct stat *status = &target->status;
	char link[PATH_MAX] = "";
	char quoted[8 * PATH_MAX];
	char line[sizeof quoted + 256];
	if (S_ISLNK(status->st_mode) && in_root_resolve(root, options->path, link, "stat", err) < 0)
		return -1;
	if (S_ISLNK(status->st_mode) && !*link)
		strcpy(link, "/");
	answer_quote(link, quoted, sizeof quoted);
	snprintf(line, sizeof line,
		 "{\"stat\":{\"size\":%" PRId64 ",\"mode\":%u,\"seconds\":%" PRId64 ",\"nanoseconds\":%ld,\"linkTarget\":%s}}\n",
		 (int64_t)status->st_size, status->st_mode, (int64_t)status->st_mtim.tv_sec, status->st_mtim.tv_nsec, quoted);
	answer_line(line);
	return 0;
}

static int check_path(const struct job_options *options, struct error *err)
{
	if (!options->path || options->path[0] != '/')
		return error_set(err, EINVAL, "options", "--path is missing or not absolute");
	if (strlen(options->path) >= PATH_MAX)
		return error_set(err, ENAMETOOLONG, "options", "lstat %.300s...: %s", options->path, strerror(ENAMETOOLONG));
	return 0;
}

/** Opens the view and gives up everything else. */
static int enter(const struct job_options *options, enum view_kind kind, enum confine_job job, struct view *view, struct error *err)
{
	int opened = options->root ? view_open_folder(options->root, kind, view, err) : view_open(options->view, kind, view, err);
	return opened < 0 ? -1 : confine(job, view->root, err);
}

int job_stat(const struct job_options *options, struct error *err)
{
	struct view view;
	struct target target;
	if (check_path(options, err) < 0 || enter(options, VIEW_READ, CONFINE_READ, &view, err) < 0 ||
	    find_target(view.root, options, &target, err) < 0 || answer_target(view.root, options, &target, err) < 0)
		return -1;
	answer_line("{\"ok\":true}\n");
	return 0;
}

/** Writes the target and, when it is a directory, all below it. */
static int pack_target(struct pack *pack, const struct target *target, const char *name, struct error *err)
{
	char prefix[NAME_MAX + 2];
	const struct walk_entry top = { .path = name, .parent = target->parent, .name = target->name, .status = target->status };
	if (pack_entry(pack, &top, name, err) < 0)
		return -1;
	if (!S_ISDIR(target->status.st_mode))
		return 0;
	snprintf(prefix, sizeof prefix, "%.*s/", NAME_MAX, name);
	cleanup_close int directory = walk_open(target->parent, target->name);
	if (directory < 0)
		return error_errno(err, "open", "open the directory %.200s", name);
	return pack_tree(pack, directory, "", prefix, err);
}

int job_read(const struct job_options *options, struct error *err)
{
	static struct tar_writer writer;
	struct pack pack = { .writer = &writer };
	struct view view;
	struct target target;
	if (!options->name)
		return error_set(err, EINVAL, "options", "--name is missing");
	if (check_path(options, err) < 0 || enter(options, VIEW_READ, CONFINE_READ, &view, err) < 0 ||
	    find_target(view.root, options, &target, err) < 0 || answer_target(view.root, options, &target, err) < 0)
		return -1;
	tar_writer_open(&writer, JOB_OUTPUT);
	if (pack_target(&pack, &target, options->name, err) < 0 || tar_write_end(&writer, err) < 0)
		return -1;
	answer_line("{\"ok\":true}\n");
	return 0;
}

int job_export(const struct job_options *options, struct error *err)
{
	static struct tar_writer writer;
	struct pack pack = { .writer = &writer };
	struct view view;
	if (enter(options, VIEW_READ, CONFINE_READ, &view, err) < 0)
		return -1;
	// So that whoever waits knows that it begins.
	answer_line("{\"begin\":true}\n");
	tar_writer_open(&writer, JOB_OUTPUT);
	cleanup_close int root = walk_open(view.root, "");
	if (root < 0)
		return error_errno(err, "open", "open the container's root");
	if (pack_tree(&pack, root, "", "", err) < 0 || tar_write_end(&writer, err) < 0)
		return -1;
	answer_line("{\"ok\":true}\n");
	return 0;
}

/** Where to write, as a path without links below the root; checked to be a directory that can be written. */
static int find_folder(const struct view *view, const struct job_options *options, char folder[PATH_MAX], struct error *err)
{
	cleanup_close int fd = in_root_open(view->root, options->path, O_PATH, 0);
	struct stat status;
	struct statvfs file_system;
	if (fd < 0 || fstat(fd, &status) < 0)
		return error_set(err, errno, "stat", "lstat %.300s: %s", options->path, strerror(errno));
	if (!S_ISDIR(status.st_mode))
		return error_set(err, EINVAL, "folder", "extraction point is not a directory");
	if (fstatvfs(fd, &file_system) < 0)
		return error_errno(err, "folder", "look at the file system of %.200s", options->path);
	if (file_system.f_flag & ST_RDONLY)
		return error_set(err, EROFS, "folder", "%s",
				 view_mount_of(fd) == view->root_mount ? "container rootfs is marked read-only" :
									  "mounted volume is marked read-only");
	char resolved[PATH_MAX];
	if (in_root_resolve(view->root, options->path, resolved, "folder", err) < 0)
		return -1;
	return path_normalise(resolved, folder, err);
}

static int find_owner(int root, const char *name, struct layer_rules *rules, struct error *err)
{
	static struct user user;
	const struct request request = { .user = name };
	if (!name)
		return 0;
	if (user_resolve(&request, root, &user, err) < 0)
		return -1;
	rules->has_owner = true;
	rules->uid = user.uid;
	rules->gid = user.gid;
	return 0;
}

static int write_entries(struct pipeline *pipeline, struct dest *dest, const struct layer_rules *rules, struct error *err)
{
	static struct tar_entry entry;
	struct layer_count count = { 0 };
	struct tar tar;
	uint64_t seen = 0;
	int found;
	tar_open(&tar, pipeline);
	while ((found = tar_next(&tar, &entry, err)) > 0) {
		if (++seen > ENTRIES_MAX)
			found = bad_archive(err, "the archive has more than %u entries", ENTRIES_MAX);
		else if (layer_write(dest, &tar, &entry, rules, &count, err) < 0)
			found = -1;
		if (found < 0)
			break;
	}
	tar_close(&tar);
	return found < 0 ? -1 : dest_set_times(dest, err);
}

int job_write(const struct job_options *options, struct error *err)
{
	static struct pipeline pipeline;
	char folder[PATH_MAX];
	struct layer_rules rules = { .keeps_kinds = options->keep_kinds, .folder = folder, .limit = options->limit };
	struct view view;
	struct dest dest;
	if (check_path(options, err) < 0 || enter(options, VIEW_WRITE, CONFINE_WRITE, &view, err) < 0 ||
	    find_folder(&view, options, folder, err) < 0 || find_owner(view.root, options->user, &rules, err) < 0)
		return -1;
	// So that the sender is not asked for what would be refused.
	answer_line("{\"begin\":true}\n");
	const struct pipeline_options wanted = {
		.input = STDIN_FILENO,
		.kinds = DECOMPRESS_ARCHIVES,
		.size = -1,
		.limit = options->limit,
	};
	dest_open(&dest, view.root, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS, false);
	dest.parent_mode = 0755;
	int result = pipeline_start(&pipeline, &wanted, err);
	if (result == 0)
		result = pipeline_finish(&pipeline, write_entries(&pipeline, &dest, &rules, err), err);
	dest_close(&dest);
	if (result < 0)
		return -1;
	answer_line("{\"ok\":true}\n");
	return 0;
}
