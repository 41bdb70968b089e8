// Numbers in tar headers: octal digits, GNU's base-256, and PAX's decimals.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

/** A numeric header field: octal with blanks around it, or base-256. False when it is neither or does not fit. */
bool tar_number(const uint8_t *field, size_t length, int64_t *out);

/** A decimal number that is all of the `length` bytes. */
bool tar_decimal(const char *text, size_t length, uint64_t *out);

/** `[-]seconds[.fraction]`; digits below nanoseconds are cut off. */
bool tar_time(const char *text, size_t length, struct timespec *out);
