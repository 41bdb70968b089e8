// The date part is worked out once a second; between, only the fraction is printed.
#include "timestamp.h"
#include "memory.h"
#include "system.h"

static void put_digits(char *out, unsigned value, int width)
{
	while (width--) {
		out[width] = (char)('0' + value % 10);
		value /= 10;
	}
}

/** Writes YYYY-MM-DDTHH:MM:SS: the proleptic Gregorian date by counting years from 1 March, 400 at a time. */
static void put_seconds(char out[19], int64_t seconds)
{
	int64_t days = seconds / 86400;
	unsigned rest = (unsigned)(seconds % 86400);
	days += 719468;
	int64_t era = days / 146097;
	unsigned day_of_era = (unsigned)(days - era * 146097);
	unsigned year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	unsigned day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	unsigned month_from_march = (5 * day_of_year + 2) / 153;
	unsigned day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
	unsigned month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
	unsigned year = (unsigned)(era * 400) + year_of_era + (month <= 2);
	memcpy(out, "0000-00-00T00:00:00", 19);
	put_digits(out, year, 4);
	put_digits(out + 5, month, 2);
	put_digits(out + 8, day, 2);
	put_digits(out + 11, rest / 3600, 2);
	put_digits(out + 14, rest / 60 % 60, 2);
	put_digits(out + 17, rest % 60, 2);
}

size_t timestamp_format(char out[TIMESTAMP_MAX], const struct timespec *time)
{
	static int64_t cached_second = -1;
	static char cached[19];
	int64_t second = time->tv_sec < 0 ? 0 : time->tv_sec;
	if (second != cached_second) {
		put_seconds(cached, second);
		cached_second = second;
	}
	memcpy(out, cached, sizeof cached);
	size_t size = sizeof cached;
	if (time->tv_nsec) {
		out[size] = '.';
		put_digits(out + size + 1, (unsigned)time->tv_nsec, 9);
		size += 10;
		while (out[size - 1] == '0')
			size--;
	}
	out[size++] = 'Z';
	return size;
}

size_t timestamp_of_ns(char out[TIMESTAMP_MAX], uint64_t ns)
{
	struct timespec time = { .tv_sec = (time_t)(ns / 1000000000), .tv_nsec = (long)(ns % 1000000000) };
	return timestamp_format(out, &time);
}

uint64_t clock_now_ns(void)
{
	struct timespec now;
	sys_clock(CLOCK_REALTIME, &now);
	return now.tv_sec < 0 ? 0 : (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

size_t timestamp_now(char out[TIMESTAMP_MAX])
{
	return timestamp_of_ns(out, clock_now_ns());
}
