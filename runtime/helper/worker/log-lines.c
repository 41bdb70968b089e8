// Nearly all text of json-file needs no unescaping but for the \n at its end: it is used where it lies.
#include "worker/log-lines.h"

#include <string.h>
#include <time.h>

typedef uint8_t bytes16 __attribute__((vector_size(16), aligned(1), may_alias));
typedef uint64_t words2 __attribute__((vector_size(16)));

#define JSON_HEAD "{\"log\":\""
#define JSON_HEAD_SIZE (sizeof JSON_HEAD - 1)
#define LOCAL_HEAD_SIZE 17

static unsigned first_set(bytes16 mask)
{
	words2 words = (words2)mask;
	if (words[0])
		return (unsigned)__builtin_ctzll(words[0]) / 8;
	return words[1] ? 8 + (unsigned)__builtin_ctzll(words[1]) / 8 : 16;
}

/** The first quote or backslash, or `end`. */
static const uint8_t *find_special(const uint8_t *at, const uint8_t *end)
{
	for (; end - at >= 16; at += 16) {
		bytes16 block = *(const bytes16 *)at;
		unsigned first = first_set((bytes16)(block == '"') | (bytes16)(block == '\\'));
		if (first < 16)
			return at + first;
	}
	while (at < end && *at != '"' && *at != '\\')
		at++;
	return at;
}

static int hex_digit(uint8_t digit)
{
	return digit >= '0' && digit <= '9' ? digit - '0' : digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : -1;
}

/** Four hexadecimal digits; -1 when they are not. */
static int32_t hex4(const uint8_t *at, const uint8_t *end)
{
	int32_t value = 0;
	if (end - at < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		int digit = hex_digit(at[i]);
		if (digit < 0)
			return -1;
		value = value << 4 | digit;
	}
	return value;
}

static uint8_t *put_point(uint8_t *out, uint32_t point)
{
	if (point < 0x80) {
		*out++ = (uint8_t)point;
	} else if (point < 0x800) {
		*out++ = (uint8_t)(0xc0 | point >> 6);
		*out++ = (uint8_t)(0x80 | (point & 0x3f));
	} else if (point < 0x10000) {
		*out++ = (uint8_t)(0xe0 | point >> 12);
		*out++ = (uint8_t)(0x80 | (point >> 6 & 0x3f));
		*out++ = (uint8_t)(0x80 | (point & 0x3f));
	} else {
		*out++ = (uint8_t)(0xf0 | point >> 18);
		*out++ = (uint8_t)(0x80 | (point >> 12 & 0x3f));
		*out++ = (uint8_t)(0x80 | (point >> 6 & 0x3f));
		*out++ = (uint8_t)(0x80 | (point & 0x3f));
	}
	return out;
}

/** Unescapes from `at` to the closing quote, which is returned; NULL when there is none. */
static const uint8_t *unescape(const uint8_t *at, const uint8_t *end, uint8_t *out, uint8_t **out_end)
{
	uint8_t *limit = out + LOG_TEXT_MAX - 8;
	for (;;) {
		const uint8_t *special = find_special(at, end);
		size_t plain = (size_t)(special - at);
		if (special == end || plain > (size_t)(limit - out))
			return NULL;
		memcpy(out, at, plain);
		out += plain;
		at = special;
		if (*at == '"')
			break;
		if (end - at < 2 || out >= limit)
			return NULL;
		uint8_t letter = at[1];
		at += 2;
		if (letter == 'u') {
			int32_t point = hex4(at, end);
			if (point < 0)
				return NULL;
			at += 4;
			if (point >= 0xd800 && point < 0xdc00 && end - at >= 6 && at[0] == '\\' && at[1] == 'u') {
				int32_t low = hex4(at + 2, end);
				if (low >= 0xdc00 && low < 0xe000) {
					point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
					at += 6;
				}
			}
			out = put_point(out, point >= 0xd800 && point < 0xe000 ? 0xfffdu : (uint32_t)point);
		} else {
			*out++ = letter == 'n' ? '\n' : letter == 'r' ? '\r' : letter == 't' ? '\t' : letter == 'b' ? '\b' : letter == 'f' ? '\f' : letter;
		}
	}
	*out_end = out;
	return at;
}

/** The text of json-file; returns what is behind its closing quote, NULL when it has none. */
static const uint8_t *json_text(const uint8_t *line, size_t size, uint8_t *buffer, const uint8_t **text, size_t *text_size)
{
	const uint8_t *end = line + size;
	if (size < JSON_HEAD_SIZE || memcmp(line, JSON_HEAD, JSON_HEAD_SIZE) != 0)
		return NULL;
	const uint8_t *at = line + JSON_HEAD_SIZE;
	const uint8_t *special = find_special(at, end);
	*text = at;
	*text_size = (size_t)(special - at);
	if (special == end)
		return NULL;
	if (*special == '"')
		return special + 1;
	if (end - special >= 3 && special[1] == 'n' && special[2] == '"')
		return special + 3;
	uint8_t *out_end;
	const uint8_t *quote = unescape(at, end, buffer, &out_end);
	if (!quote)
		return NULL;
	*text = buffer;
	*text_size = (size_t)(out_end - buffer);
	if (*text_size > 0 && buffer[*text_size - 1] == '\n')
		(*text_size)--;
	return quote + 1;
}

