// What went wrong and what was being tried: the out-parameter of every call that can fail.
// A function that fails fills it by error_set() or error_errno() and returns -1 (or NULL).
#pragma once

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define ERROR_STEP_MAX 32
#define ERROR_MESSAGE_MAX 512

/** Plain data of fixed size: it may be written to a pipe as it is. */
struct error {
	/** An errno value; never 0 once set. */
	int code;
	/** What was tried, as one word for programs: "mount", "exec". */
	char step[ERROR_STEP_MAX];
	/** A sentence for people. */
	char message[ERROR_MESSAGE_MAX];
};

/** Fills `err` (which may be NULL) with exactly this message; returns -1. */
__attribute__((format(printf, 4, 5), cold)) static inline int error_set(struct error *err, int code,
									const char *step, const char *format, ...)
{
	if (!err)
		return -1;
	err->code = code ? code : EIO;
	snprintf(err->step, sizeof err->step, "%s", step);
	va_list args;
	va_start(args, format);
	vsnprintf(err->message, sizeof err->message, format, args);
	va_end(args);
	return -1;
}

/** As error_set() with the errno of the failed call, whose description is put behind the message; returns -1. */
__attribute__((format(printf, 3, 4), cold)) static inline int error_errno(struct error *err, const char *step,
									  const char *format, ...)
{
	int code = errno ? errno : EIO;
	if (!err)
		return -1;
	err->code = code;
	snprintf(err->step, sizeof err->step, "%s", step);
	va_list args;
	va_start(args, format);
	int n = vsnprintf(err->message, sizeof err->message, format, args);
	va_end(args);
	if (n >= 0 && (size_t)n < sizeof err->message)
		snprintf(err->message + n, sizeof err->message - (size_t)n, ": %s", strerror(code));
	return -1;
}
