// Who a process runs as.
//
// As Docker does it: a numeric user or group is always a number, whatever names there are; without an explicit group the
// supplementary groups are those that list the user. The primary group is among the supplementary ones (CVE-2022-36109).
#include "spawn/user.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "spawn/in-root.h"

#define STEP "user"
#define MAX_FILE_BYTES (8 << 20)
#define MAX_ID 2147483647L

/** The file's text, or "" when there is none. Only a plain file is read: a FIFO would block, a device surprise. */
static char *read_text(int root, const char *path, struct error *err)
{
	char *text = NULL;
	cleanup_close int fd = in_root_open(root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
	struct stat status;
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP)) {
		text = calloc(1, 1);
		if (!text)
			error_set(err, ENOMEM, STEP, "no memory");
		return text;
	}
	if (fd < 0 || fstat(fd, &status) < 0) {
		error_errno(err, STEP, "open \"%s\"", path);
		return NULL;
	}
	if (!S_ISREG(status.st_mode) || status.st_size > MAX_FILE_BYTES) {
		error_set(err, EINVAL, STEP, "\"%s\" is not a file of less than 8 MiB", path);
		return NULL;
	}
	text = calloc(1, (size_t)status.st_size + 1);
	size_t length = 0;
	while (text && length < (size_t)status.st_size) {
		ssize_t n = read(fd, text + length, (size_t)status.st_size - length);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			error_errno(err, STEP, "read \"%s\"", path);
			free(text);
			return NULL;
		}
		if (n == 0)
			break;
		length += (size_t)n;
	}
	if (!text)
		error_set(err, ENOMEM, STEP, "no memory");
	return text;
}

/** A whole decimal number, with a sign or without. 1: it is one, 0: it is a name, -1: a number out of range. */
static int parse_id(const char *text, size_t length, long *out)
{
	bool negative = length > 0 && *text == '-';
	if (length > 0 && (*text == '-' || *text == '+'))
		text++, length--;
	if (length == 0)
		return 0;
	long value = 0;
	bool too_large = false;
	for (size_t i = 0; i < length; i++) {
		if (!isdigit((unsigned char)text[i]))
			return 0;
		if (!too_large)
			value = value * 10 + (text[i] - '0');
		if (value > MAX_ID)
			too_large = true;
	}
	*out = value;
	return too_large || (negative && value > 0) ? -1 : 1;
}

#define MAX_FIELDS 7

struct record {
	const char *fields[MAX_FIELDS];
	size_t lengths[MAX_FIELDS];
	size_t count;
};

/** The next line that is not empty, split at colons. Surplus colons stay in the last field. */
static bool next_record(const char **cursor, struct record *record)
{
	while (**cursor) {
		const char *line = *cursor;
		size_t length = strcspn(line, "\n");
		*cursor = line + length + (line[length] == '\n');
		while (length && isspace((unsigned char)*line))
			line++, length--;
		while (length && isspace((unsigned char)line[length - 1]))
			length--;
		if (length == 0 || *line == '#')
			continue;
		record->count = 0;
		const char *end = line + length;
		for (const char *start = line;;) {
			const char *colon = record->count + 1 < MAX_FIELDS ?
						    memchr(start, ':', (size_t)(end - start)) :
						    NULL;
			const char *stop = colon ? colon : end;
			record->fields[record->count] = start;
			record->lengths[record->count++] = (size_t)(stop - start);
			if (!colon)
				return true;
			start = colon + 1;
		}
	}
	return false;
}

static bool field_is(const struct record *record, size_t index, const char *text, size_t length)
{
	return index < record->count && record->lengths[index] == length &&
	       memcmp(record->fields[index], text, length) == 0;
}

static bool field_id(const struct record *record, size_t index, long *id)
{
	return index < record->count && parse_id(record->fields[index], record->lengths[index], id) == 1;
}

/** Whether `name` is in the comma-separated list. */
static bool lists(const char *list, size_t length, const char *name, size_t name_length)
{
	const char *end = list + length;
	for (const char *start = list;;) {
		const char *comma = memchr(start, ',', (size_t)(end - start));
		const char *stop = comma ? comma : end;
		if ((size_t)(stop - start) == name_length && memcmp(start, name, name_length) == 0)
			return true;
		if (!comma)
			return false;
		start = comma + 1;
	}
}

static int add_group(struct user *user, gid_t gid, struct error *err)
{
	for (size_t i = 0; i < user->group_count; i++)
		if (user->groups[i] == gid)
			return 0;
	if (user->group_count == USER_MAX_GROUPS)
		return error_set(err, EINVAL, STEP, "more than %d supplementary groups", USER_MAX_GROUPS);
	user->groups[user->group_count++] = gid;
	return 0;
}

