// The container's resolver by TCP (RFC 7766): each message has its length before it.
#pragma once

#include "fault.h"

int dns_stream_open(int listen_fd, struct fault *fault);
