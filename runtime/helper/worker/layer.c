// Writes an archive's entries with all their properties.
//
// In a layer a whiteout `.wh.NAME` becomes a character device 0:0 called NAME, `.wh..wh..opq` marks its directory as opaque (OCI image-spec,
// layer, "Whiteouts"). An entry takes the place of what lies there, except that a directory joins a directory.
#include "worker/layer.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "worker/failure.h"
#include "worker/file-data.h"
#include "worker/path.h"

#define WHITEOUT ".wh."
#define WHITEOUT_LENGTH 4
#define OPAQUE ".wh..wh..opq"

static bool has_prefix(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

static int failed(const struct tar_entry *entry, const char *what, struct error *err)
{
	// A name that the file system cannot hold is the archive's fault.
	if (errno == ENAMETOOLONG || errno == ELOOP)
		return bad_archive(err, "%.200s: %s: %s", entry->path, what, strerror(errno));
	return error_errno(err, "extract", "%.200s: %s", entry->path, what);
}

/** Whether a file in this place is aufs's own bookkeeping, which old images carry. */
static bool is_bookkeeping(const char *path)
{
	for (const char *at = path; at; at = strchr(at, '/')) {
		if (*at == '/')
			at++;
		if (has_prefix(at, WHITEOUT WHITEOUT) && strcmp(at, OPAQUE) != 0)
			return true;
	}
	return false;
}

static int write_whiteout(struct dest *dest, const struct tar_entry *entry, const char *path, struct error *err)
{
	const char *leaf = path_leaf(path);
	int parent = dest_parent(dest, path, err);
	if (parent < 0)
		return -1;
	if (strcmp(leaf, OPAQUE) == 0) {
		// overlayfs does not look at the mark on a layer's root: it would hide nothing.
		if (leaf == path)
			return bad_archive(err, "%.200s: the root of a layer cannot be opaque", entry->path);
		cleanup_close int fd = openat(parent, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		return fd < 0 ? failed(entry, "open the directory", err) : dest_make_opaque(fd, err);
	}
	const char *hidden = leaf + WHITEOUT_LENGTH;
	if (*hidden == '\0' || strcmp(hidden, ".") == 0 || strcmp(hidden, "..") == 0)
		return bad_archive(err, "%.200s: a whiteout of nothing that a layer can have", entry->path);
	if (mknodat(parent, hidden, S_IFCHR, makedev(0, 0)) == 0) {
		if (fchownat(parent, hidden, entry->uid, entry->gid, AT_SYMLINK_NOFOLLOW) < 0)
			return failed(entry, "set the owner", err);
		return 0;
	}
	if (errno != EEXIST)
		return failed(entry, "make a whiteout", err);
	// The layer has an entry of this name itself, which the whiteout is not about; only a directory would let the ones below through.
	cleanup_close int fd = openat(parent, hidden, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0)
		return dest_make_opaque(fd, err);
	return errno == ENOTDIR || errno == ELOOP || errno == ENXIO ? 0 : failed(entry, "open the directory", err);
}

/** Restores `security.capability` and `user.*`; other names belong to the host (labels, ACLs) and are left out. */
static int set_xattrs(const struct tar_entry *entry, int fd, struct error *err)
{
	for (size_t i = 0; i < entry->xattr_count; i++) {
		const struct tar_xattr *xattr = &entry->xattrs[i];
		if (strcmp(xattr->name, "security.capability") != 0 && !has_prefix(xattr->name, "user."))
			continue;
		if (fsetxattr(fd, xattr->name, xattr->value, xattr->length, 0) == 0)
			continue;
		if (errno == EINVAL || errno == ERANGE || errno == E2BIG)
			return bad_archive(err, "%.200s: the extended attribute %.60s has no good value", entry->path, xattr->name);
		if (errno != ENOTSUP || !has_prefix(xattr->name, "user."))
			return failed(entry, "set an extended attribute", err);
	}
	return 0;
}

/** The marks by which overlayfs steers itself must not come out of an archive. */
static int check_xattrs(const struct tar_entry *entry, struct error *err)
{
	for (size_t i = 0; i < entry->xattr_count; i++) {
		const char *name = entry->xattrs[i].name;
		if (has_prefix(name, "trusted.overlay.") || has_prefix(name, "user.overlay."))
			return bad_archive(err, "%.200s: the extended attribute %.60s is not allowed", entry->path, name);
	}
	return 0;
}

/** Whether what was just made in the open parent is not the entry's owner's yet. */
static bool has_other_owner(const struct dest *dest, const struct tar_entry *entry)
{
	return entry->uid != 0 || entry->gid != 0 || dest->parent_gives_group;
}

/** Owner, mode and attributes of an open file or directory; in this order, because a new owner clears the last two. */
static int set_properties(const struct tar_entry *entry, int fd, bool other_owner, mode_t created, struct error *err)
{
	if (other_owner && fchown(fd, entry->uid, entry->gid) < 0)
		return failed(entry, "set the owner", err);
	if (entry->mode != created && fchmod(fd, entry->mode) < 0)
		return failed(entry, "set the mode", err);
	return set_xattrs(entry, fd, err);
}

static int write_directory(struct dest *dest, const struct tar_entry *entry, const char *path, struct error *err)
{
	int parent = dest->root;
	const char *leaf = ".";
	bool made = false;
	bool replaces_whiteout = false;
	if (*path) {
		leaf = path_leaf(path);
		parent = dest_parent(dest, path, err);
		if (parent < 0)
			return -1;
		made = mkdirat(parent, leaf, entry->mode & 0777) == 0;
		if (!made && errno != EEXIST)
			return failed(entry, "make the directory", err);
	}
	// Plain ones, which are most, need no descriptor.
	if (made && entry->mode <= 0777 && entry->xattr_count == 0 && !dest->parent_gives_group) {
		if (has_other_owner(dest, entry) && fchownat(parent, leaf, entry->uid, entry->gid, AT_SYMLINK_NOFOLLOW) < 0)
			return failed(entry, "set the owner", err);
		return dest_remember_time(dest, path, entry->mtime, err);
	}
	const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	cleanup_close int fd = openat(parent, leaf, flags);
	if (fd < 0 && !made && (errno == ENOTDIR || errno == ELOOP || errno == ENXIO || errno == ENODEV)) {
		replaces_whiteout = dest_is_whiteout(parent, leaf);
		if (dest_clear(dest, parent, leaf, err) < 0)
			return -1;
		if (mkdirat(parent, leaf, entry->mode & 0777) < 0)
			return failed(entry, "make the directory", err);
		fd = openat(parent, leaf, flags);
	}
	if (fd < 0)
		return failed(entry, "open the directory", err);
	if (replaces_whiteout && dest_make_opaque(fd, err) < 0)
		return -1;
	// All is set, because it was there with other properties, or got some from its parent.
	if (set_properties(entry, fd, true, (mode_t)-1, err) < 0)
		return -1;
	if (!*path)
		dest_forget_parent(dest);
	return dest_remember_time(dest, path, entry->mtime, err);
}

/** Says where the data of the archive that comes now will be found. */
static void remember_data(struct tar_split *split, const struct tar_entry *entry, const char *path)
{
	if (!split)
		return;
	if (!entry->sparse)
		tar_split_file(split, path, 0, entry->size);
	for (size_t i = 0; entry->sparse && i < entry->extent_count; i++)
		tar_split_file(split, path, entry->extents[i].offset, entry->extents[i].length);
}

static int write_file(const struct dest *dest, struct tar *tar, const struct tar_entry *entry, const char *path, int parent,
		      const char *leaf, struct error *err)
{
	const struct timespec times[2] = { entry->mtime, entry->mtime };
	cleanup_close int fd = openat(parent, leaf, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, entry->mode & 0777);
	if (fd < 0)
		return failed(entry, "make the file", err);
	remember_data(tar->pipeline->options.split, entry, path);
	if (file_data_write(tar, entry, fd, err) < 0 || set_properties(entry, fd, has_other_owner(dest, entry), entry->mode & 0777, err) < 0)
		return -1;
	return futimens(fd, times) < 0 ? failed(entry, "set the time", err) : 0;
}

/** A hard link is to an entry that came before it in this layer. */
static int write_hard_link(struct dest *dest, const struct tar_entry *entry, const char *folder, int parent, const char *leaf,
			   struct error *err)
{
	char inside[PATH_MAX];
	char target[PATH_MAX];
	if (path_normalise(entry->link, inside, err) < 0 || path_join(folder, inside, target, err) < 0)
		return -1;
	// Looking up the target's directory closes this one.
	cleanup_close int here = dup(parent);
	if (here < 0)
		return failed(entry, "keep the directory", err);
	int from = *target ? dest_existing_parent(dest, target, err) : -1;
	if (!*target)
		return bad_archive(err, "%.200s: a hard link to the root", entry->path);
	if (from < 0)
		return -1;
	if (linkat(from, path_leaf(target), here, leaf, 0) == 0)
		return 0;
	if (errno == ENOENT || errno == EPERM)
		return bad_archive(err, "%.200s: a hard link to %.200s, which is no file of this layer", entry->path, entry->link);
	return failed(entry, "make the hard link", err);
}

static int write_other(const struct dest *dest, const struct tar_entry *entry, int parent, const char *leaf, struct error *err)
{
	const struct timespec times[2] = { entry->mtime, entry->mtime };
	int made;
	if (entry->type == TAR_SYMBOLIC_LINK) {
		if (entry->link[0] == '\0')
			return bad_archive(err, "%.200s: a symbolic link to nothing", entry->path);
		made = symlinkat(entry->link, parent, leaf);
	} else {
		mode_t type = entry->type == TAR_FIFO ? S_IFIFO : entry->type == TAR_BLOCK_DEVICE ? S_IFBLK : S_IFCHR;
		dev_t device = entry->type == TAR_FIFO ? 0 : makedev(entry->major, entry->minor);
		made = mknodat(parent, leaf, type | (entry->mode & 0777), device);
	}
	if (made < 0)
		return failed(entry, "make the link or device", err);
	if (has_other_owner(dest, entry) && fchownat(parent, leaf, entry->uid, entry->gid, AT_SYMLINK_NOFOLLOW) < 0)
		return failed(entry, "set the owner", err);
	// What was made here just now is no link.
	if (entry->type != TAR_SYMBOLIC_LINK && entry->mode > 0777 && fchmodat(parent, leaf, entry->mode, 0) < 0)
		return failed(entry, "set the mode", err);
	if (utimensat(parent, leaf, times, AT_SYMLINK_NOFOLLOW) < 0)
		return failed(entry, "set the time", err);
	return 0;
}

/** Whether what lies at `path` is of a kind that may be replaced. */
static int check_kind(struct dest *dest, const struct tar_entry *entry, const char *path, const char *folder, struct error *err)
{
	struct stat status;
	int parent = dest_parent(dest, path, err);
	if (parent < 0)
		return -1;
	if (fstatat(parent, path_leaf(path), &status, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : failed(entry, "look at what is there", err);
	bool is_directory = entry->type == TAR_DIRECTORY;
	if (S_ISDIR(status.st_mode) == is_directory)
		return 0;
	return error_set(err, EISDIR, "kind", "cannot overwrite %s \"/%.200s\" with %s \"/%.200s\"",
			 is_directory ? "non-directory" : "directory", path, is_directory ? "directory" : "non-directory", folder);
}

int layer_write(struct dest *dest, struct tar *tar, struct tar_entry *entry, const struct layer_rules *rules,
		struct layer_count *count, struct error *err)
{
	char inside[PATH_MAX];
	char path[PATH_MAX];
	const uint64_t limit = rules->limit;
	if (path_normalise(entry->path, inside, err) < 0 || path_join(rules->folder, inside, path, err) < 0 ||
	    check_xattrs(entry, err) < 0)
		return -1;
	if (rules->has_owner) {
		entry->uid = rules->uid;
		entry->gid = rules->gid;
	}
	if (rules->whiteouts && is_bookkeeping(path))
		return 0;
	const char *leaf = path_leaf(path);
	if (rules->whiteouts && has_prefix(leaf, WHITEOUT))
		return write_whiteout(dest, entry, path, err);
	// The folder itself is the container's, whatever the archive says of it.
	if (!rules->whiteouts && !*inside && entry->type == TAR_DIRECTORY)
		return 0;
	if (rules->keeps_kinds && *inside && check_kind(dest, entry, path, rules->folder, err) < 0)
		return -1;
	count->entries++;
	if (entry->type == TAR_DIRECTORY)
		return write_directory(dest, entry, path, err);
	if (!*inside)
		return bad_archive(err, "the root of an archive is no directory");

	// Docker counts a layer's size as the sum of what its entries but folders take: a link its target's length.
	if (entry->type == TAR_SYMBOLIC_LINK)
		count->file_bytes += strlen(entry->link);
	if (entry->type == TAR_FILE) {
		count->file_bytes += entry->size;
		if (entry->size > limit || count->file_bytes > limit)
			return bad_archive(err, "%.200s: the files are larger than the limit", entry->path);
	}
	for (bool again = false;; again = true) {
		int parent = dest_parent(dest, path, err);
		if (parent < 0)
			return -1;
		int result = entry->type == TAR_FILE	  ? write_file(dest, tar, entry, path, parent, leaf, err)
			     : entry->type == TAR_HARD_LINK ? write_hard_link(dest, entry, rules->folder, parent, leaf, err)
							    : write_other(dest, entry, parent, leaf, err);
		if (result == 0 || err->code != EEXIST || again)
			return result;
		parent = dest_parent(dest, path, err);
		if (parent < 0 || dest_clear(dest, parent, leaf, err) < 0)
			return -1;
	}
}
