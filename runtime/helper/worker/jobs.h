// The worker's jobs, one function each: it parses nothing but its own options, answers on stdout and says how it ended.
#pragma once

#include <stdint.h>

#include "common/error.h"

struct job_options {
	const char *dest;
	const char *root;
	const char *out;
	const char *digest;
	const char *diff_id;
	/** Bytes, or -1. */
	int64_t size;
	/** The most bytes that an archive may unfold to. */
	uint64_t limit;
};

int job_extract(const struct job_options *options, struct error *err);
int job_unpack(const struct job_options *options, struct error *err);
int job_remove(const struct job_options *options, struct error *err);
int job_seccomp(const struct job_options *options, struct error *err);
