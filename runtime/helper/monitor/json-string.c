// Plain text, which is nearly everything, is copied sixteen bytes at a time; a byte that needs care is looked at alone.
#include "json-string.h"
#include "memory.h"

static const char hex[] = "0123456789abcdef";

/** The lowest and highest second byte of a sequence by its first (Unicode 15, table 3-7), and its length; 0 = invalid. */
static unsigned sequence(uint8_t first, uint8_t *low, uint8_t *high)
{
	*low = 0x80;
	*high = 0xbf;
	if (first < 0xc2 || first > 0xf4)
		return 0;
	if (first < 0xe0)
		return 2;
	if (first < 0xf0) {
		if (first == 0xe0)
			*low = 0xa0;
		if (first == 0xed)
			*high = 0x9f;
		return 3;
	}
	if (first == 0xf0)
		*low = 0x90;
	if (first == 0xf4)
		*high = 0x8f;
	return 4;
}

/** How many bytes of the sequence at `bytes` are there and valid so far; `*length` is what it should have, 0 = invalid. */
static unsigned valid_prefix(const uint8_t *bytes, size_t size, unsigned *length)
{
	uint8_t low, high;
	*length = sequence(bytes[0], &low, &high);
	if (*length == 0)
		return 0;
	unsigned have = 1;
	while (have < *length && have < size && bytes[have] >= low && bytes[have] <= high) {
		have++;
		low = 0x80;
		high = 0xbf;
	}
	return have;
}

static uint8_t *escape_ascii(uint8_t *out, uint8_t byte)
{
	*out++ = '\\';
	switch (byte) {
	case '"':
	case '\\':
		*out++ = byte;
		return out;
	case '\n':
		*out++ = 'n';
		return out;
	case '\r':
		*out++ = 'r';
		return out;
	default:
		memcpy(out, "u00", 3);
		out[3] = (uint8_t)hex[byte >> 4];
		out[4] = (uint8_t)hex[byte & 15];
		return out + 5;
	}
}

uint8_t *json_escape(uint8_t *out, const uint8_t *bytes, size_t size)
{
	const uint8_t *end = bytes + size;
	while (bytes < end) {
		bytes16 block = *(const bytes16 *)bytes;
		bytes16 care = (bytes16)(block < 0x20) | (bytes16)(block >= 0x80) | (bytes16)(block == '"') |
			       (bytes16)(block == '\\') | (bytes16)(block == '<') | (bytes16)(block == '>') |
			       (bytes16)(block == '&');
		unsigned plain = first_set(care);
		size_t left = (size_t)(end - bytes);
		*(bytes16 *)out = block;
		if (plain >= left)
			return out + left;
		out += plain;
		bytes += plain;
		if (plain == 16)
			continue;
		uint8_t byte = *bytes;
		if (byte < 0x80) {
			out = escape_ascii(out, byte);
			bytes++;
			continue;
		}
		unsigned length;
		unsigned have = valid_prefix(bytes, (size_t)(end - bytes), &length);
		if (length == 0 || have < length) {
			memcpy(out, "\\ufffd", 6);
			out += 6;
			bytes++;
		} else if (length == 3 && bytes[0] == 0xe2 && bytes[1] == 0x80 && (bytes[2] | 1) == 0xa9) {
			memcpy(out, "\\u202", 5);
			out[5] = (uint8_t)(bytes[2] == 0xa8 ? '8' : '9');
			out += 6;
			bytes += 3;
		} else {
			for (unsigned i = 0; i < length; i++)
				*out++ = *bytes++;
		}
	}
	return out;
}

size_t utf8_incomplete_tail(const uint8_t *bytes, size_t size)
{
	for (size_t back = 1; back <= 3 && back <= size; back++) {
		uint8_t byte = bytes[size - back];
		if (byte < 0x80)
			return 0;
		if (byte < 0xc0)
			continue;
		unsigned length;
		unsigned have = valid_prefix(bytes + size - back, back, &length);
		return length != 0 && have == back && back < length ? back : 0;
	}
	return 0;
}
