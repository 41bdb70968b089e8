// A container's file system in a mount namespace of the worker's own.
#include "worker/view.h"

#include <fcntl.h>
#include <jansson.h>
#include <linux/mount.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/json.h"
#include "spawn/in-root.h"
#include "spawn/overlay.h"

#define STEP "view"
#define MOUNTS_MAX 1024
#define LOWER_MAX 500
/** Nothing in a container's files is run, and no device of it is opened, by us. */
#define INERT (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)

struct bind {
	const char *destination;
	/** A detached clone of the source's mount. */
	int tree;
	bool is_directory;
};

/** What the document says; its strings belong to the document. */
struct plan {
	const char *id;
	const char *point;
	int64_t pid;
	bool read_only;
	struct overlay_spec overlay;
	const char *lower[LOWER_MAX + 1];
	struct bind binds[MOUNTS_MAX];
	size_t bind_count;
	struct init_stub stubs[MOUNTS_MAX];
	size_t stub_count;
};

static int make_inert(int tree, bool read_only, unsigned flags, struct error *err)
{
	struct mount_attr attributes = { .attr_set = INERT | (read_only ? MOUNT_ATTR_RDONLY : 0) };
	if (syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH | flags, &attributes, sizeof attributes) < 0)
		return error_errno(err, STEP, "restrict a mount");
	return 0;
}

static int attach(int tree, int target, const char *path)
{
	return (int)syscall(SYS_move_mount, tree, "", target, path,
			    MOVE_MOUNT_F_EMPTY_PATH | (*path ? 0 : MOVE_MOUNT_T_EMPTY_PATH));
}

/** Reads at most LOWER_MAX names of layers into the list's items. */
static int read_layers(const json_t *lower, struct string_list *list, struct error *err)
{
	if (!json_is_array(lower) || json_array_size(lower) > LOWER_MAX)
		return error_set(err, EINVAL, STEP, "more than %d layers", LOWER_MAX);
	list->count = json_array_size(lower);
	for (size_t i = 0; i < list->count; i++) {
		list->items[i] = json_string_value(json_array_get(lower, i));
		if (!list->items[i])
			return error_set(err, EINVAL, STEP, "a layer that is no path");
	}
	return 0;
}

/** An image's files. Its overlay lies on the point, where the container's is mounted later, while they are cloned. */
static int clone_image(const struct plan *plan, const json_t *mount, const json_t *lower, const char *layers,
		       const char *subpath, struct error *err)
{
	static const char *items[LOWER_MAX];
	struct overlay_spec image = { .layers = layers, .lower = { .items = items } };
	if (json_read_string(mount, "empty", JSON_REQUIRED, &image.init, err) < 0 || read_layers(lower, &image.lower, err) < 0)
		return -1;
	if (image.lower.count == 0)
		return in_root_clone(image.init, subpath, 0);
	cleanup_close int top = overlay_mount_view(&image, plan->point, err);
	if (top < 0)
		return -1;
	cleanup_close int tree = in_root_clone(plan->point, subpath, 0);
	int saved = errno;
	if (umount2(plan->point, MNT_DETACH) < 0)
		return error_errno(err, STEP, "take the overlay of an image off");
	errno = saved;
	return steal_fd(&tree);
}

