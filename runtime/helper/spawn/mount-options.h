// The options of an OCI mount ("ro", "nosuid", "rbind", "mode=755", ...) sorted by what the kernel wants them as.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/error.h"

struct mount_options {
	/** "bind" or "rbind" was among them. */
	bool bind;
	bool recursive;
	/** MS_* for mount(2). */
	unsigned long flags;
	/** MOUNT_ATTR_* to set and to clear on a bind mount. */
	uint64_t set;
	uint64_t clear;
	/** "rro": read-only with everything below. */
	bool recursive_readonly;
	/** MS_PRIVATE, MS_SHARED, MS_SLAVE or MS_UNBINDABLE, perhaps with MS_REC; 0: not said. */
	unsigned long propagation;
	/** What is left, joined by commas; "" when there is nothing. */
	const char *data;
};

/** Sorts `options`. A word that a bind mount does not know is an error; for other types it is data. */
int mount_options_parse(struct mount_options *parsed, struct arena *arena, const char *const *options, size_t count,
			bool is_bind, struct error *err);

/** "private", "rshared" and so on as MS_* flags; 0 when it is none of them. */
unsigned long mount_propagation(const char *word);
