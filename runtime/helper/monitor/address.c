// IPv6 in RFC 4291's text forms but the one with an embedded IPv4 address, which the engine never writes.
#include "address.h"
#include "memory.h"
#include "text.h"

static uint16_t big_endian16(unsigned value)
{
	return (uint16_t)((value & 0xff) << 8 | (value >> 8 & 0xff));
}

static bool parse_v4(const char *text, size_t size, uint8_t out[4])
{
	for (unsigned part = 0; part < 4; part++) {
		size_t digits = 0;
		while (digits < size && text[digits] != '.')
			digits++;
		uint64_t number;
		if (digits > 3 || !parse_number(text, digits, 255, &number))
			return false;
		out[part] = (uint8_t)number;
		text += digits;
		size -= digits;
		if (part < 3) {
			if (!size)
				return false;
			text++, size--;
		}
	}
	return size == 0;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static bool parse_v6(const char *text, size_t size, uint8_t out[16])
{
	const char *end = text + size;
	unsigned used = 0;
	int gap = -1;
	memset(out, 0, 16);
	if (size >= 2 && text[0] == ':' && text[1] == ':') {
		gap = 0;
		text += 2;
	}
	while (text < end) {
		unsigned value = 0, digits = 0;
		for (int digit; text < end && (digit = hex_digit(*text)) >= 0; text++, digits++)
			value = value << 4 | (unsigned)digit;
		if (digits == 0 || digits > 4 || used == 16)
			return false;
		out[used++] = (uint8_t)(value >> 8);
		out[used++] = (uint8_t)value;
		if (text == end)
			break;
		if (*text++ != ':' || text == end)
			return false;
		if (*text == ':') {
			if (gap >= 0)
				return false;
			gap = (int)used;
			text++;
		}
	}
	if (gap < 0)
		return used == 16;
	if (used == 16)
		return false;
	unsigned behind = used - (unsigned)gap;
	memmove(out + 16 - behind, out + gap, behind);
	memset(out + gap, 0, 16 - used);
	return true;
}

socklen_t address_size(const union address *address)
{
	return address->any.sa_family == AF_INET ? sizeof address->v4 : sizeof address->v6;
}

bool address_parse(const char *text, union address *out)
{
	size_t size = strlen(text), colon = size;
	while (colon > 0 && text[colon - 1] != ':')
		colon--;
	if (colon < 2)
		return false;
	size_t host = colon - 1;
	uint64_t port;
	if (!parse_number(text + colon, size - colon, 65535, &port) || port == 0)
		return false;
	uint8_t bytes[16];
	if (parse_v4(text, host, bytes)) {
		out->v4 = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = big_endian16((unsigned)port) };
		memcpy(&out->v4.sin_addr, bytes, 4);
		return true;
	}
	if (text[0] == '[') {
		if (host < 2 || text[host - 1] != ']')
			return false;
		text++;
		host -= 2;
	}
	if (!parse_v6(text, host, bytes))
		return false;
	out->v6 = (struct sockaddr_in6){ .sin6_family = AF_INET6, .sin6_port = big_endian16((unsigned)port) };
	memcpy(&out->v6.sin6_addr, bytes, 16);
	return true;
}

size_t address_parse_ip(const char *text, size_t size, uint8_t out[16])
{
	if (parse_v4(text, size, out))
		return 4;
	return parse_v6(text, size, out) ? 16 : 0;
}
