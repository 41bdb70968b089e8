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

bool dns_reversed(const struct dns_question *question, char out[16])
{
	static const char suffix[] = ".in-addr.arpa";
	size_t tail = sizeof suffix - 1, length = question->name_length;
	if (length <= tail || length - tail > 15 || memcmp(question->name + length - tail, suffix, tail))
		return false;
	size_t end = length - tail, written = 0;
	while (end > 0) {
		size_t start = end;
		while (start > 0 && question->name[start - 1] != '.')
			start--;
		memcpy(out + written, question->name + start, end - start);
		written += end - start;
		if (start == 0)
			break;
		out[written++] = '.';
		end = start - 1;
	}
	out[written] = 0;
	return true;
}
