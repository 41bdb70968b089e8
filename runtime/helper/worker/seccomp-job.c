// The job `seccomp`: compiles a profile in Docker's JSON form, already reduced to one architecture and capability set, into a
// struct sock_filter[] file.
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/json.h"
#include "worker/answer.h"
#include "worker/confine.h"
#include "worker/jobs.h"
#include "worker/seccomp-tree.h"

#define PROFILE_MAX_BYTES (4u << 20)
#define FILTER_MAX_INSTRUCTIONS 4096u
#define ARCHITECTURES_MAX 32
/** Set in the numbers of x32 calls, which share x86_64's architecture. */
#define X32_BIT 0x40000000u

struct profile {
	scmp_filter_ctx filter;
	uint32_t default_action;
	/** The native one, and those that the profile names. */
	uint32_t architectures[ARCHITECTURES_MAX];
	size_t architecture_count;
	/** The highest call number of the native architecture that the profile names. */
	int highest;
};

static void cleanup_json(json_t **json)
{
	json_decref(*json);
}

static void cleanup_filter(scmp_filter_ctx *filter)
{
	if (*filter)
		seccomp_release(*filter);
}

static json_t *read_profile(struct error *err)
{
	cleanup_free char *text = malloc(PROFILE_MAX_BYTES + 1);
	if (!text) {
		error_errno(err, "memory", "take memory for the profile");
		return NULL;
	}
	size_t length = 0;
	for (;;) {
		ssize_t n = read(STDIN_FILENO, text + length, PROFILE_MAX_BYTES + 1 - length);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			error_errno(err, "read", "read the profile");
			return NULL;
		}
		if (n == 0)
			break;
		length += (size_t)n;
		if (length > PROFILE_MAX_BYTES) {
			error_set(err, EINVAL, "profile", "the profile has more than %u bytes", PROFILE_MAX_BYTES);
			return NULL;
		}
	}
	json_error_t broken;
	json_t *profile = json_loadb(text, length, JSON_REJECT_DUPLICATES, &broken);
	if (!profile)
		error_set(err, EINVAL, "profile", "the profile is not JSON: line %d: %s", broken.line, broken.text);
	return profile;
}

static int read_action(const json_t *object, const char *key, const char *errno_key, uint32_t *action, struct error *err)
{
	const char *name;
	int64_t code = EPERM;
	if (json_read_string(object, key, JSON_REQUIRED, &name, err) < 0 ||
	    json_read_integer(object, errno_key, JSON_OPTIONAL, 0, 4095, &code, err) < 0)
		return -1;
	static const struct {
		const char *name;
		uint32_t action;
	} known[] = {
		{ "SCMP_ACT_ALLOW", SCMP_ACT_ALLOW },		   { "SCMP_ACT_LOG", SCMP_ACT_LOG },
		{ "SCMP_ACT_TRAP", SCMP_ACT_TRAP },		   { "SCMP_ACT_KILL", SCMP_ACT_KILL_THREAD },
		{ "SCMP_ACT_KILL_THREAD", SCMP_ACT_KILL_THREAD },  { "SCMP_ACT_KILL_PROCESS", SCMP_ACT_KILL_PROCESS },
	};
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		if (strcmp(name, known[i].name) == 0) {
			*action = known[i].action;
			return 0;
		}
	}
	if (strcmp(name, "SCMP_ACT_ERRNO") == 0)
		*action = SCMP_ACT_ERRNO((uint32_t)code);
	else if (strcmp(name, "SCMP_ACT_TRACE") == 0)
		*action = SCMP_ACT_TRACE((uint32_t)code);
	else
		return error_set(err, EINVAL, "profile", "the action %s is not supported", name);
	return 0;
}

