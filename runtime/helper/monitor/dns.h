// The container's resolver at 127.0.0.11:53: answers for the containers in its networks from files that the engine replaces,
// and passes everything else on. It works while no engine does.
#pragma once

#include "fault.h"
#include "options.h"

int dns_open(const struct options *options, struct fault *fault);
