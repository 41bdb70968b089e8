// DNS messages (RFC 1035): a query's one question, and answers to it. Pure; every byte of a query is a stranger's.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DNS_NAME_MAX 255
#define DNS_HEADER_SIZE 12
/** What fits into an answer by UDP without extensions. */
#define DNS_ANSWER_MAX 512

enum dns_type { DNS_A = 1, DNS_PTR = 12, DNS_AAAA = 28 };
enum dns_code { DNS_NOERROR = 0, DNS_FORMERR = 1, DNS_SERVFAIL = 2, DNS_NXDOMAIN = 3, DNS_NOTIMP = 4 };

struct dns_question {
	/** In lower case, labels joined by dots, none at its end; NUL-terminated. */
	char name[DNS_NAME_MAX + 1];
	size_t name_length;
	uint16_t type;
	uint16_t class;
	/** Where the question ends in the message. */
	size_t end;
	/** A label holds a byte that no name of ours has: such a name is nobody's here. */
	bool odd;
};

/** False unless it is a standard query with exactly one well-formed question. */
bool dns_read_question(const uint8_t *message, size_t size, struct dns_question *out);

/** The beginning of an answer: header and question. Returns its length; `out` has DNS_ANSWER_MAX bytes. */
size_t dns_begin_answer(uint8_t *out, const uint8_t *query, const struct dns_question *question, enum dns_code code);

/** Adds a record about the question's name; the new length, or the old one when it does not fit. */
size_t dns_add_record(uint8_t *out, size_t length, uint16_t type, const void *data, size_t size);

/** As dns_add_record() for a name, written with dots. */
size_t dns_add_name(uint8_t *out, size_t length, const char *name, size_t size);

/** Reads `4.3.2.1.in-addr.arpa` as 1.2.3.4, and names of ip6.arpa likewise: the address's length, 4 or 16; 0 for other names. */
size_t dns_reversed(const struct dns_question *question, uint8_t out[16]);
