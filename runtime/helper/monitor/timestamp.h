// Times as Go's time.RFC3339Nano prints them in UTC: the fraction without its trailing zeros, or none at all.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#define TIMESTAMP_MAX 32

/** Writes e.g. 2026-01-02T03:04:05.067Z to `out` and returns its length; no NUL is added. */
size_t timestamp_format(char out[TIMESTAMP_MAX], const struct timespec *time);

/** The same of the wall clock's present time. */
size_t timestamp_now(char out[TIMESTAMP_MAX]);

/** The wall clock's present time in nanoseconds since the epoch. */
uint64_t clock_now_ns(void);

/** A time in nanoseconds since the epoch. */
size_t timestamp_of_ns(char out[TIMESTAMP_MAX], uint64_t ns);
