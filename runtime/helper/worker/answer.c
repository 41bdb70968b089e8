// JSON lines on stdout.
#include "worker/answer.h"

#include <stdlib.h>
#include <unistd.h>

#include "worker/failure.h"

int answer_line(const char *line)
{
	size_t length = strlen(line);
	while (length > 0) {
		ssize_t n = write(STDOUT_FILENO, line, length);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		line += n;
		length -= (size_t)n;
	}
	return 0;
}

/** Length of the UTF-8 sequence that starts at `s`, or 0 when it is none. */
static size_t utf8_length(const unsigned char *s)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t length = s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : s[0] < 0xf5 ? 4 : 0;
	if (length == 0)
		return 0;
	uint32_t code = s[0] & (0x7fu >> length);
	for (size_t i = 1; i < length; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (s[i] & 0x3f);
	}
	return code < least[length] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000) ? 0 : length;
}

void answer_quote(const char *text, char *out, size_t capacity)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t n = 0;
	out[n++] = '"';
	// Seven bytes: the longest escape and the closing quote with its end.
	while (*s && n + 8 < capacity) {
		size_t length = utf8_length(s);
		if (length > 0) {
			memcpy(out + n, s, length);
			n += length;
			s += length;
		} else if (*s == '"' || *s == '\\') {
			out[n++] = '\\';
			out[n++] = (char)*s++;
		} else if (*s < 0x20 || *s == 0x7f) {
			n += (size_t)snprintf(out + n, capacity - n, "\\u%04x", *s++);
		} else if (*s < 0x80) {
			out[n++] = (char)*s++;
		} else {
			n += (size_t)snprintf(out + n, capacity - n, "\\ufffd");
			s++;
		}
	}
	out[n++] = '"';
	out[n] = '\0';
}

void answer_error(const struct error *err)
{
	char message[8 * ERROR_MESSAGE_MAX];
	char line[sizeof message + 128];
	answer_quote(err->message, message, sizeof message);
	snprintf(line, sizeof line, "{\"error\":{\"code\":\"%s\",\"message\":%s}}\n", failure_name(err->code), message);
	answer_line(line);
}
