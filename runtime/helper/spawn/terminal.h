// The pseudo-terminal of a container's process, from the container's own devpts.
#pragma once

#include <stdint.h>

#include "common/error.h"

/** Opens a new pty below the descriptor `root` of a container. Both ends are close-on-exec. */
int terminal_open(int root, uint16_t rows, uint16_t columns, int *master, int *slave, struct error *err);

/** Binds the slave on /dev/console below `root`. */
int terminal_bind_console(int root, int slave, struct error *err);

/** Makes the slave the controlling terminal of this process (which leads a session) and its descriptors 0, 1 and 2. */
int terminal_adopt(int slave, struct error *err);
