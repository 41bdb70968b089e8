// The job `checksum`: one digest of all that an instruction takes, of names, modes, owners where they are kept, and contents, but not of
// times: the same files checked out again are the same.
#include <fcntl.h>
#include <inttypes.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/json.h"
#include "worker/answer.h"
#include "worker/confine.h"
#include "worker/digest.h"
#include "worker/jobs.h"
#include "worker/selection.h"
#include "worker/view.h"

#define CAPABILITY_MAX 64

struct checksum {
	EVP_MD_CTX *hash;
	/** Of the contents alone. */
	EVP_MD_CTX *contents;
	bool owners;
	uint64_t items;
	uint64_t files;
	uint64_t bytes;
	bool has_directory;
};

/** What is hashed begins with its length, so that no two lists of texts look the same. */
static void add_text(struct checksum *checksum, const char *text)
{
	uint32_t length = (uint32_t)strlen(text);
	digest_add(checksum->hash, &length, sizeof length);
	digest_add(checksum->hash, text, length);
}

static void add_number(struct checksum *checksum, uint64_t number)
{
	digest_add(checksum->hash, &number, sizeof number);
}

static int add_file(struct checksum *checksum, const struct walk_entry *entry, struct error *err)
{
	static char buffer[256 << 10];
	char capability[CAPABILITY_MAX];
	cleanup_close int fd = openat(entry->parent, entry->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return error_errno(err, "open", "open %.200s", entry->path);
	uint64_t size = 0;
	ssize_t n;
	add_number(checksum, (uint64_t)entry->status.st_size);
	while ((n = read(fd, buffer, sizeof buffer)) > 0) {
		digest_add(checksum->hash, buffer, (size_t)n);
		digest_add(checksum->contents, buffer, (size_t)n);
		size += (uint64_t)n;
	}
	if (n < 0)
		return error_errno(err, "read", "read %.200s", entry->path);
	// Behind it, because it may have grown meanwhile.
	add_number(checksum, size);
	n = fgetxattr(fd, "security.capability", capability, sizeof capability);
	add_number(checksum, n > 0 ? (uint64_t)n : 0);
	if (n > 0)
		digest_add(checksum->hash, capability, (size_t)n);
	checksum->files++;
	checksum->bytes += size;
	return 0;
}

static int on_item(void *context, const struct selection_item *item, struct error *err)
{
	struct checksum *checksum = context;
	(void)err;
	add_text(checksum, item->folder);
	// A directory's own name says nothing: its contents are what is taken.
	add_text(checksum, item->is_directory ? "" : item->name);
	checksum->items++;
	checksum->has_directory |= item->is_directory;
	return 0;
}

static int on_entry(void *context, const struct selection_item *item, const char *path, const struct walk_entry *entry, struct error *err)
{
	struct checksum *checksum = context;
	const struct stat *status = &entry->status;
	(void)item;
	add_text(checksum, path);
	add_number(checksum, status->st_mode);
	if (checksum->owners) {
		add_number(checksum, status->st_uid);
		add_number(checksum, status->st_gid);
	}
	if (S_ISREG(status->st_mode))
		return add_file(checksum, entry, err);
	if (S_ISLNK(status->st_mode)) {
		char target[PATH_MAX];
		ssize_t length = readlinkat(entry->parent, entry->name, target, sizeof target - 1);
		if (length < 0)
			return error_errno(err, "read", "read the link %.200s", entry->path);
		target[length] = '\0';
		add_text(checksum, target);
	} else if (S_ISCHR(status->st_mode) || S_ISBLK(status->st_mode)) {
		add_number(checksum, status->st_rdev);
	}
	return 0;
}

int job_checksum(const struct job_options *options, struct error *err)
{
	struct selection selection;
	struct checksum checksum = { 0 };
	char digest[DIGEST_TEXT_MAX], contents[DIGEST_TEXT_MAX];
	char line[384];
	bool plain = false;
	(void)options;
	const json_t *document = selection_read(err);
	if (!document || json_read_bool(document, "keepOwner", &checksum.owners, err) < 0 ||
	    json_read_bool(document, "contents", &plain, err) < 0)
		return -1;
	if (view_leave_mounts(err) < 0 || selection_open(document, &selection, err) < 0)
		return -1;
	OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	checksum.hash = digest_open();
	checksum.contents = plain ? digest_open() : NULL;
	if (!checksum.hash)
		return error_set(err, ENOMEM, "memory", "begin to hash");
	const struct selection_visitor visitor = { &checksum, on_item, on_entry };
	if (confine(CONFINE_READ, selection.root, err) < 0 || selection_visit(&selection, &visitor, err) < 0)
		return -1;
	digest_close(checksum.hash, digest);
	digest_close(checksum.contents, contents);
	snprintf(line, sizeof line,
		 "{\"ok\":true,\"digest\":\"%s\",\"items\":%" PRIu64 ",\"files\":%" PRIu64 ",\"bytes\":%" PRIu64 ",\"directory\":%s,\"contents\":\"%s\"}\n",
		 digest, checksum.items, checksum.files, checksum.bytes, checksum.has_directory ? "true" : "false", contents);
	answer_line(line);
	return 0;
}
