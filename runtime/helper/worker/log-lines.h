// Records of a log as the monitor (or Docker) wrote them: a line of json-file or of local, taken apart.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** More than any line has: 16 KiB of text, each byte six times as long, and attributes. */
#define LOG_TEXT_MAX (1024 * 1024)

struct log_record {
	const uint8_t *text;
	size_t size;
	bool is_error;
	uint64_t time_ns;
};

/**
 * Takes a line (without its newline) apart; false when it is no record. `text` is without a newline at its end. It points into the
 * line or, when it had to be unescaped, into `buffer` of LOG_TEXT_MAX bytes.
 */
bool log_record_read(bool local, const uint8_t *line, size_t size, uint8_t *buffer, struct log_record *record);

/** The text of a record alone, which is all that most lines are asked for; false when there is none. */
bool log_record_text(bool local, const uint8_t *line, size_t size, uint8_t *buffer, const uint8_t **text, size_t *text_size);

/** Where `needle`, 1 byte or more, is first; NULL when it is not there. `fold`: ASCII letters of either case, the needle's small. */
const uint8_t *log_find(const uint8_t *text, size_t size, const uint8_t *needle, size_t needle_size, bool fold);
