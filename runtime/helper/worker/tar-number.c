// Numbers in tar headers.
#include "worker/tar-number.h"

static bool octal(const uint8_t *field, size_t length, int64_t *out)
{
	size_t i = 0;
	uint64_t value = 0;
	while (i < length && (field[i] == ' ' || field[i] == '\0'))
		i++;
	for (; i < length && field[i] >= '0' && field[i] <= '7'; i++) {
		if (value >> 60)
			return false;
		value = value << 3 | (field[i] - '0');
	}
	for (; i < length; i++)
		if (field[i] != ' ' && field[i] != '\0')
			return false;
	*out = (int64_t)value;
	return true;
}

/** Two's complement, big-endian; the first byte's top bit marks the form, the next one is the sign. */
static bool base256(const uint8_t *field, size_t length, int64_t *out)
{
	uint8_t fill = field[0] & 0x40 ? 0xff : 0x00;
	uint64_t value = field[0] & 0x40 ? UINT64_MAX : 0;
	for (size_t i = 0; i < length; i++) {
		uint8_t byte = i > 0 ? field[i] : (uint8_t)(fill ? field[i] | 0x80 : field[i] & 0x7f);
		if (length - i > sizeof value) {
			if (byte != fill)
				return false;
			continue;
		}
		value = value << 8 | byte;
	}
	// A sign that changed on the way means that it did not fit.
	if (((int64_t)value < 0) != (fill == 0xff))
		return false;
	*out = (int64_t)value;
	return true;
}

bool tar_number(const uint8_t *field, size_t length, int64_t *out)
{
	return field[0] & 0x80 ? base256(field, length, out) : octal(field, length, out);
}

bool tar_decimal(const char *text, size_t length, uint64_t *out)
{
	uint64_t value = 0;
	if (length == 0 || length > 19)
		return false;
	for (size_t i = 0; i < length; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		value = value * 10 + (uint64_t)(text[i] - '0');
	}
	if (value > INT64_MAX)
		return false;
	*out = value;
	return true;
}

bool tar_time(const char *text, size_t length, struct timespec *out)
{
	bool negative = length > 0 && text[0] == '-';
	if (negative) {
		text++;
		length--;
	}
	size_t whole = 0;
	while (whole < length && text[whole] != '.')
		whole++;
	uint64_t seconds;
	if (!tar_decimal(text, whole, &seconds) || seconds > INT64_MAX / 2)
		return false;
	long nanoseconds = 0;
	long unit = 100000000;
	for (size_t i = whole + 1; i < length; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		nanoseconds += (text[i] - '0') * unit;
		unit /= 10;
	}
	out->tv_sec = (time_t)seconds;
	out->tv_nsec = nanoseconds;
	if (negative) {
		out->tv_sec = -out->tv_sec;
		if (nanoseconds > 0) {
			out->tv_sec--;
			out->tv_nsec = 1000000000 - nanoseconds;
		}
	}
	return true;
}
