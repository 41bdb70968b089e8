// Capabilities: their names, what we may hand on, and the change of a process to a smaller set.
#pragma once

#include <stdint.h>

#include "common/error.h"

/** The bit of "CAP_CHOWN" and so on, or -1 for an unknown name. */
int capability_bit(const char *name);

/** All capabilities of our own bounding set. */
uint64_t capabilities_available(void);

/** Takes everything outside `kept` from the bounding set. */
int capabilities_bound(uint64_t kept, struct error *err);

/** Makes everything that is permitted effective (as after a change of the user id with PR_SET_KEEPCAPS). */
int capabilities_raise(struct error *err);

/** Sets the three sets of this process and its ambient one. */
int capabilities_set(uint64_t effective, uint64_t permitted, uint64_t inheritable, uint64_t ambient, struct error *err);
