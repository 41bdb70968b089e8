// The clients of io.sock: their frames are obeyed, output is sent to those who want it, with at most 256 KiB waiting for each.
#pragma once

#include "fault.h"
#include "frame.h"
#include "log.h"
#include "options.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int clients_open(const struct options *options, struct fault *fault);

/** How many bytes of this stream may be sent now: the least room of those who want it; SIZE_MAX when nobody does. */
size_t clients_room(enum log_stream stream);

/** Sends output to all who want it. A client without room for it is closed, which only a dead program's last output can cause. */
void clients_send(enum log_stream stream, const uint8_t *bytes, size_t size);

/** Tells the engine something that has no payload: that the log goes on in a new file, that the OOM killer was there. */
void clients_tell(enum frame_type news);

/** Writes what waits as far as the sockets take it, and frees clients that are gone. Part of each turn's end. */
void clients_flush(void);

/** Sends the exit record (kept by the caller) to all, and to those who still come. Connections stay open until clients_part(). */
void clients_finish(const char *record, size_t size);

/** From now on our half of a connection is closed when the client has the record, and all of it when the client closed its own. */
void clients_part(void);

/** Calls `none` at the end of a turn in which no client is left. */
void clients_when_finished(void (*none)(void));

/** Closes all at once. */
void clients_close(void);