static int read_argument(const json_t *json, struct scmp_arg_cmp *out, struct error *err)
{
	int64_t index, value, value_two = 0;
	const char *op;
	static const struct {
		const char *name;
		enum scmp_compare op;
	} known[] = {
		{ "SCMP_CMP_NE", SCMP_CMP_NE }, { "SCMP_CMP_LT", SCMP_CMP_LT },
		{ "SCMP_CMP_LE", SCMP_CMP_LE }, { "SCMP_CMP_EQ", SCMP_CMP_EQ },
		{ "SCMP_CMP_GE", SCMP_CMP_GE }, { "SCMP_CMP_GT", SCMP_CMP_GT },
		{ "SCMP_CMP_MASKED_EQ", SCMP_CMP_MASKED_EQ },
	};
	if (json_read_integer(json, "index", JSON_REQUIRED, 0, 5, &index, err) < 0 ||
	    json_read_integer(json, "value", JSON_REQUIRED, 0, INT64_MAX, &value, err) < 0 ||
	    json_read_integer(json, "valueTwo", JSON_OPTIONAL, 0, INT64_MAX, &value_two, err) < 0 ||
	    json_read_string(json, "op", JSON_REQUIRED, &op, err) < 0)
		return -1;
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		if (strcmp(op, known[i].name) == 0) {
			*out = (struct scmp_arg_cmp){ (unsigned)index, known[i].op, (uint64_t)value, (uint64_t)value_two };
			return 0;
		}
	}
	return error_set(err, EINVAL, "profile", "the comparison %s is not supported", op);
}

static int add_call(struct profile *profile, const char *name, uint32_t action, const struct scmp_arg_cmp *arguments, unsigned count,
		    bool alternatives, struct error *err)
{
	int call = seccomp_syscall_resolve_name(name);
	if (call == __NR_SCMP_ERROR)
		return 0; // newer than the library, or of another architecture
	if (call > profile->highest)
		profile->highest = call;
	if (action == profile->default_action)
		return 0;
	int code = 0;
	// Several conditions on one argument are alternatives: a rule each.
	for (unsigned i = 0; alternatives && i < count && code == 0; i++)
		code = seccomp_rule_add_array(profile->filter, action, call, 1, &arguments[i]);
	if (!alternatives)
		code = seccomp_rule_add_array(profile->filter, action, call, count, arguments);
	// -EDOM: no such call on this architecture.
	if (code < 0 && code != -EDOM && code != -EEXIST)
		return error_set(err, -code, "profile", "add the rule for %s: %s", name, strerror(-code));
	return 0;
}

static int add_rule(struct profile *profile, const json_t *rule, struct error *err)
{
	const json_t *names, *list;
	uint32_t action;
	struct scmp_arg_cmp arguments[6];
	unsigned count = 0;
	bool alternatives = false;
	if (json_read_array(rule, "names", JSON_REQUIRED, &names, err) < 0 ||
	    json_read_array(rule, "args", JSON_OPTIONAL, &list, err) < 0 ||
	    read_action(rule, "action", "errnoRet", &action, err) < 0)
		return -1;
	size_t index;
	json_t *value;
	if (list && json_array_size(list) > 6)
		return error_set(err, EINVAL, "profile", "a rule has more than 6 arguments");
	json_array_foreach((json_t *)list, index, value) {
		if (read_argument(value, &arguments[count], err) < 0)
			return -1;
		for (unsigned i = 0; i < count; i++)
			alternatives |= arguments[i].arg == arguments[count].arg;
		count++;
	}
	json_array_foreach((json_t *)names, index, value) {
		if (!json_is_string(value))
			return error_set(err, EINVAL, "profile", "a call's name is not a string");
		if (add_call(profile, json_string_value(value), action, arguments, count, alternatives, err) < 0)
			return -1;
	}
	return 0;
}

static int add_architectures(struct profile *profile, const json_t *list, struct error *err)
{
	size_t index;
	json_t *value;
	json_array_foreach((json_t *)list, index, value) {
		static const char prefix[] = "SCMP_ARCH_";
		const char *name = json_string_value(value);
		char lower[32];
		if (!name || strncmp(name, prefix, sizeof prefix - 1) != 0 || strlen(name) >= sizeof lower)
			return error_set(err, EINVAL, "profile", "an architecture has no good name");
		size_t n = 0;
		for (const char *at = name + sizeof prefix - 1; *at; at++)
			lower[n++] = *at >= 'A' && *at <= 'Z' ? (char)(*at - 'A' + 'a') : *at;
		lower[n] = '\0';
		uint32_t token = seccomp_arch_resolve_name(lower);
		int code = token ? seccomp_arch_add(profile->filter, token) : -EINVAL;
		if (code == -EEXIST)
			continue;
		if (code < 0)
			return error_set(err, -code, "profile", "add the architecture %s: %s", name, strerror(-code));
		if (profile->architecture_count == ARCHITECTURES_MAX)
			return error_set(err, EINVAL, "profile", "the profile has more than %d architectures", ARCHITECTURES_MAX - 1);
		profile->architectures[profile->architecture_count++] = token;
	}
	return 0;
}

