// Writes what lies in a directory into a tar archive.
#include "worker/pack.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "common/cleanup.h"

#define XATTR_NAMES_MAX 65536
#define XATTR_VALUE_MAX 65536
#define WHITEOUT ".wh."

static bool has_prefix(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

/** Attributes that belong to the file wherever it is: those that an extraction restores. */
static bool is_portable(const char *name)
{
	return strcmp(name, "security.capability") == 0 || (has_prefix(name, "user.") && !has_prefix(name, "user.overlay."));
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct tar_xattr *)a)->name, ((const struct tar_xattr *)b)->name);
}

/** Reads the attributes of an open file. They stay valid until the next call. */
static int read_xattrs(int fd, struct tar_entry *into, struct error *err)
{
	static char names[XATTR_NAMES_MAX];
	static char *values[TAR_XATTRS_MAX];
	ssize_t length = flistxattr(fd, names, sizeof names);
	into->xattr_count = 0;
	if (length < 0)
		return errno == ENOTSUP || errno == E2BIG || errno == ERANGE ? 0 : error_errno(err, "xattr", "list the attributes of %.200s", into->path);
	for (const char *name = names; name < names + length; name += strlen(name) + 1) {
		size_t i = into->xattr_count;
		if (!is_portable(name))
			continue;
		if (i == TAR_XATTRS_MAX)
			return error_set(err, E2BIG, "xattr", "%.200s has more than %d extended attributes", into->path, TAR_XATTRS_MAX);
		if (!values[i])
			values[i] = malloc(XATTR_VALUE_MAX);
		if (!values[i])
			return error_errno(err, "memory", "take memory for attributes");
		ssize_t size = fgetxattr(fd, name, values[i], XATTR_VALUE_MAX);
		if (size < 0 && errno == ENODATA)
			continue;
		if (size < 0)
			return error_errno(err, "xattr", "read the attribute %.60s of %.200s", name, into->path);
		into->xattrs[into->xattr_count++] = (struct tar_xattr){ name, values[i], (size_t)size };
	}
	if (into->xattr_count > 1)
		qsort(into->xattrs, into->xattr_count, sizeof *into->xattrs, by_name);
	return 0;
}

static void take_status(const struct pack *pack, const struct stat *status, struct tar_entry *into)
{
	into->mode = status->st_mode & 07777;
	into->uid = status->st_uid;
	into->gid = status->st_gid;
	into->mtime = status->st_mtim;
	if (!pack->layer)
		into->mtime.tv_nsec = 0;
	if (pack->latest > 0 && into->mtime.tv_sec >= pack->latest)
		into->mtime = (struct timespec){ .tv_sec = pack->latest };
	into->major = into->minor = 0;
	into->size = 0;
	into->link[0] = '\0';
	into->xattr_count = 0;
}

/** Writes `size` bytes of a file; one that has shrunk meanwhile is filled up with zeros. */
static int write_content(struct pack *pack, int fd, uint64_t size, const char *path, struct error *err)
{
	static char buffer[128 << 10];
	uint64_t left = size;
	if (size > 0 && pack->writer->split)
		tar_split_file(pack->writer->split, path, 0, size);
	pack->writer->in_file = true;
	while (left > 0) {
		ssize_t n = read(fd, buffer, left < sizeof buffer ? (size_t)left : sizeof buffer);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(err, "read", "read %.200s", path);
		if (n == 0)
			break;
		if (tar_write_data(pack->writer, buffer, (size_t)n, err) < 0)
			return -1;
		left -= (uint64_t)n;
	}
	if (tar_write_data(pack->writer, NULL, (size_t)left, err) < 0)
		return -1;
	pack->writer->in_file = false;
	return tar_write_padding(pack->writer, size, err);
}

/** Opens without waiting for anybody, following nothing. 1: it has vanished or become something else. */
static int open_entry(const struct walk_entry *entry, int flags, mode_t type, int *fd, struct stat *status, struct error *err)
{
	*fd = openat(entry->parent, entry->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | flags);
	if (*fd < 0 && (errno == ENOENT || errno == ELOOP || errno == ENOTDIR || errno == ENXIO || errno == ESTALE))
		return 1;
	if (*fd < 0 || fstat(*fd, status) < 0)
		return error_errno(err, "open", "open %.200s", entry->path);
	return (status->st_mode & S_IFMT) == type ? 0 : 1;
}

static int write_file(struct pack *pack, const struct walk_entry *entry, struct tar_entry *out, struct error *err)
{
	cleanup_close int fd = -1;
	struct stat status;
	int gone = open_entry(entry, 0, S_IFREG, &fd, &status, err);
	if (gone)
		return gone < 0 ? -1 : 0;
	take_status(pack, &status, out);
	const char *first = status.st_nlink > 1 ? link_table_find(&pack->links, status.st_dev, status.st_ino) : NULL;
	if (first) {
		out->type = TAR_HARD_LINK;
		snprintf(out->link, sizeof out->link, "%s", first);
		return tar_write_entry(pack->writer, out, err);
	}
	out->type = TAR_FILE;
	out->size = (uint64_t)status.st_size;
	pack->file_bytes += out->size;
	if (status.st_nlink > 1 && link_table_add(&pack->links, status.st_dev, status.st_ino, out->path, err) < 0)
		return -1;
	if (read_xattrs(fd, out, err) < 0 || tar_write_entry(pack->writer, out, err) < 0)
		return -1;
	return write_content(pack, fd, out->size, out->path, err);
}

