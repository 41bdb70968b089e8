// Who a process runs as: Docker's `user[:group]` resolved in the container's own /etc/passwd and /etc/group.
// A parser of our own, because NSS would load what the image says.
#pragma once

#include <sys/types.h>

#include "common/error.h"
#include "spawn/request.h"

#define USER_MAX_GROUPS 1024

struct user {
	uid_t uid;
	gid_t gid;
	char home[256];
	size_t group_count;
	gid_t groups[USER_MAX_GROUPS];
};

/** Resolves the request's user and groups below the descriptor `root`. */
int user_resolve(const struct request *request, int root, struct user *out, struct error *err);
