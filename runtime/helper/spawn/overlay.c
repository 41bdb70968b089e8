// The root file system of a container.
//
// Mount targets that an image lacks are made in the init layer, below the container's own layer, so that diff and commit
// never see them. It is filled at the first start through a short overlay of its own; the file `<init>.done` says that
// it is complete.
#include "spawn/overlay.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "spawn/in-root.h"

#define STEP "overlay"
#define OPTIONS "redirect_dir=off,metacopy=off,index=off"
#define OPTIONS_MAX 4096 // one page, the kernel's bound

struct text {
	char data[OPTIONS_MAX];
	size_t length;
};

static void append(struct text *text, const char *more)
{
	size_t length = strlen(more);
	if (text->length + length < sizeof text->data)
		memcpy(text->data + text->length, more, length + 1);
	text->length += length; // past the end: mount_text() refuses
}

/** Colons separate layers and commas options: a backslash makes them plain. */
static void append_escaped(struct text *text, const char *path)
{
	for (; *path; path++) {
		char escaped[3] = { '\\', *path, 0 };
		append(text, strchr(":,\\", *path) ? escaped : escaped + 1);
	}
}

static void append_lower(struct text *text, const struct overlay_spec *spec)
{
	for (size_t i = 0; i < spec->lower.count; i++) {
		if (i)
			append(text, ":");
		append_escaped(text, spec->lower.items[i]);
	}
}

/** Lower directories are named relative to the layers' folder, which is the current one meanwhile. */
static int mount_text(const struct overlay_spec *spec, const char *point, const struct text *text, struct error *err)
{
	if (text->length >= sizeof text->data)
		return error_set(err, E2BIG, STEP, "the names of %zu layers do not fit in a page", spec->lower.count);
	if (chdir(spec->layers) < 0)
		return error_errno(err, STEP, "enter \"%s\"", spec->layers);
	if (mount("overlay", point, "overlay", 0, text->data) < 0)
		return error_errno(err, STEP, "mount the overlay of %zu layers with upper \"%s\"", spec->lower.count,
				   spec->upper);
	return 0;
}

static int open_root(const char *point, struct error *err)
{
	int root = open(point, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return root < 0 ? error_errno(err, STEP, "open the root") : root;
}

static int make_folder(const char *path, struct error *err)
{
	if (mkdir(path, 0755) < 0 && errno != EEXIST)
		return error_errno(err, STEP, "make \"%s\"", path);
	return 0;
}

/** Removes what a volatile overlay leaves in its work directory (a few folders of the kernel's own making). */
static void remove_tree(int parent, const char *name, int depth)
{
	if (unlinkat(parent, name, 0) == 0 || (errno != EISDIR && errno != EPERM) || depth > 8)
		return;
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *folder = fd < 0 ? NULL : fdopendir(fd);
	if (!folder) {
		if (fd >= 0)
			close(fd);
		return;
	}
	struct dirent *entry;
	while ((entry = readdir(folder)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			remove_tree(fd, entry->d_name, depth + 1);
	closedir(folder);
	unlinkat(parent, name, AT_REMOVEDIR);
}

static int make_stubs(int root, const struct overlay_stub *stubs, size_t count, struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		enum in_root_kind kind = stubs[i].is_directory ? IN_ROOT_DIRECTORY : IN_ROOT_FILE;
		cleanup_close int made = in_root_make(root, stubs[i].path, kind, STEP, err);
		if (made < 0)
			return -1;
	}
	cleanup_close int marker = in_root_make(root, "/.dockerenv", IN_ROOT_FILE, STEP, err);
	return marker < 0 ? -1 : 0;
}

static int fill_through_overlay(const struct overlay_spec *spec, const char *point, const char *scratch,
				const struct overlay_stub *stubs, size_t count, struct error *err)
{
	struct text text = { .length = 0 };
	append(&text, OPTIONS ",volatile,lowerdir=");
	append_lower(&text, spec);
	append(&text, ",upperdir=");
	append_escaped(&text, spec->init);
	append(&text, ",workdir=");
	append_escaped(&text, scratch);
	if (mount_text(spec, point, &text, err) < 0)
		return -1;
	int root = open_root(point, err);
	int result = root < 0 ? -1 : make_stubs(root, stubs, count, err);
	if (root >= 0)
		close(root);
	if (umount2(point, MNT_DETACH) < 0 && result == 0)
		return error_errno(err, STEP, "unmount the init layer");
	return result;
}

static int fill_init(const struct overlay_spec *spec, const char *point, const struct overlay_stub *stubs,
		     size_t count, struct error *err)
{
	char marker[PATH_MAX], scratch[PATH_MAX];
	if (snprintf(marker, sizeof marker, "%s.done", spec->init) >= (int)sizeof marker ||
	    snprintf(scratch, sizeof scratch, "%s.work", spec->init) >= (int)sizeof scratch)
		return error_set(err, ENAMETOOLONG, STEP, "\"%s\"", spec->init);
	if (faccessat(AT_FDCWD, marker, F_OK, 0) == 0)
		return 0;
	if (make_folder(spec->init, err) < 0)
		return -1;
	if (spec->lower.count == 0) { // an image without layers
		cleanup_close int root = open_root(spec->init, err);
		if (root < 0 || make_stubs(root, stubs, count, err) < 0)
			return -1;
	} else {
		remove_tree(AT_FDCWD, scratch, 0); // of an attempt that was cut off
		if (make_folder(scratch, err) < 0)
			return -1;
		int result = fill_through_overlay(spec, point, scratch, stubs, count, err);
		remove_tree(AT_FDCWD, scratch, 0);
		if (result < 0)
			return -1;
	}
	cleanup_close int done = open(marker, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	return done < 0 ? error_errno(err, STEP, "make \"%s\"", marker) : 0;
}

int overlay_mount(const struct overlay_spec *spec, const char *point, const struct overlay_stub *stubs, size_t count,
		  struct error *err)
{
	if (fill_init(spec, point, stubs, count, err) < 0 || make_folder(spec->upper, err) < 0 ||
	    make_folder(spec->work, err) < 0)
		return -1;
	struct text text = { .length = 0 };
	append(&text, OPTIONS);
	if (spec->is_volatile) {
		append(&text, ",volatile");
		// The kernel refuses a work directory in which an earlier volatile mount left its mark.
		cleanup_close int work = open(spec->work, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (work >= 0)
			remove_tree(work, "work/incompat", 0);
	}
	append(&text, ",lowerdir=");
	append_escaped(&text, spec->init);
	if (spec->lower.count)
		append(&text, ":");
	append_lower(&text, spec);
	append(&text, ",upperdir=");
	append_escaped(&text, spec->upper);
	append(&text, ",workdir=");
	append_escaped(&text, spec->work);
	return mount_text(spec, point, &text, err) < 0 ? -1 : open_root(point, err);
}
