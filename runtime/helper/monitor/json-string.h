// JSON strings as Docker's json-file driver writes them.
#pragma once

#include <stddef.h>
#include <stdint.h>

/** The most bytes one input byte can become: \u00XX or \ufffd. */
#define JSON_EXPANSION_MAX 6

/**
 * Writes `size` bytes (READ_AHEAD more are readable) as the inside of a JSON string to `out`, which has room for
 * JSON_EXPANSION_MAX times as many and 16 bytes more, and returns the end. Quote, backslash, \n and \r get their short escapes, other control bytes (the tab too) and
 * < > & become \u00XX, U+2028 and U+2029 are escaped, each byte of invalid UTF-8 becomes \ufffd.
 */
uint8_t *json_escape(uint8_t *out, const uint8_t *bytes, size_t size);

/** How many bytes at the end of `bytes` begin a UTF-8 sequence that is not complete yet: 0 to 3. */
size_t utf8_incomplete_tail(const uint8_t *bytes, size_t size);
