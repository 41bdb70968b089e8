// The jobs `mount` and `unmount`: the file system of a volume that has options, on the volume's folder, in the engine's own mount
// namespace, where every container that has the volume clones it from. A server that does not answer holds up this process alone.
#include <ctype.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/arena.h"
#include "common/cleanup.h"
#include "spawn/mount-options.h"
#include "worker/answer.h"
#include "worker/jobs.h"

#define STEP "mount"
#define WORDS_MAX 256
/** An engine that was killed may have left more than one on top of the other. */
#define UNMOUNTS_MAX 16

static size_t split(char *text, const char **words)
{
	size_t count = 0;
	for (char *save = NULL, *word = strtok_r(text, ",", &save); word && count < WORDS_MAX; word = strtok_r(NULL, ",", &save))
		words[count++] = word;
	return count;
}

/** In Docker's words, which are Go's: flags in hexadecimal, the reason without a capital. */
static int refused(const struct job_options *options, unsigned long flags, const char *data, struct error *err)
{
	int code = errno;
	char reason[128];
	snprintf(reason, sizeof reason, "%s", strerror(code));
	reason[0] = (char)tolower((unsigned char)reason[0]);
	return error_set(err, code, STEP, "failed to mount local volume: mount %.100s:%.200s, flags: 0x%lx%s%.100s: %s", options->source,
			 options->dest, flags, *data ? ", data: " : "", data, reason);
}

/** A bind mount takes its flags only once it is there. */
static int set_attributes(const struct mount_options *parsed, const struct job_options *options, struct error *err)
{
	struct mount_attr attributes = { .attr_set = parsed->set, .attr_clr = parsed->clear,
					 .propagation = parsed->propagation & ~(unsigned long)MS_REC };
	if (!parsed->bind)
		attributes.attr_set = attributes.attr_clr = 0;
	if (!attributes.attr_set && !attributes.attr_clr && !attributes.propagation)
		return 0;
	if (mount_setattr(AT_FDCWD, options->dest, AT_SYMLINK_NOFOLLOW, &attributes, sizeof attributes) == 0)
		return 0;
	error_errno(err, STEP, "set the options of the mount on \"%s\"", options->dest);
	umount2(options->dest, MNT_DETACH | UMOUNT_NOFOLLOW);
	return -1;
}

int job_mount(const struct job_options *options, struct error *err)
{
	struct arena arena = { 0 };
	struct mount_options parsed;
	char text[4096] = "";
	const char *words[WORDS_MAX];
	if (!options->dest || !options->type || !options->source)
		return error_set(err, EINVAL, "options", "--dest, --type or --source is missing");
	if (options->mount_options && snprintf(text, sizeof text, "%s", options->mount_options) >= (int)sizeof text)
		return error_set(err, E2BIG, "options", "the options of the mount are too long");
	if (mount_options_parse(&parsed, &arena, words, split(text, words), false, err) < 0)
		return -1;
	unsigned long flags = parsed.flags | (parsed.bind ? MS_BIND : 0) | (parsed.recursive ? MS_REC : 0);
	if (mount(options->source, options->dest, options->type, flags, parsed.data) < 0)
		return refused(options, flags, parsed.data, err);
	if (set_attributes(&parsed, options, err) < 0)
		return -1;
	answer_line("{\"ok\":true}\n");
	return 0;
}

int job_unmount(const struct job_options *options, struct error *err)
{
	if (!options->dest)
		return error_set(err, EINVAL, "options", "--dest is missing");
	for (int i = 0; i < UNMOUNTS_MAX; i++) {
		// Containers that run have clones of their own.
		if (umount2(options->dest, MNT_DETACH | UMOUNT_NOFOLLOW) == 0)
			continue;
		if (errno != EINVAL && errno != ENOENT)
			return error_errno(err, "unmount", "unmount \"%s\"", options->dest);
		break;
	}
	answer_line("{\"ok\":true}\n");
	return 0;
}