/**
 * Calls newer than all that the profile names answer ENOSYS instead of the default action: C libraries then fall back to the older
 * call, where EPERM would fail the program. These instructions come before the filter. Returns how many they are.
 */
static size_t unknown_calls_prologue(const struct profile *profile, struct sock_filter out[6])
{
	const struct sock_filter prologue[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, seccomp_arch_native(), 0, 4),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, (uint32_t)profile->highest, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
	};
	if (profile->default_action == SCMP_ACT_ALLOW || profile->default_action == SCMP_ACT_LOG || profile->highest < 0)
		return 0;
	memcpy(out, prologue, sizeof prologue);
	return sizeof prologue / sizeof *prologue;
}

static int write_all(int fd, const void *bytes, size_t length, struct error *err)
{
	const char *at = bytes;
	while (length > 0) {
		ssize_t n = write(fd, at, length);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(err, "write", "write the filter");
		at += n;
		length -= (size_t)n;
	}
	return 0;
}

static int write_filter(const struct profile *profile, int fd, struct error *err)
{
	// libseccomp writes to a descriptor only; memory is where it can be counted.
	cleanup_close int memory = memfd_create("filter", MFD_CLOEXEC);
	if (memory < 0)
		return error_errno(err, "filter", "make memory for the filter");
	int code = seccomp_export_bpf(profile->filter, memory);
	if (code < 0)
		return error_set(err, -code, "filter", "compile the filter: %s", strerror(-code));
	static struct sock_filter filter[FILTER_MAX_INSTRUCTIONS + 1], tree[FILTER_MAX_INSTRUCTIONS];
	size_t count = unknown_calls_prologue(profile, filter);
	ssize_t length = pread(memory, filter + count, sizeof filter - count * sizeof *filter, 0);
	if (length <= 0)
		return error_errno(err, "filter", "read the filter");
	count += (size_t)length / sizeof *filter;
	if (count > FILTER_MAX_INSTRUCTIONS)
		return error_set(err, E2BIG, "filter", "the filter has more than %u instructions", FILTER_MAX_INSTRUCTIONS);
	size_t fewer = seccomp_tree(filter, count, profile->architectures, profile->architecture_count, tree, count);
	if (fewer > 0)
		return write_all(fd, tree, fewer * sizeof *tree, err);
	return write_all(fd, filter, count * sizeof *filter, err);
}

int job_seccomp(const struct job_options *options, struct error *err)
{
	if (!options->out)
		return error_set(err, EINVAL, "options", "--out is missing");
	cleanup_free char *partial = NULL;
	if (asprintf(&partial, "%s.%d", options->out, getpid()) < 0)
		return error_errno(err, "memory", "take memory");
	cleanup_close int fd = open(partial, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return error_errno(err, "open", "make \"%s\"", partial);

	struct profile profile = { .highest = -1, .architectures = { seccomp_arch_native() }, .architecture_count = 1 };
	__attribute__((cleanup(cleanup_json))) json_t *json = NULL;
	__attribute__((cleanup(cleanup_filter))) scmp_filter_ctx filter = NULL;
	const json_t *architectures, *rules;
	int result = confine(CONFINE_SECCOMP, -1, err);
	if (result == 0)
		result = (json = read_profile(err)) ? 0 : -1;
	if (result == 0)
		result = read_action(json, "defaultAction", "defaultErrnoRet", &profile.default_action, err);
	if (result == 0) {
		profile.filter = filter = seccomp_init(profile.default_action);
		if (!filter)
			result = error_set(err, EINVAL, "profile", "start a filter with the default action");
	}
	if (result == 0) {
		// A binary tree of calls instead of a list: what a container pays on every call.
		seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
		result = json_read_array(json, "architectures", JSON_OPTIONAL, &architectures, err);
	}
	if (result == 0)
		result = add_architectures(&profile, architectures, err);
	if (result == 0)
		result = json_read_array(json, "syscalls", JSON_OPTIONAL, &rules, err);
	size_t index;
	json_t *rule;
	if (result == 0) {
		json_array_foreach((json_t *)rules, index, rule) {
			if ((result = add_rule(&profile, rule, err)) < 0)
				break;
		}
	}
	if (result == 0)
		result = write_filter(&profile, fd, err);
	if (result == 0 && rename(partial, options->out) < 0)
		result = error_errno(err, "rename", "put \"%s\" in its place", options->out);
	if (result < 0) {
		unlink(partial);
		return -1;
	}
	answer_line("{\"ok\":true}\n");
	return 0;
}
