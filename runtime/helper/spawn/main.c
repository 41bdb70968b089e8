// berth-spawn: makes containers. `berth-spawn --exec-root E --monitor PATH [--watch-table NAME]`, the engine's socket is descriptor 3.
#include <fcntl.h>
#include <getopt.h>
#include <linux/keyctl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/memfd.h"
#include "spawn/init.h"
#include "spawn/server.h"

#define CONTROL_FD 3

static int fail(const struct error *error)
{
	fprintf(stderr, "berth-spawn: %s\n", error->message);
	return 1;
}

/**
 * Makes sure that this process runs from sealed memory (it starts over if not) and returns a descriptor of its program:
 * in a container, /proc/PID/exe of what was cloned from it then leads to nothing that could be written (CVE-2019-5736).
 */
static int run_sealed(char **arguments, struct error *err)
{
	int self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	if (self < 0)
		return error_errno(err, "program", "open /proc/self/exe");
	int seals = fcntl(self, F_GET_SEALS);
	if (seals >= 0 && (seals & F_SEAL_WRITE))
		return self;
	close(self);
	self = memfd_of_program("/proc/self/exe", "berth-spawn", err);
	if (self < 0)
		return -1;
	fexecve(self, arguments, environ);
	return error_errno(err, "program", "run the sealed copy");
}

static int usage(void)
{
	fputs("usage: berth-spawn --exec-root FOLDER --monitor PROGRAM [--watch-table NAME]\n", stderr);
	return 2;
}

int main(int count, char **arguments)
{
	if (count > 0 && strcmp(arguments[0], INIT_ARGV0) == 0)
		return init_main(count, arguments);

	static const struct option options[] = {
		{ "exec-root", required_argument, NULL, 'e' },
		{ "monitor", required_argument, NULL, 'm' },
		{ "watch-table", required_argument, NULL, 't' },
		{ NULL, 0, NULL, 0 },
	};
	const char *exec_root = NULL, *monitor = NULL, *table = NULL;
	for (int option; (option = getopt_long(count, arguments, "", options, NULL)) != -1;) {
		if (option == 'e')
			exec_root = optarg;
		else if (option == 'm')
			monitor = optarg;
		else if (option == 't')
			table = optarg;
		else
			return usage();
	}
	if (!exec_root || !monitor || optind != count)
		return usage();

	// What a container gets must not depend on how the engine was started: no ignored signal (nohup), no keys of the
	// user who started it. One keyring for all, because their number is limited; a kernel without keys is fine.
	for (int number = 1; number <= SIGRTMAX; number++)
		signal(number, SIG_DFL);
	syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL);
	umask(022);
	setsid(); // ^C in the engine's terminal is for the engine
	while (true) { // descriptors 0 to 2 exist, so that none of ours takes their place
		int fd = open("/dev/null", O_RDWR | O_CLOEXEC);
		if (fd > 2)
			close(fd);
		if (fd > 2 || fd < 0)
			break;
	}
	struct error error;
	struct programs programs = { .monitor = -1, .self = run_sealed(arguments, &error) };
	if (programs.self < 0)
		return fail(&error);
	programs.monitor = memfd_of_program(monitor, "berth-monitor", &error);
	if (programs.monitor < 0)
		return fail(&error);
	if (chdir(exec_root) < 0) {
		error_errno(&error, "start", "enter \"%s\"", exec_root);
		return fail(&error);
	}
	return server_run(CONTROL_FD, &programs, table, &error) < 0 ? fail(&error) : 0;
}