/** In a layer: an empty file beside or in the place of what it speaks of. */
static int write_mark(struct pack *pack, const struct tar_entry *like, const char *folder, const char *name, struct error *err)
{
	static struct tar_entry mark;
	mark = (struct tar_entry){ .type = TAR_FILE, .mode = like->mode, .uid = like->uid, .gid = like->gid, .mtime = like->mtime };
	int length = snprintf(mark.path, sizeof mark.path, "%s%s", folder, name);
	if (length >= (int)sizeof mark.path)
		return error_set(err, ENAMETOOLONG, "path", "%.200s...: the path is too long", mark.path);
	return tar_write_entry(pack->writer, &mark, err);
}

static int write_directory(struct pack *pack, const struct walk_entry *entry, struct tar_entry *out, struct error *err)
{
	cleanup_close int fd = -1;
	struct stat status;
	int gone = open_entry(entry, O_DIRECTORY, S_IFDIR, &fd, &status, err);
	if (gone)
		return gone < 0 ? -1 : 0;
	take_status(pack, &status, out);
	out->type = TAR_DIRECTORY;
	if (read_xattrs(fd, out, err) < 0 || tar_write_entry(pack->writer, out, err) < 0)
		return -1;
	char opaque;
	if (!pack->layer || fgetxattr(fd, "trusted.overlay.opaque", &opaque, 1) != 1 || opaque != 'y')
		return 0;
	char folder[PATH_MAX + 1];
	snprintf(folder, sizeof folder, "%s/", out->path);
	// As Docker writes it: its mode is the directory's, and it has no time.
	const struct tar_entry like = { .mode = out->mode & 0777, .uid = out->uid, .gid = out->gid };
	return write_mark(pack, &like, folder, ".wh..wh..opq", err);
}

static int write_whiteout(struct pack *pack, const struct tar_entry *out, struct error *err)
{
	const char *slash = strrchr(out->path, '/');
	const char *name = slash ? slash + 1 : out->path;
	char folder[PATH_MAX];
	char mark[NAME_MAX + sizeof WHITEOUT];
	snprintf(folder, sizeof folder, "%.*s", (int)(name - out->path), out->path);
	snprintf(mark, sizeof mark, WHITEOUT "%.*s", NAME_MAX, name);
	const struct tar_entry like = { .mode = 0600, .uid = out->uid, .gid = out->gid, .mtime = out->mtime };
	return write_mark(pack, &like, folder, mark, err);
}

static int write_special(struct pack *pack, const struct walk_entry *entry, struct tar_entry *out, struct error *err)
{
	const struct stat *status = &entry->status;
	if (pack->layer && S_ISCHR(status->st_mode) && status->st_rdev == makedev(0, 0))
		return write_whiteout(pack, out, err);
	if (S_ISLNK(status->st_mode)) {
		ssize_t length = readlinkat(entry->parent, entry->name, out->link, sizeof out->link - 1);
		if (length < 0)
			return errno == ENOENT || errno == EINVAL ? 0 : error_errno(err, "read", "read the link %.200s", out->path);
		out->link[length] = '\0';
		out->type = TAR_SYMBOLIC_LINK;
		pack->file_bytes += (uint64_t)length;
	} else if (S_ISFIFO(status->st_mode)) {
		out->type = TAR_FIFO;
	} else if (S_ISCHR(status->st_mode) || S_ISBLK(status->st_mode)) {
		out->type = S_ISCHR(status->st_mode) ? TAR_CHARACTER_DEVICE : TAR_BLOCK_DEVICE;
		out->major = major(status->st_rdev);
		out->minor = minor(status->st_rdev);
	} else {
		return 0;
	}
	const char *first = status->st_nlink > 1 ? link_table_find(&pack->links, status->st_dev, status->st_ino) : NULL;
	if (first) {
		out->type = TAR_HARD_LINK;
		snprintf(out->link, sizeof out->link, "%s", first);
	} else if (status->st_nlink > 1 && link_table_add(&pack->links, status->st_dev, status->st_ino, out->path, err) < 0) {
		return -1;
	}
	return tar_write_entry(pack->writer, out, err);
}

int pack_entry(struct pack *pack, const struct walk_entry *entry, const char *path, struct error *err)
{
	static struct tar_entry out;
	// A layer has no way to say that a file is called like a whiteout.
	if (pack->layer && has_prefix(entry->name, WHITEOUT))
		return 0;
	if (snprintf(out.path, sizeof out.path, "%s", path) >= (int)sizeof out.path)
		return error_set(err, ENAMETOOLONG, "path", "%.200s...: the path is too long", path);
	pack->entries++;
	take_status(pack, &entry->status, &out);
	if (S_ISREG(entry->status.st_mode))
		return write_file(pack, entry, &out, err);
	if (S_ISDIR(entry->status.st_mode))
		return write_directory(pack, entry, &out, err);
	return write_special(pack, entry, &out, err);
}

struct packing {
	struct pack *pack;
	size_t cut;
	const char *prefix;
};

static enum walk_next visit(void *context, const struct walk_entry *entry, struct error *err)
{
	const struct packing *packing = context;
	char path[2 * PATH_MAX];
	if (packing->pack->layer && has_prefix(entry->name, WHITEOUT))
		return WALK_PAST;
	snprintf(path, sizeof path, "%s%s", packing->prefix, entry->path + packing->cut);
	return pack_entry(packing->pack, entry, path, err) < 0 ? WALK_FAIL : WALK_ON;
}

int pack_tree(struct pack *pack, int root, const char *from, const char *prefix, struct error *err)
{
	struct packing packing = { .pack = pack, .prefix = prefix, .cut = *from ? strlen(from) + 1 : 0 };
	return walk_tree(root, from, visit, &packing, err);
}
