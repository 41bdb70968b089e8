// The minimal init of a container.
#include "spawn/init.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static _Noreturn void run_command(char **arguments, const sigset_t *mask)
{
	// A group of its own and, on a terminal, its foreground: ^C is for the command.
	setpgid(0, 0);
	tcsetpgrp(STDIN_FILENO, getpid()); // SIGTTOU is still blocked; no terminal: no matter
	sigprocmask(SIG_SETMASK, mask, NULL);
	execvp(arguments[0], arguments);
	int code = errno;
	dprintf(STDERR_FILENO, "[docker-init] exec %s failed: %s\n", arguments[0], strerror(code));
	_exit(code == ENOENT ? 127 : 126);
}

int init_main(int count, char **arguments)
{
	if (count < 3 || strcmp(arguments[1], "--") != 0)
		return 2;
	sigset_t all, before;
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	prctl(PR_SET_NAME, "docker-init");
	prctl(PR_SET_CHILD_SUBREAPER, 1); // when it is not the first process of a PID namespace

	pid_t command = fork();
	if (command < 0) {
		dprintf(STDERR_FILENO, "[docker-init] fork failed: %s\n", strerror(errno));
		return 126;
	}
	if (command == 0)
		run_command(arguments + 2, &before);

	for (;;) {
		siginfo_t info;
		int signal_number = sigwaitinfo(&all, &info);
		if (signal_number < 0)
			continue;
		if (signal_number != SIGCHLD) {
			kill(command, signal_number);
			continue;
		}
		int status;
		for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
			if (pid != command)
				continue;
			return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
		}
	}
}
