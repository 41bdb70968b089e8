// PAX records: an entry's properties as text (POSIX.1-2017, pax, "Extended Header").
#include "worker/failure.h"
#include "worker/tar-number.h"
#include "worker/tar-parts.h"

static int add_xattr(struct tar_entry *entry, const char *name, const char *value, size_t length, struct error *err)
{
	if (*name == '\0' || strlen(name) > TAR_XATTR_NAME_MAX)
		return bad_archive(err, "an extended attribute has no good name");
	if (entry->xattr_count == TAR_XATTRS_MAX)
		return bad_archive(err, "an entry has more than %d extended attributes", TAR_XATTRS_MAX);
	entry->xattrs[entry->xattr_count++] = (struct tar_xattr){ name, value, length };
	return 0;
}

/** One PAX record. `key` is a string; `value` has `length` bytes and a NUL behind them. */
static int apply_record(struct tar *tar, struct tar_entry *entry, struct tar_pax_sparse *sparse, const char *key, const char *value,
			size_t length, uint64_t *stored, struct error *err)
{
	static const char xattr[] = "SCHILY.xattr.";
	static const char gnu[] = "GNU.sparse.";
	uint64_t n;
	if (strncmp(key, xattr, sizeof xattr - 1) == 0)
		return add_xattr(entry, key + sizeof xattr - 1, value, length, err);
	if (strncmp(key, gnu, sizeof gnu - 1) == 0)
		return tar_apply_pax_sparse(tar, entry, sparse, key + sizeof gnu - 1, value, length, err);
	// An empty value takes an override back.
	if (strcmp(key, "path") == 0)
		return length > 0 && !sparse->has_name ? tar_set_name(entry->path, value, length, err) : 0;
	if (strcmp(key, "linkpath") == 0)
		return length > 0 ? tar_set_name(entry->link, value, length, err) : 0;
	if (length == 0)
		return 0;
	if (strcmp(key, "mtime") == 0)
		return tar_time(value, length, &entry->mtime) ? 0 : bad_archive(err, "a PAX mtime is no time: %.40s", value);
	bool size = strcmp(key, "size") == 0;
	bool uid = strcmp(key, "uid") == 0;
	bool gid = strcmp(key, "gid") == 0;
	if (!size && !uid && !gid)
		return 0;
	if (!tar_decimal(value, length, &n) || (!size && n > UINT32_MAX - 1))
		return bad_archive(err, "the PAX number %s is out of range: %.40s", key, value);
	if (size)
		*stored = n;
	else if (uid)
		entry->uid = (uid_t)n;
	else
		entry->gid = (gid_t)n;
	return 0;
}

/** Applies the records `LENGTH KEY=VALUE\n` of the entry's PAX header. */
int tar_apply_pax(struct tar *tar, struct tar_entry *entry, struct tar_pax_sparse *sparse, uint64_t *stored, struct error *err)
{
	char *record = tar->pax;
	char *end = tar->pax + tar->pax_length;
	while (record < end) {
		char *space = memchr(record, ' ', (size_t)(end - record));
		uint64_t length;
		if (!space || !tar_decimal(record, (size_t)(space - record), &length) || length > (uint64_t)(end - record) ||
		    length < (uint64_t)(space - record) + 3 || record[length - 1] != '\n')
			return bad_archive(err, "a PAX record has a wrong length");
		char *key = space + 1;
		char *last = record + length - 1;
		char *equals = memchr(key, '=', (size_t)(last - key));
		if (!equals || equals == key || memchr(key, '\0', (size_t)(equals - key)))
			return bad_archive(err, "a PAX record has no key");
		*equals = '\0';
		*last = '\0';
		if (apply_record(tar, entry, sparse, key, equals + 1, (size_t)(last - equals - 1), stored, err) < 0)
			return -1;
		record += length;
	}
	return 0;
}