static int out_of_range(struct error *err)
{
	return error_set(err, EINVAL, STEP, "uids and gids must be in range 0-%ld", MAX_ID);
}

/** The user's record: fills uid, gid and home. `name` is its name as it stands in the text, NULL when only a number. */
static int find_user(const char *passwd, const char *asked, size_t length, struct user *out, const char **name,
		     size_t *name_length, struct error *err)
{
	long wanted = 0;
	int numeric = parse_id(asked, length, &wanted);
	if (numeric < 0)
		return out_of_range(err);
	struct record record;
	*name = NULL;
	for (const char *cursor = passwd; next_record(&cursor, &record);) {
		long uid, gid;
		if (!field_id(&record, 2, &uid) || !field_id(&record, 3, &gid))
			continue;
		if (numeric ? uid != wanted : !field_is(&record, 0, asked, length))
			continue;
		out->uid = (uid_t)uid;
		out->gid = (gid_t)gid;
		if (record.count > 5 && record.lengths[5] > 0 && record.lengths[5] < sizeof out->home)
			snprintf(out->home, sizeof out->home, "%.*s", (int)record.lengths[5], record.fields[5]);
		*name = record.fields[0];
		*name_length = record.lengths[0];
		return 0;
	}
	if (!numeric)
		return error_set(err, ENOENT, STEP, "unable to find user %.*s: no matching entries in passwd file",
				 (int)length, asked);
	out->uid = (uid_t)wanted;
	out->gid = 0;
	return 0;
}

static int find_group(const char *groups, const char *asked, gid_t *out, struct error *err)
{
	long wanted = 0;
	size_t length = strlen(asked);
	int numeric = parse_id(asked, length, &wanted);
	if (numeric < 0)
		return out_of_range(err);
	if (numeric) {
		*out = (gid_t)wanted;
		return 0;
	}
	struct record record;
	for (const char *cursor = groups; next_record(&cursor, &record);) {
		long gid;
		if (field_is(&record, 0, asked, length) && field_id(&record, 2, &gid)) {
			*out = (gid_t)gid;
			return 0;
		}
	}
	return error_set(err, ENOENT, STEP, "unable to find group %s: no matching entries in group file", asked);
}

static int add_groups_listing(const char *groups, const char *name, size_t length, struct user *out, struct error *err)
{
	struct record record;
	for (const char *cursor = groups; next_record(&cursor, &record);) {
		long gid;
		if (record.count < 4 || !field_id(&record, 2, &gid) ||
		    !lists(record.fields[3], record.lengths[3], name, length))
			continue;
		if (add_group(out, (gid_t)gid, err) < 0)
			return -1;
	}
	return 0;
}

static int resolve_named(const struct request *request, const char *passwd, const char *groups, struct user *out,
			 struct error *err)
{
	const char *user = *request->user ? request->user : "0";
	const char *colon = strchr(user, ':');
	size_t length = colon ? (size_t)(colon - user) : strlen(user);
	const char *group = colon && colon[1] ? colon + 1 : NULL;
	const char *name = NULL;
	size_t name_length = 0;
	if (length == 0 ? find_user(passwd, "0", 1, out, &name, &name_length, err) < 0 :
			  find_user(passwd, user, length, out, &name, &name_length, err) < 0)
		return -1;
	if (group && find_group(groups, group, &out->gid, err) < 0)
		return -1;
	if (add_group(out, out->gid, err) < 0)
		return -1;
	return !group && name ? add_groups_listing(groups, name, name_length, out, err) : 0;
}

int user_resolve(const struct request *request, int root, struct user *out, struct error *err)
{
	*out = (struct user){ .home = "/" };
	cleanup_free char *passwd = read_text(root, "/etc/passwd", err);
	cleanup_free char *groups = passwd ? read_text(root, "/etc/group", err) : NULL;
	if (!groups)
		return -1;
	if (request->user) {
		if (resolve_named(request, passwd, groups, out, err) < 0)
			return -1;
	} else {
		char number[16];
		const char *name;
		size_t length;
		snprintf(number, sizeof number, "%u", request->process.uid);
		if (find_user(passwd, number, strlen(number), out, &name, &length, err) < 0)
			return -1;
		out->gid = request->process.gid;
		if (add_group(out, out->gid, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < request->process.additional_gid_count; i++)
		if (add_group(out, request->process.additional_gids[i], err) < 0)
			return -1;
	for (size_t i = 0; i < request->groups.count; i++) {
		gid_t gid;
		if (find_group(groups, request->groups.items[i], &gid, err) < 0) {
			// Docker begins this one with a capital.
			if (err->code == ENOENT)
				error_set(err, ENOENT, STEP,
					  "Unable to find group %s: no matching entries in group file",
					  request->groups.items[i]);
			return -1;
		}
		if (add_group(out, gid, err) < 0)
			return -1;
	}
	return 0;
}