/** Clones the source of one bind. One that is not there has nothing to show. */
static int take_bind(struct plan *plan, const json_t *mount, bool all_read_only, struct error *err)
{
	const char *source = NULL, *subpath = NULL, *destination = NULL;
	const json_t *lower = json_object_get(mount, "lower");
	bool read_only = false, recursive = false;
	if (json_read_string(mount, "source", JSON_REQUIRED, &source, err) < 0 ||
	    json_read_string(mount, "subpath", JSON_OPTIONAL, &subpath, err) < 0 ||
	    json_read_string(mount, "destination", JSON_REQUIRED, &destination, err) < 0 ||
	    json_read_bool(mount, "readOnly", &read_only, err) < 0 || json_read_bool(mount, "recursive", &recursive, err) < 0)
		return -1;
	unsigned below = recursive ? AT_RECURSIVE : 0;
	err->code = 0;
	cleanup_close int tree =
		lower ? clone_image(plan, mount, lower, source, subpath, err) : in_root_clone(source, subpath, below);
	if (tree < 0 && err->code)
		return -1;
	if (tree < 0)
		return errno == ENOENT || errno == ENOTDIR || errno == EXDEV ? 0 : error_errno(err, STEP, "open \"%s\"", source);
	struct stat status;
	if (fstat(tree, &status) < 0)
		return error_errno(err, STEP, "look at \"%s\"", source);
	if (make_inert(tree, read_only || all_read_only, below, err) < 0)
		return -1;
	bool is_directory = S_ISDIR(status.st_mode);
	plan->binds[plan->bind_count++] = (struct bind){ destination, steal_fd(&tree), is_directory };
	plan->stubs[plan->stub_count++] = (struct init_stub){ .path = destination, .directory_mode = is_directory ? 0755 : 0 };
	return 0;
}

static int read_plan(const json_t *document, struct plan *plan, struct error *err)
{
	const json_t *lower;
	struct overlay_spec *overlay = &plan->overlay;
	if (json_read_string(document, "id", JSON_REQUIRED, &plan->id, err) < 0 ||
	    json_read_string(document, "point", JSON_REQUIRED, &plan->point, err) < 0 ||
	    json_read_integer(document, "pid", JSON_OPTIONAL, 1, INT32_MAX, &plan->pid, err) < 0 ||
	    json_read_bool(document, "readOnly", &plan->read_only, err) < 0 ||
	    json_read_bool(document, "volatile", &overlay->is_volatile, err) < 0 ||
	    json_read_string(document, "layers", JSON_REQUIRED, &overlay->layers, err) < 0 ||
	    json_read_string(document, "init", JSON_REQUIRED, &overlay->init, err) < 0 ||
	    json_read_string(document, "upper", JSON_REQUIRED, &overlay->upper, err) < 0 ||
	    json_read_string(document, "work", JSON_REQUIRED, &overlay->work, err) < 0 ||
	    json_read_array(document, "lower", JSON_REQUIRED, &lower, err) < 0)
		return -1;
	// The first place is kept for the init layer, when the container's changes take its place.
	overlay->lower.items = plan->lower + 1;
	return read_layers(lower, &overlay->lower, err);
}

/** Mount points without a bind. */
static int read_stubs(const json_t *paths, mode_t directory_mode, struct plan *plan, struct error *err)
{
	for (size_t i = 0; i < json_array_size(paths); i++) {
		const char *path = json_string_value(json_array_get(paths, i));
		if (!path)
			return error_set(err, EINVAL, STEP, "a mount point that is no path");
		plan->stubs[plan->stub_count++] = (struct init_stub){ .path = path, .directory_mode = directory_mode };
	}
	return 0;
}

static int read_mounts(const json_t *document, struct plan *plan, bool all_read_only, struct error *err)
{
	const json_t *mounts, *folders, *files;
	if (json_read_array(document, "mounts", JSON_OPTIONAL, &mounts, err) < 0 ||
	    json_read_array(document, "folders", JSON_OPTIONAL, &folders, err) < 0 ||
	    json_read_array(document, "files", JSON_OPTIONAL, &files, err) < 0)
		return -1;
	if (json_array_size(mounts) + json_array_size(folders) + json_array_size(files) > MOUNTS_MAX)
		return error_set(err, EINVAL, STEP, "more than %d mounts", MOUNTS_MAX);
	if (read_stubs(folders, 0755, plan, err) < 0 || read_stubs(files, 0, plan, err) < 0)
		return -1;
	for (size_t i = 0; i < json_array_size(mounts); i++)
		if (take_bind(plan, json_array_get(mounts, i), all_read_only, err) < 0)
			return -1;
	return 0;
}

