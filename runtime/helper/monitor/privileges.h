// What the monitor gives up before it looks at anybody's bytes.
#pragma once

#include "fault.h"
#include "options.h"

/** Empties the process of inherited things: signals, session, folder, other descriptors. Raises the limit of descriptors. */
int privileges_tidy(const struct options *options, struct fault *fault);

/** Keeps no capability but CAP_KILL, for good, and lets the seccomp filter in. Nothing can be opened up again afterwards. */
int privileges_drop(struct fault *fault);

/** From here on stderr is nobody's business: it may be a pipe of an engine that is long gone. */
int privileges_detach_stdio(struct fault *fault);
