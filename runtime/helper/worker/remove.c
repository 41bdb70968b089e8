// The job `remove`: trees that are direct children of a folder, named on stdin and answered one by one.
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include "worker/answer.h"
#include "worker/confine.h"
#include "worker/jobs.h"
#include "worker/names.h"
#include "worker/tree.h"

static void answer_name(int root, const char *name)
{
	struct error err = { 0 };
	char quoted[8 * (NAME_MAX + 1)];
	char message[8 * ERROR_MESSAGE_MAX];
	char line[sizeof quoted + sizeof message + 64];
	int result = names_check(name, &err) < 0 ? -1 : tree_remove(root, name, &err);
	answer_quote(name, quoted, sizeof quoted);
	if (result == 0) {
		snprintf(line, sizeof line, "{\"removed\":%s}\n", quoted);
	} else {
		answer_quote(err.message, message, sizeof message);
		snprintf(line, sizeof line, "{\"failed\":%s,\"message\":%s}\n", quoted, message);
	}
	answer_line(line);
}

int job_remove(const struct job_options *options, struct error *err)
{
	if (!options->root)
		return error_set(err, EINVAL, "options", "--root is missing");
	int root = open(options->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return error_errno(err, "open", "open \"%s\"", options->root);
	if (confine(CONFINE_REMOVE, root, err) < 0)
		return -1;

	if (names_read(answer_name, root, err) < 0)
		return -1;
	answer_line("{\"ok\":true}\n");
	return 0;
}