int view_leave_mounts(struct error *err)
{
	if (unshare(CLONE_NEWNS) < 0)
		return error_errno(err, STEP, "make a mount namespace");
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return error_errno(err, STEP, "make the mounts private");
	return 0;
}

/** Whether the root of the namespace that we are in is this container's: the overlay names its folder. */
static int check_root(int proc, const char *id, struct error *err)
{
	cleanup_close int fd = openat(proc, "mountinfo", O_RDONLY | O_CLOEXEC);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
	if (!file)
		return error_errno(err, STEP, "open the mounts of the container");
	steal_fd(&fd);
	char *line = NULL;
	size_t capacity = 0;
	bool found = false;
	char upper[128];
	snprintf(upper, sizeof upper, "/%s/upper", id);
	while (getline(&line, &capacity, file) > 0) {
		char point[PATH_MAX];
		// What is mounted on the root last is what is seen.
		if (sscanf(line, "%*s %*s %*s %*s %4095s", point) == 1 && strcmp(point, "/") == 0)
			found = strstr(line, " overlay ") && strstr(line, upper);
	}
	free(line);
	fclose(file);
	return found ? 0 : error_set(err, ESRCH, STEP, "the container has ended");
}

/** Clones the root of the container that runs as `pid`, without what is mounted below it. */
static int clone_running(const struct plan *plan, struct error *err)
{
	char path[64];
	snprintf(path, sizeof path, "/proc/%d/ns/mnt", (int)plan->pid);
	cleanup_close int own = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
	cleanup_close int proc = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC);
	cleanup_close int its = open(path, O_RDONLY | O_CLOEXEC);
	if (own < 0 || proc < 0)
		return error_errno(err, STEP, "open /proc/self");
	if (its < 0)
		return error_set(err, ESRCH, STEP, "the container has ended");
	if (setns(its, CLONE_NEWNS) < 0)
		return error_errno(err, STEP, "enter the container's mount namespace");
	cleanup_close int tree = in_root_clone("/", NULL, 0);
	int saved = errno;
	int checked = check_root(proc, plan->id, err);
	if (setns(own, CLONE_NEWNS) < 0)
		return error_errno(err, STEP, "come back from the container's mount namespace");
	if (checked < 0)
		return -1;
	if (tree < 0) {
		errno = saved;
		return error_errno(err, STEP, "clone the container's root");
	}
	return steal_fd(&tree);
}

