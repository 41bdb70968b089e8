// The minimal init of a container (`--init`): the same program, run again under the name docker-init.
#pragma once

/** What the process is called inside the container. */
#define INIT_ARGV0 "/sbin/docker-init"

/** `docker-init -- COMMAND...`: runs the command, hands signals on, reaps orphans, ends as the command ends. */
int init_main(int count, char **arguments);
