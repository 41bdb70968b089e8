// The main process: its start, its signals and its end, which ends the monitor too.
#pragma once

#include "fault.h"
#include "options.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int program_open(const struct options *options, struct fault *fault);

/** Sends a signal to the main process; a number that is no signal, or a dead process, is ignored. */
void program_signal(uint32_t signal);

/** Writes the JSON of the monitor's hello frame; returns its length. */
size_t program_describe(char *out, size_t size);

/** Output has been read to its end after the process ended: writes the exit record and says goodbye to the clients. */
void program_output_ended(void);

/** Lets go of the socket's name and the container's root once the clients were sent the exit record, then of the clients. After each turn's flush;
 * true when there is something for another turn. */
bool program_turn_end(void);