bool log_record_text(bool local, const uint8_t *line, size_t size, uint8_t *buffer, const uint8_t **text, size_t *text_size)
{
	if (!local)
		return json_text(line, size, buffer, text, text_size) != NULL;
	if (size < LOCAL_HEAD_SIZE)
		return false;
	*text = line + LOCAL_HEAD_SIZE;
	*text_size = size - LOCAL_HEAD_SIZE;
	return true;
}

static bool read_digits(const uint8_t *at, int count, int *value)
{
	*value = 0;
	for (int i = 0; i < count; i++) {
		if (at[i] < '0' || at[i] > '9')
			return false;
		*value = *value * 10 + (at[i] - '0');
	}
	return true;
}

/** YYYY-MM-DDTHH:MM:SS[.fraction]Z, in UTC as it is written. */
static bool read_time(const uint8_t *at, const uint8_t *end, uint64_t *ns)
{
	struct tm tm = { 0 };
	if (end - at < 20 || !read_digits(at, 4, &tm.tm_year) || !read_digits(at + 5, 2, &tm.tm_mon) || !read_digits(at + 8, 2, &tm.tm_mday) ||
	    !read_digits(at + 11, 2, &tm.tm_hour) || !read_digits(at + 14, 2, &tm.tm_min) || !read_digits(at + 17, 2, &tm.tm_sec))
		return false;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	time_t seconds = timegm(&tm);
	uint64_t fraction = 0, unit = 100000000;
	if (at[19] == '.')
		for (at += 20; at < end && *at >= '0' && *at <= '9'; at++, unit /= 10)
			fraction += (uint64_t)(*at - '0') * unit;
	if (seconds < 0)
		return false;
	*ns = (uint64_t)seconds * 1000000000 + fraction;
	return true;
}

bool log_record_read(bool local, const uint8_t *line, size_t size, uint8_t *buffer, struct log_record *record)
{
	if (local) {
		if (!log_record_text(true, line, size, buffer, &record->text, &record->size))
			return false;
		record->time_ns = 0;
		for (int i = 1; i < LOCAL_HEAD_SIZE; i++) {
			int digit = hex_digit(line[i]);
			if (digit < 0)
				return false;
			record->time_ns = record->time_ns << 4 | (uint64_t)digit;
		}
		record->is_error = (line[0] | 0x20) == 'e';
		return true;
	}
	const uint8_t *end = line + size;
	const uint8_t *rest = json_text(line, size, buffer, &record->text, &record->size);
	static const char stream[] = ",\"stream\":\"std";
	static const char time[] = "\"time\":\"";
	if (!rest || (size_t)(end - rest) < sizeof stream || memcmp(rest, stream, sizeof stream - 1) != 0)
		return false;
	record->is_error = rest[sizeof stream - 1] == 'e';
	// The time is the last: whatever attributes hold is before it.
	if (memcmp(end - 2, "\"}", 2) != 0)
		return false;
	const uint8_t *at = end - 2;
	while (at > rest && at[-1] != '"')
		at--;
	if ((size_t)(at - rest) < sizeof time - 1 || memcmp(at - (sizeof time - 1), time, sizeof time - 1) != 0)
		return false;
	return read_time(at, end, &record->time_ns);
}

static bool same(const uint8_t *text, const uint8_t *needle, size_t size, bool fold)
{
	if (!fold)
		return memcmp(text, needle, size) == 0;
	for (size_t i = 0; i < size; i++) {
		uint8_t byte = text[i] >= 'A' && text[i] <= 'Z' ? text[i] | 0x20 : text[i];
		if (byte != needle[i])
			return false;
	}
	return true;
}

const uint8_t *log_find(const uint8_t *text, size_t size, const uint8_t *needle, size_t needle_size, bool fold)
{
	if (needle_size == 0 || size < needle_size)
		return needle_size == 0 ? text : NULL;
	size_t last = needle_size - 1, places = size - last, i = 0;
	// A letter of either case differs in one bit only; what else that bit makes alike is looked at by same().
	uint8_t first_bit = fold && needle[0] >= 'a' && needle[0] <= 'z' ? 0x20 : 0;
	uint8_t last_bit = fold && needle[last] >= 'a' && needle[last] <= 'z' ? 0x20 : 0;
	bytes16 first_byte = (bytes16){ 0 } + needle[0], last_byte = (bytes16){ 0 } + needle[last];
	for (; places - i >= 16 && places >= 16; i += 16) {
		bytes16 heads = *(const bytes16 *)(text + i) | first_bit, tails = *(const bytes16 *)(text + i + last) | last_bit;
		bytes16 hits = (bytes16)(heads == first_byte) & (bytes16)(tails == last_byte);
		for (unsigned at = first_set(hits); at < 16; at = first_set(hits)) {
			if (same(text + i + at, needle, needle_size, fold))
				return text + i + at;
			((uint8_t *)&hits)[at] = 0;
		}
	}
	for (; i < places; i++)
		if (same(text + i, needle, needle_size, fold))
			return text + i;
	return NULL;
}
