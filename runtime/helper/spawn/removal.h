// cgroups on their way out: rmdir() says EBUSY for a moment after the last process ended, so it is tried again.
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "common/error.h"

struct removal {
	struct removal *next;
	/** Whether somebody waits for an answer, and to which request. */
	bool asked;
	json_int_t id;
	char **paths;
	size_t count;
	int64_t deadline_ms;
};

/** Milliseconds between two tries. */
#define REMOVAL_INTERVAL_MS 10

/** For how long a busy cgroup is tried, in milliseconds. */
#define REMOVAL_PATIENCE_MS 1000

/** Takes copies of the paths of a `cgroup-delete` request. */
struct removal *removal_of_request(const json_t *request, struct error *err);

/** Of one path, that nobody waits for. NULL when there is no memory. */
struct removal *removal_of_path(const char *path);

/** Removes what can be removed. 1: all is gone, 0: try again later, -1: failed or out of patience. */
int removal_try(struct removal *removal, int64_t now_ms, struct error *err);

/** Leaves this path alone from now on: somebody uses it again. */
void removal_forget(struct removal *removal, const char *path);

void removal_free(struct removal *removal);
