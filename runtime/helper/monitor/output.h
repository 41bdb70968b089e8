// The program's output: read from its pipes or its terminal, given to the log and to the clients at once.
#pragma once

#include "options.h"
#include <stdint.h>

/** `ended` is called once, after output_program_ended(), when everything has been read that will be. */
void output_open(const struct options *options, void (*ended)(void));

/** Ends `hold`: reading begins. */
void output_go(void);

/** A client has room again, or left. */
void output_resume(void);

/** The program is dead: what is left is read, for at most 2 s when somebody else keeps the pipe open. */
void output_program_ended(void);

/** Sets the terminal's size; nothing without one. */
void output_resize(uint16_t rows, uint16_t columns);

/** The terminal hangs up, pipes close. */
void output_close(void);
