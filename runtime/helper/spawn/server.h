// Spawn's one loop: requests by the control socket, results of attempts, ended monitors, cgroups on their way out.
#pragma once

#include "common/error.h"
#include "spawn/attempt.h"

/** Serves the control socket until it closes and the last attempt is over. */
int server_run(int control, const struct programs *programs, struct error *err);
