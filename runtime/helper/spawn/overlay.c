// The root file system of a container.
#include "spawn/overlay.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "spawn/init-layer.h"

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

/** For the few folders that we or the kernel made: an incomplete init layer, the mark of a volatile overlay. */
static void remove_tree(int parent, const char *name, int depth)
{
	if (unlinkat(parent, name, 0) == 0 || (errno != EISDIR && errno != EPERM) || depth > 64)
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

int overlay_mount_view(const struct overlay_spec *spec, const char *point, struct error *err)
{
	// An image without layers is as empty as the init layer.
	if (!spec->lower.count)
		return open_root(spec->init, err);
	struct text text = { .length = 0 };
	append(&text, OPTIONS ",lowerdir=");
	append_escaped(&text, spec->init);
	append(&text, ":");
	append_lower(&text, spec);
	return mount_text(spec, point, &text, err) < 0 ? -1 : open_root(point, err);
}

/** At the first start; the file `<init>.done` says that the init layer is complete. */
static int fill_init(const struct overlay_spec *spec, const char *point, const struct init_stub *stubs,
		     size_t count, struct error *err)
{
	char marker[PATH_MAX];
	if (snprintf(marker, sizeof marker, "%s.done", spec->init) >= (int)sizeof marker)
		return error_set(err, ENAMETOOLONG, STEP, "\"%s\"", spec->init);
	if (faccessat(AT_FDCWD, marker, F_OK, 0) == 0)
		return 0;
	if (mkdir(spec->init, 0755) < 0 && errno == EEXIST) {
		// Empty, or what an attempt that was cut off left there.
		remove_tree(AT_FDCWD, spec->init, 0);
		if (make_folder(spec->init, err) < 0)
			return -1;
	}
	cleanup_close int init = open_root(spec->init, err);
	// It stays below the real mount and goes with the host's root.
	cleanup_close int view = overlay_mount_view(spec, point, err);
	if (init < 0 || view < 0 || init_layer_fill(init, view, stubs, count, err) < 0)
		return -1;
	cleanup_close int done = open(marker, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	return done < 0 ? error_errno(err, STEP, "make \"%s\"", marker) : 0;
}

int overlay_mount(const struct overlay_spec *spec, const char *point, const struct init_stub *stubs, size_t count,
		  struct error *err)
{
	return fill_init(spec, point, stubs, count, err) < 0 ? -1 : overlay_mount_filled(spec, point, err);
}

int overlay_mount_filled(const struct overlay_spec *spec, const char *point, struct error *err)
{
	if (make_folder(spec->upper, err) < 0 || make_folder(spec->work, err) < 0)
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
