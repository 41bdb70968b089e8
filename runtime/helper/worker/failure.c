// Names of failure codes.
#include "worker/failure.h"

const char *failure_name(int code)
{
	switch (code) {
	case FAILURE_BAD_DIGEST:
		return "EBADDIGEST";
	case FAILURE_BAD_ARCHIVE:
		return "EBADARCHIVE";
	case FAILURE_TRUNCATED:
		return "ETRUNCATED";
	default: {
		const char *name = strerrorname_np(code);
		return name ? name : "EIO";
	}
	}
}
