// berth-worker: one bulk job on bytes that cannot be trusted. Reads stdin, answers JSON lines on stdout (PROTOCOL.md, section 3).
#include <getopt.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "worker/answer.h"
#include "worker/jobs.h"

/** More than any image's layer is; what no `--limit` says may still not fill the disk for ever. */
#define LIMIT_DEFAULT (256ull << 30)

static const struct job {
	const char *name;
	int (*run)(const struct job_options *options, struct error *err);
} jobs[] = {
	{ "extract", job_extract },
	{ "unpack", job_unpack },
	{ "remove", job_remove },
	{ "seccomp", job_seccomp },
	{ "stat", job_stat },
	{ "read", job_read },
	{ "write", job_write },
	{ "copy", job_copy },
	{ "list", job_list },
	{ "get", job_get },
	{ "put", job_put },
	{ "delete", job_delete },
	{ "rename", job_rename },
	{ "mount", job_mount },
	{ "unmount", job_unmount },
	{ "changes", job_changes },
	{ "export", job_export },
	{ "pack", job_pack },
	{ "usage", job_usage },
	{ "search", job_search },
	{ "layer", job_layer },
	{ "save", job_save },
	{ "compress", job_compress },
	{ "seal", job_seal },
	{ "spool", job_spool },
	{ "context", job_context },
	{ "peek", job_peek },
	{ "checksum", job_checksum },
	{ "take", job_take },
};

static int read_size(const char *text, int64_t *out, struct error *err)
{
	char *end;
	errno = 0;
	long long value = strtoll(text, &end, 10);
	if (errno || end == text || *end || value < 0)
		return error_set(err, EINVAL, "options", "\"%s\" is no number of bytes", text);
	*out = value;
	return 0;
}

static int read_options(int argc, char **argv, struct job_options *options, struct error *err)
{
	static const struct option known[] = {
		{ "dest", required_argument, NULL, 'd' }, { "root", required_argument, NULL, 'r' },
		{ "out", required_argument, NULL, 'o' },  { "digest", required_argument, NULL, 'g' },
		{ "diff-id", required_argument, NULL, 'i' }, { "size", required_argument, NULL, 's' },
		{ "limit", required_argument, NULL, 'l' }, { "view", required_argument, NULL, 'v' },
		{ "path", required_argument, NULL, 'p' }, { "name", required_argument, NULL, 'n' },
		{ "user", required_argument, NULL, 'u' }, { "follow", no_argument, NULL, 'f' },
		{ "keep-kinds", no_argument, NULL, 'k' }, { "split", required_argument, NULL, 't' },
		{ "gzip", no_argument, NULL, 'z' },	  { "any-compression", no_argument, NULL, 'a' },
		{ "type", required_argument, NULL, 'y' },
		{ "source", required_argument, NULL, 'c' }, { "options", required_argument, NULL, 'm' },
		{ "all", no_argument, NULL, 'A' },	  { "latest", required_argument, NULL, 'L' },
		{ NULL, 0, NULL, 0 },
	};
	int64_t limit;
	int option;
	opterr = 0;
	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
		switch (option) {
		case 'd':
			options->dest = optarg;
			break;
		case 'r':
			options->root = optarg;
			break;
		case 'o':
			options->out = optarg;
			break;
		case 'g':
			options->digest = optarg;
			break;
		case 'i':
			options->diff_id = optarg;
			break;
		case 's':
			if (read_size(optarg, &options->size, err) < 0)
				return -1;
			break;
		case 'l':
			if (read_size(optarg, &limit, err) < 0)
				return -1;
			options->limit = (uint64_t)limit;
			break;
		case 'L':
			if (read_size(optarg, &options->latest, err) < 0)
				return -1;
			break;
		case 'v':
			options->view = optarg;
			break;
		case 'p':
			options->path = optarg;
			break;
		case 'n':
			options->name = optarg;
			break;
		case 'y':
			options->type = optarg;
			break;
		case 'c':
			options->source = optarg;
			break;
		case 'm':
			options->mount_options = optarg;
			break;
		case 'u':
			options->user = optarg;
			break;
		case 'f':
			options->follow = true;
			break;
		case 't':
			options->split = optarg;
			break;
		case 'a':
			options->any_compression = true;
			break;
		case 'z':
			options->gzip = true;
			break;
		case 'A':
			options->all = true;
			break;
		case 'k':
			options->keep_kinds = true;
			break;
		default:
			return error_set(err, EINVAL, "options", "unknown option or missing value: %s", argv[optind - 1]);
		}
	}
	if (optind < argc)
		return error_set(err, EINVAL, "options", "unexpected \"%s\"", argv[optind]);
	return 0;
}

/**
 * Ends with the engine: an extraction that nobody waits for must not go on writing where the next engine cleans up. One that was gone
 * before we asked sends no signal. getppid() does not tell that, since who adopts us may be anybody; the other end of stdout does,
 * because the kernel closes a process's files before it gives its children away.
 */
static int end_with_parent(struct error *err)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		return error_errno(err, "start", "PR_SET_PDEATHSIG");
	struct pollfd out = { .fd = STDOUT_FILENO };
	if (poll(&out, 1, 0) > 0 && out.revents & (POLLERR | POLLHUP))
		return error_set(err, EPIPE, "start", "nobody reads the answers");
	return 0;
}

int main(int argc, char **argv)
{
	struct job_options options = { .size = -1, .limit = LIMIT_DEFAULT };
	struct error err = { .code = EINVAL, .message = "usage: berth-worker JOB [options]" };
	const struct job *job = NULL;
	for (size_t i = 0; argc > 1 && i < sizeof jobs / sizeof *jobs; i++)
		if (strcmp(argv[1], jobs[i].name) == 0)
			job = &jobs[i];
	int result = job ? read_options(argc - 1, argv + 1, &options, &err) : -1;
	if (result == 0)
		result = end_with_parent(&err);
	if (result == 0)
		result = job->run(&options, &err);
	if (result < 0)
		answer_error(&err);
	// Without running down: after a failure a thread may still wait for input.
	_exit(result < 0 ? 1 : 0);
}
