// What went wrong and what was being tried, as common/error.h has it, but without stdio: the text is constant.
#pragma once

struct fault {
	/** An errno value, positive. */
	int code;
	/** What was tried, e.g. "open the log". */
	const char *tried;
};

/** Fills `fault`; `code` may be a system call's negative result. Returns -1. */
__attribute__((cold)) static inline int fault_set(struct fault *fault, long code, const char *tried)
{
	fault->code = (int)(code < 0 ? -code : code);
	fault->tried = tried;
	return -1;
}
