// The worker's own failure codes beside errno, and their names in its answers.
#pragma once

#include "common/error.h"

enum {
	/** The content is not what its digest, diffID or size promised. */
	FAILURE_BAD_DIGEST = 10001,
	/** The archive breaks its format, or wants what is not allowed. */
	FAILURE_BAD_ARCHIVE,
	/** The input ended early. */
	FAILURE_TRUNCATED,
};

/** `EBADDIGEST`, `EBADARCHIVE`, `ETRUNCATED`, or the errno's name. */
const char *failure_name(int code);

/** error_set() with FAILURE_BAD_ARCHIVE; returns -1. */
#define bad_archive(err, ...) error_set(err, FAILURE_BAD_ARCHIVE, "archive", __VA_ARGS__)
