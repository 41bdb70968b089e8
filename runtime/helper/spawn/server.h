// Spawn's one loop: requests by the control socket, results of attempts, ended monitors, cgroups on their way out.
#pragma once

#include "common/error.h"
#include "spawn/attempt.h"

/**
 * Serves the control socket until it closes and the last attempt is over. Tells of what others take out of the nft table
 * `table`, unless that is NULL.
 */
int server_run(int control, const struct programs *programs, const char *table, struct error *err);
