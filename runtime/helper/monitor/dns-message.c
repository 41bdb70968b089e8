// Reads names without compression: a question is the first name of a message, so nothing precedes it that it could point to.
#include "dns-message.h"
#include "memory.h"

#define TTL_S 600

static uint16_t read16(const uint8_t *bytes)
{
	return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

static void write16(uint8_t *bytes, unsigned value)
{
	bytes[0] = (uint8_t)(value >> 8);
	bytes[1] = (uint8_t)value;
}

bool dns_read_question(const uint8_t *message, size_t size, struct dns_question *out)
{
	// Neither an answer nor another operation than a query.
	if (size < DNS_HEADER_SIZE || (message[2] & 0xf8) || read16(message + 4) != 1)
		return false;
	size_t at = DNS_HEADER_SIZE, length = 0;
	out->odd = false;
	for (;;) {
		if (at >= size)
			return false;
		size_t label = message[at++];
		if (label == 0)
			break;
		if (label > 63 || label > size - at || length + label + 1 > DNS_NAME_MAX - 1)
			return false;
		if (length)
			out->name[length++] = '.';
		for (size_t i = 0; i < label; i++) {
			uint8_t c = message[at++];
			if (c <= ' ' || c >= 0x7f || c == '.')
				out->odd = true;
			out->name[length++] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
		}
	}
	if (size - at < 4)
		return false;
	out->name[length] = 0;
	out->name_length = length;
	out->type = read16(message + at);
	out->class = read16(message + at + 2);
	out->end = at + 4;
	return true;
}

size_t dns_begin_answer(uint8_t *out, const uint8_t *query, const struct dns_question *question, enum dns_code code)
{
	memset(out, 0, DNS_HEADER_SIZE);
	memcpy(out, query, 2);
	// An answer; recursion as it was desired, and available.
	out[2] = (uint8_t)(0x80 | (query[2] & 1));
	out[3] = (uint8_t)(0x80 | code);
	write16(out + 4, 1);
	memcpy(out + DNS_HEADER_SIZE, query + DNS_HEADER_SIZE, question->end - DNS_HEADER_SIZE);
	return question->end;
}

size_t dns_add_record(uint8_t *out, size_t length, uint16_t type, const void *data, size_t size)
{
	if (DNS_ANSWER_MAX - length < 12 + size)
		return length;
	uint8_t *at = out + length;
	write16(at, 0xc000 | DNS_HEADER_SIZE);
	write16(at + 2, type);
	write16(at + 4, 1);
	write16(at + 6, 0);
	write16(at + 8, TTL_S);
	write16(at + 10, (unsigned)size);
	memcpy(at + 12, data, size);
	write16(out + 6, read16(out + 6) + 1u);
	return length + 12 + size;
}

size_t dns_add_name(uint8_t *out, size_t length, const char *name, size_t size)
{
	uint8_t data[DNS_NAME_MAX + 2];
	size_t written = 0;
	for (size_t start = 0; start < size;) {
		size_t end = start;
		while (end < size && name[end] != '.')
			end++;
		size_t label = end - start;
		if (label == 0 || label > 63 || written + label + 2 > sizeof data)
			return length;
		data[written++] = (uint8_t)label;
		memcpy(data + written, name + start, label);
		written += label;
		start = end + 1;
	}
	data[written++] = 0;
	return dns_add_record(out, length, DNS_PTR, data, written);
}

/** Takes the last label off the front `size` characters of a name: where it begins, after the dot. */
static size_t last_label(const char *name, size_t size)
{
	while (size > 0 && name[size - 1] != '.')
		size--;
	return size;
}

static bool ends_with(const struct dns_question *question, const char *suffix, size_t size)
{
	return question->name_length > size && !memcmp(question->name + question->name_length - size, suffix, size);
}

/** One number of a reversed address; -1 when the label is none of at most `digits` digits of this base. */
static int label_number(const char *label, size_t size, unsigned base, unsigned digits)
{
	unsigned value = 0;
	if (size == 0 || size > digits)
		return -1;
	for (size_t i = 0; i < size; i++) {
		char c = label[i];
		unsigned digit = c >= '0' && c <= '9' ? (unsigned)(c - '0') : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10 : 16;
		if (digit >= base)
			return -1;
		value = value * base + digit;
	}
	return value > 255 ? -1 : (int)value;
}

size_t dns_reversed(const struct dns_question *question, uint8_t out[16])
{
	static const char suffix4[] = ".in-addr.arpa", suffix6[] = ".ip6.arpa";
	bool v4 = ends_with(question, suffix4, sizeof suffix4 - 1);
	if (!v4 && !ends_with(question, suffix6, sizeof suffix6 - 1))
		return 0;
	unsigned labels = v4 ? 4 : 32;
	size_t end = question->name_length - (v4 ? sizeof suffix4 : sizeof suffix6) + 1;
	memset(out, 0, 16);
	for (unsigned i = 0; i < labels; i++) {
		size_t start = last_label(question->name, end);
		int number = label_number(question->name + start, end - start, v4 ? 10 : 16, v4 ? 3 : 1);
		if (number < 0 || (start == 0) != (i == labels - 1))
			return 0;
		if (v4)
			out[i] = (uint8_t)number;
		else
			out[i / 2] |= (uint8_t)(i % 2 ? number : number << 4);
		end = start ? start - 1 : 0;
	}
	return v4 ? 4 : 16;
}
