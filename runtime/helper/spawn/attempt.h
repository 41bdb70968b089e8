// One start or exec on its way, as spawn sees it: what was made for it on the host, and the socket its result comes by.
#pragma once

#include <jansson.h>

#include "common/error.h"
#include "spawn/request.h"

/** The programs that are run from sealed memory. */
struct programs {
	int monitor;
	int self;
};

struct attempt {
	struct attempt *next;
	json_int_t id;
	struct request request;
	json_t *json;
	/** The monitor-to-be. */
	pid_t monitor;
	/** Readable when the result is there; -1 once it was read. */
	int result;
	/** Ports as they were bound, in the request's order. */
	uint16_t *ports;
	/** How many cgroups of the request were made by us. */
	size_t cgroups_made;
	bool socket_made;
};

/**
 * Makes cgroups and sockets and forks the monitor-to-be; nothing in here waits. Takes `json`. NULL when it failed: then
 * nothing is left but cgroups that are still busy, for which `leave` is called.
 */
struct attempt *attempt_begin(enum request_kind kind, json_int_t id, json_t *json, const struct programs *programs,
			      void (*leave)(const char *cgroup), struct error *err);

/** Reads the result. On failure what was made is undone; on success `*pid` is the container's process. */
int attempt_finish(struct attempt *attempt, void (*leave)(const char *cgroup), pid_t *pid, struct error *err);

void attempt_free(struct attempt *attempt);
