// Puts a short text together in a buffer of fixed size. What does not fit is cut, never written behind the end.
#pragma once

#include "memory.h"
#include <stdbool.h>

struct text {
	char *at;
	char *end;
};

/** A text that starts out empty in `buffer`. */
static inline struct text text_in(char *buffer, size_t size)
{
	return (struct text){ buffer, buffer + size };
}

static inline void text_bytes(struct text *text, const char *bytes, size_t size)
{
	size_t room = (size_t)(text->end - text->at);
	if (size > room)
		size = room;
	memcpy(text->at, bytes, size);
	text->at += size;
}

static inline void text_string(struct text *text, const char *string)
{
	text_bytes(text, string, strlen(string));
}

static inline void text_number(struct text *text, uint64_t number)
{
	char digits[20];
	size_t at = sizeof digits;
	do
		digits[--at] = (char)('0' + number % 10);
	while (number /= 10);
	text_bytes(text, digits + at, sizeof digits - at);
}

static inline void text_bool(struct text *text, bool value)
{
	text_string(text, value ? "true" : "false");
}

/** Decimal digits only, no sign, not empty, no overflow: true and `*number`, or false. */
static inline bool parse_number(const char *from, size_t size, uint64_t max, uint64_t *number)
{
	uint64_t value = 0;
	if (size == 0)
		return false;
	for (size_t i = 0; i < size; i++) {
		if (from[i] < '0' || from[i] > '9')
			return false;
		uint64_t digit = (uint64_t)(from[i] - '0');
		if (value > (max - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*number = value;
	return true;
}
