// Removal of a network device, which the kernel ends some 20 ms after nobody sees the device any more.
#pragma once

#include <sys/types.h>

#include "common/error.h"

/**
 * Removes the device of this index from the current network namespace. Returns when nobody sees it any more; what the kernel
 * does then is waited for by the child process `remover`. Without one (NULL) it returns when all is done. One that went
 * meanwhile is removed.
 */
int link_remove(int index, const char *name, pid_t *remover, struct error *err);
