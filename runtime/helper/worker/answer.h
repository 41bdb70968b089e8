// The worker's answers: JSON lines on stdout.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "common/error.h"

/** Writes one line; returns -1 when nobody reads any more. `line` ends with a line feed. */
int answer_line(const char *line);

/** Quotes `text` as a JSON string into `out`; bytes that are not printable ASCII become escapes or U+FFFD. */
void answer_quote(const char *text, char *out, size_t capacity);

/** Writes `{"error":{...}}`. */
void answer_error(const struct error *err);
