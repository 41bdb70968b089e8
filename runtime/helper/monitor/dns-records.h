// What the resolver knows by itself, from files that the engine replaces, and who is asked for the rest.
#pragma once

#include "address.h"
#include "dns-message.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DNS_SERVERS_MAX 3

void dns_records_open(const char *path);

/** Before queries that came together: the files are read anew. */
void dns_records_turn(void);

/** Adds what this container's networks say to an answer that was begun; false when they do not know the name. */
bool dns_records_answer(const struct dns_question *question, uint8_t *out, size_t *length);

/** Writes where the rest is asked, in order; returns how many there are. */
unsigned dns_records_servers(union address servers[DNS_SERVERS_MAX]);
