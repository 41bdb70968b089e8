// The options of an OCI mount, sorted.
#include "spawn/mount-options.h"

#include <string.h>
#include <sys/mount.h>

struct word {
	const char *name;
	bool clears;
	unsigned long flag;
	uint64_t attribute;
};

// The access time attributes are one field of several bits: to set one, the field is cleared as a whole.
static const struct word words[] = {
	{ "defaults", false, 0, 0 },
	{ "ro", false, MS_RDONLY, MOUNT_ATTR_RDONLY },
	{ "rw", true, MS_RDONLY, 0 },
	{ "nosuid", false, MS_NOSUID, MOUNT_ATTR_NOSUID },
	{ "suid", true, MS_NOSUID, 0 },
	{ "nodev", false, MS_NODEV, MOUNT_ATTR_NODEV },
	{ "dev", true, MS_NODEV, 0 },
	{ "noexec", false, MS_NOEXEC, MOUNT_ATTR_NOEXEC },
	{ "exec", true, MS_NOEXEC, 0 },
	{ "sync", false, MS_SYNCHRONOUS, 0 },
	{ "async", true, MS_SYNCHRONOUS, 0 },
	{ "dirsync", false, MS_DIRSYNC, 0 },
	{ "noatime", false, MS_NOATIME, MOUNT_ATTR_NOATIME },
	{ "atime", true, MS_NOATIME, 0 },
	{ "nodiratime", false, MS_NODIRATIME, MOUNT_ATTR_NODIRATIME },
	{ "diratime", true, MS_NODIRATIME, 0 },
	{ "relatime", false, MS_RELATIME, 0 },
	{ "norelatime", true, MS_RELATIME, 0 },
	{ "strictatime", false, MS_STRICTATIME, MOUNT_ATTR_STRICTATIME },
	{ "nostrictatime", true, MS_STRICTATIME, 0 },
};

unsigned long mount_propagation(const char *word)
{
	static const struct {
		const char *name;
		unsigned long flags;
	} kinds[] = {
		{ "private", MS_PRIVATE },     { "rprivate", MS_PRIVATE | MS_REC },
		{ "shared", MS_SHARED },       { "rshared", MS_SHARED | MS_REC },
		{ "slave", MS_SLAVE },	       { "rslave", MS_SLAVE | MS_REC },
		{ "unbindable", MS_UNBINDABLE }, { "runbindable", MS_UNBINDABLE | MS_REC },
	};
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (strcmp(word, kinds[i].name) == 0)
			return kinds[i].flags;
	return 0;
}

static bool parse_word(struct mount_options *parsed, const char *option)
{
	if (strcmp(option, "bind") == 0 || strcmp(option, "rbind") == 0) {
		parsed->bind = true;
		parsed->recursive = option[0] == 'r';
		return true;
	}
	if (strcmp(option, "rro") == 0) {
		parsed->recursive_readonly = true;
		parsed->flags |= MS_RDONLY;
		parsed->set |= MOUNT_ATTR_RDONLY;
		return true;
	}
	unsigned long propagation = mount_propagation(option);
	if (propagation) {
		parsed->propagation = propagation;
		return true;
	}
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		const struct word *word = &words[i];
		if (strcmp(option, word->name) != 0)
			continue;
		if (word->clears) {
			parsed->flags &= ~word->flag;
			if (word->flag == MS_RDONLY)
				parsed->set &= ~(uint64_t)MOUNT_ATTR_RDONLY;
		} else {
			parsed->flags |= word->flag;
			parsed->set |= word->attribute;
			if (word->attribute & (MOUNT_ATTR_NOATIME | MOUNT_ATTR_STRICTATIME))
				parsed->clear |= MOUNT_ATTR__ATIME;
		}
		return true;
	}
	return false;
}

int mount_options_parse(struct mount_options *parsed, struct arena *arena, const char *const *options, size_t count,
			bool is_bind, struct error *err)
{
	*parsed = (struct mount_options){ .data = "" };
	for (size_t i = 0; i < count; i++)
		if (strcmp(options[i], "bind") == 0 || strcmp(options[i], "rbind") == 0)
			is_bind = true;
	for (size_t i = 0; i < count; i++) {
		if (parse_word(parsed, options[i]))
			continue;
		if (is_bind)
			return error_set(err, EINVAL, "request", "a bind mount has no option \"%s\"", options[i]);
		parsed->data = arena_print(arena, "%s%s%s", parsed->data, *parsed->data ? "," : "", options[i]);
	}
	if (is_bind)
		parsed->bind = true;
	return 0;
}
