// The monitor's own seccomp filter: the system calls of its loop, nothing else.
#pragma once

#include "fault.h"

int seccomp_install(struct fault *fault);
