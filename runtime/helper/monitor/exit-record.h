// How the program ended: exit.json beside the socket, and the same text as the last frame for clients.
#pragma once

#include "fault.h"
#include "options.h"
#include "timestamp.h"
#include <stdbool.h>
#include <stddef.h>

#define EXIT_RECORD_MAX 256

struct exit_record {
	/** 128 + signal when a signal ended the program. */
	int exit_code;
	/** 0 = none. */
	int signal;
	bool oom_killed;
	char finished_at[TIMESTAMP_MAX];
	size_t finished_at_size;
};

/** Opens the monitor's folder. */
int exit_record_open(const struct options *options, struct fault *fault);

/** Fills the record from a wait status, the OOM counter and the clock. */
void exit_record_fill(struct exit_record *record, int wait_status);

/** Writes the record's JSON to `out`; returns its length. */
size_t exit_record_format(const struct exit_record *record, char out[EXIT_RECORD_MAX]);

/** Writes exit.json, all at once for whoever looks (temp file and rename). */
void exit_record_write(const char *json, size_t size);

/** Removes io.sock: exit.json says all there is to say. */
void exit_record_remove_socket(void);
