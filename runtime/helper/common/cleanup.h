// Things that close or free themselves when their variable goes out of scope.
#pragma once

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static inline void cleanup_close_fd(int *fd)
{
	int saved = errno;
	if (*fd >= 0)
		close(*fd);
	errno = saved;
}

static inline void cleanup_free_pointer(void *pointer)
{
	int saved = errno;
	free(*(void **)pointer);
	errno = saved;
}

/** `cleanup_close int fd = open(...)`: closed at the end of the scope when not negative. errno is kept. */
#define cleanup_close __attribute__((cleanup(cleanup_close_fd)))

/** `cleanup_free char *s = strdup(...)`: freed at the end of the scope. errno is kept. */
#define cleanup_free __attribute__((cleanup(cleanup_free_pointer)))

/** Hands a descriptor on: returns it and leaves -1 behind, so that its cleanup does nothing. */
static inline int steal_fd(int *fd)
{
	int taken = *fd;
	*fd = -1;
	return taken;
}

/** Hands a pointer on: returns it and leaves NULL behind. */
#define steal_pointer(pointer)                          \
	({                                              \
		__typeof__(pointer) taken_ = (pointer); \
		(pointer) = NULL;                       \
		taken_;                                 \
	})