/** Before its first start a container's init layer is empty: then a passing one holds what is mounted on. */
static int fill_init(const struct plan *plan, struct error *err)
{
	char marker[PATH_MAX];
	const struct overlay_spec *overlay = &plan->overlay;
	if (snprintf(marker, sizeof marker, "%s.done", overlay->init) >= (int)sizeof marker)
		return error_set(err, ENAMETOOLONG, STEP, "\"%s\"", overlay->init);
	if (faccessat(AT_FDCWD, marker, F_OK, 0) == 0)
		return 0;
	if (mount("tmpfs", overlay->init, "tmpfs", 0, "mode=755,size=16m") < 0)
		return error_errno(err, STEP, "mount a passing init layer");
	cleanup_close int view = overlay_mount_view(overlay, plan->point, err);
	cleanup_close int init = open(overlay->init, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return view < 0 || init < 0 ? -1 : init_layer_fill(init, view, plan->stubs, plan->stub_count, err);
}

/** To read, the container's changes are one more layer: so a start meanwhile finds its upper directory free. */
static int mount_stopped(struct plan *plan, enum view_kind kind, struct error *err)
{
	struct overlay_spec overlay = plan->overlay;
	if (fill_init(plan, err) < 0)
		return -1;
	if (kind == VIEW_WRITE)
		return overlay_mount_filled(&overlay, plan->point, err);
	if (kind == VIEW_CHANGES && overlay.lower.count == 0) {
		int init = in_root_clone(overlay.init, NULL, 0);
		return init < 0 ? error_errno(err, STEP, "open \"%s\"", overlay.init) : init;
	}
	if (kind == VIEW_CHANGES)
		return overlay_mount_view(&overlay, plan->point, err);
	plan->lower[0] = overlay.init;
	overlay.init = overlay.upper;
	overlay.lower.items = plan->lower;
	overlay.lower.count++;
	return overlay_mount_view(&overlay, plan->point, err);
}

static int mount_root(struct plan *plan, enum view_kind kind, struct error *err)
{
	if (plan->pid == 0 || kind == VIEW_CHANGES)
		return mount_stopped(plan, kind, err);
	cleanup_close int tree = clone_running(plan, err);
	if (tree < 0)
		return -1;
	if (attach(tree, AT_FDCWD, plan->point) < 0)
		return error_errno(err, STEP, "mount the container's root");
	return steal_fd(&tree);
}

static int attach_binds(const struct plan *plan, int root, struct error *err)
{
	for (size_t i = 0; i < plan->bind_count; i++) {
		const struct bind *bind = &plan->binds[i];
		cleanup_close int target = in_root_open(root, bind->destination, O_PATH, 0);
		struct stat status;
		// The container took away what was mounted on, or put something else there.
		if (target < 0 || fstat(target, &status) < 0 || S_ISDIR(status.st_mode) != bind->is_directory)
			continue;
		if (attach(bind->tree, target, "") < 0)
			return error_errno(err, STEP, "mount on \"%s\"", bind->destination);
	}
	return 0;
}

static int build(struct plan *plan, enum view_kind kind, struct view *view, struct error *err)
{
	view->root = mount_root(plan, kind, err);
	if (view->root < 0)
		return -1;
	if (make_inert(view->root, kind != VIEW_WRITE || plan->read_only, 0, err) < 0)
		return -1;
	view->root_mount = view_mount_of(view->root);
	if (attach_binds(plan, view->root, err) < 0)
		return -1;
	if (kind != VIEW_CHANGES)
		return 0;
	view->upper = in_root_clone(plan->overlay.upper, NULL, 0);
	if (view->upper < 0)
		return error_errno(err, STEP, "open \"%s\"", plan->overlay.upper);
	return make_inert(view->upper, true, 0, err);
}

uint64_t view_mount_of(int fd)
{
	struct statx status;
	if (statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &status) < 0 || !(status.stx_mask & STATX_MNT_ID))
		return 0;
	return status.stx_mnt_id;
}

int view_open(const char *text, enum view_kind kind, struct view *view, struct error *err)
{
	static struct plan plan;
	json_error_t broken;
	*view = (struct view){ .root = -1, .upper = -1 };
	if (!text)
		return error_set(err, EINVAL, "options", "--view is missing");
	// It lives as long as the worker.
	json_t *document = json_loads(text, JSON_REJECT_DUPLICATES, &broken);
	if (!document)
		return error_set(err, EINVAL, "options", "the view is not valid JSON: %s", broken.text);
	umask(0);
	int result = read_plan(document, &plan, err);
	if (result == 0)
		result = view_leave_mounts(err);
	if (result == 0)
		result = read_mounts(document, &plan, kind != VIEW_WRITE, err);
	if (result == 0)
		result = build(&plan, kind, view, err);
	for (size_t i = 0; i < plan.bind_count; i++)
		close(plan.binds[i].tree);
	json_decref(document);
	return result;
}

int view_open_folder(const char *path, enum view_kind kind, struct view *view, struct error *err)
{
	*view = (struct view){ .root = -1, .upper = -1 };
	umask(0);
	if (view_leave_mounts(err) < 0)
		return -1;
	view->root = in_root_clone(path, NULL, 0);
	if (view->root < 0)
		return error_errno(err, STEP, "open \"%s\"", path);
	if (make_inert(view->root, kind != VIEW_WRITE, 0, err) < 0)
		return -1;
	if (attach(view->root, AT_FDCWD, path) < 0)
		return error_errno(err, STEP, "mount \"%s\"", path);
	view->root_mount = view_mount_of(view->root);
	return 0;
}
