// The job `remove`: trees that are direct children of a folder, named on stdin and answered one by one.
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <unistd.h>

#include "worker/answer.h"
#include "worker/confine.h"
#include "worker/jobs.h"
#include "worker/tree.h"

static int remove_child(int root, const char *name, struct error *err)
{
	if (*name == '\0' || strchr(name, '/') || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return error_set(err, EINVAL, "name", "\"%s\" is no direct child", name);
	return tree_remove(root, name, err);
}

static void answer_name(int root, const char *name)
{
	struct error err = { 0 };
	char quoted[8 * (NAME_MAX + 1)];
	char message[8 * ERROR_MESSAGE_MAX];
	char line[sizeof quoted + sizeof message + 64];
	int result = remove_child(root, name, &err);
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

	char input[4096];
	char name[NAME_MAX + 1];
	size_t length = 0;
	for (;;) {
		ssize_t n = read(STDIN_FILENO, input, sizeof input);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(err, "read", "read names");
		if (n == 0)
			break;
		for (ssize_t i = 0; i < n; i++) {
			if (length == sizeof name)
				return error_set(err, ENAMETOOLONG, "name", "a name is longer than %d bytes", NAME_MAX);
			name[length++] = input[i];
			if (input[i] == '\0') {
				answer_name(root, name);
				length = 0;
			}
		}
	}
	if (length > 0)
		return error_set(err, EINVAL, "name", "the last name has no end");
	answer_line("{\"ok\":true}\n");
	return 0;
}
