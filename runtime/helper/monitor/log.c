// Records are put together in a batch, written by one write() per turn of the loop. A line longer than 16 KiB is split
// as Docker's copier does, but never inside a UTF-8 sequence; its parts carry the time of the first. With a writer (log-writer.h)
// lines go through a ring to a second process, which does all but cutting them.
//
// The driver `json-file` writes what Docker's does. `local` is compact and keeps every byte: a letter (o or e for a line of
// stdout or stderr, O or E for a piece without its newline), the time as 16 hexadecimal digits of nanoseconds, the bytes, a newline.
#include "log.h"
#include "json-string.h"
#include "log-file.h"
#include "log-ring.h"
#include "log-writer.h"
#include "memory.h"
#include "system.h"
#include "text.h"
#include "timestamp.h"

#define LINE_MAX_BYTES MESSAGE_MAX_BYTES
#define BATCH_BYTES 65536
/** Labels and variables that every record carries. */
#define ATTRS_MAX (64 * 1024)
#define RECORD_BYTES (LINE_MAX_BYTES * JSON_EXPANSION_MAX + ATTRS_MAX + 256)

/** A line of which the end has not been read yet. */
struct line {
	size_t used;
	/** Parts of this line are written already; `time_ns` is theirs. */
	bool split;
	uint64_t time_ns;
	uint8_t bytes[LINE_MAX_BYTES + READ_AHEAD];
};

static struct line lines[2];

static struct {
	bool on;
	/** Another process writes what is put into the ring. */
	bool has_writer;
	/** Something was put there since the writer was woken. */
	bool has_news;
	enum log_driver driver;
	/** Records dropped since the last that could be written, and why. */
	uint64_t lost;
	int lost_code;
	size_t batch_used;
	void (*on_finished)(void);
} journal;

static uint8_t batch[BATCH_BYTES + RECORD_BYTES] __attribute__((aligned(4096)));

/** The time of what is being read, and how the driver writes it. */
static uint64_t now_ns;

/** What follows the text of a record of json-file: stream, attributes, time. Most records of a batch have the same. */
static struct suffix {
	uint64_t time_ns;
	size_t size;
	uint8_t bytes[ATTRS_MAX + 128];
} suffixes[2];
static char attrs[ATTRS_MAX];
static size_t attrs_size;

/** `"attrs":{...},` comes from a file, not from the command line, which everybody on the machine may read. */
static int read_attrs(const char *path, struct fault *fault)
{
	int fd = sys_openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW, 0);
	if (fd < 0)
		return fault_set(fault, fd, "open --log-attrs");
	ssize_t n;
	while ((n = sys_read(fd, attrs + attrs_size, sizeof attrs - attrs_size)) > 0)
		attrs_size += (size_t)n;
	sys_close(fd);
	return attrs_size == sizeof attrs ? fault_set(fault, EFBIG, "read --log-attrs") : 0;
}

static void drain_ring(void);
static void writer_gone(void);

int log_open(const struct options *options, struct fault *fault)
{
	if (!options->log_path)
		return 0;
	if (log_file_open(options, fault) < 0)
		return -1;
	journal.driver = options->log_driver;
	if (options->log_attrs && read_attrs(options->log_attrs, fault) < 0)
		return -1;
	journal.on = true;
	if (!options->log_max_buffer)
		return 0;
	static const struct writer_calls calls = { .drain = drain_ring, .gone = writer_gone };
	if (ring_open(options->log_max_buffer, fault) < 0 || writer_start(&calls, fault) < 0)
		return -1;
	journal.has_writer = true;
	return 0;
}

static const char *reason(int code)
{
	switch (-code) {
	case ENOSPC:
		return "no space left on device";
	case EDQUOT:
		return "disk quota exceeded";
	case EFBIG:
		return "file too large";
	case EROFS:
		return "read-only file system";
	default:
		return "input/output error";
	}
}

static inline uint8_t *put(uint8_t *at, const void *bytes, size_t size)
{
	memcpy(at, bytes, size);
	return at + size;
}

/** Copies in blocks of sixteen bytes, reading and writing up to READ_AHEAD more: for a batch and what has room behind it. */
static inline uint8_t *put_blocks(uint8_t *at, const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i += 16)
		*(bytes16 *)(at + i) = *(const bytes16 *)(bytes + i);
	return at + size;
}

static void make_suffix(struct suffix *suffix, uint64_t time_ns)
{
	char time[TIMESTAMP_MAX];
	uint8_t *at = suffix->bytes;
	at = put(at, "\",\"stream\":\"std", 15);
	at = put(at, suffix == &suffixes[LOG_STDOUT] ? "out\"," : "err\",", 5);
	at = put(at, attrs, attrs_size);
	at = put(at, "\"time\":\"", 8);
	at = put(at, time, timestamp_of_ns(time, time_ns));
	at = put(at, "\"}\n", 3);
	suffix->size = (size_t)(at - suffix->bytes);
	suffix->time_ns = time_ns;
}

static uint8_t *put_json_record(uint8_t *at, enum log_stream stream, uint64_t time_ns, const uint8_t *bytes, size_t size, bool newline)
{
	struct suffix *suffix = &suffixes[stream];
	if (suffix->size == 0 || suffix->time_ns != time_ns)
		make_suffix(suffix, time_ns);
	at = put(at, "{\"log\":\"", 8);
	at = json_escape(at, bytes, size);
	if (newline)
		at = put(at, "\\n", 2);
	return put_blocks(at, suffix->bytes, suffix->size);
}

static uint8_t *put_local_record(uint8_t *at, enum log_stream stream, uint64_t time_ns, const uint8_t *bytes, size_t size, bool newline)
{
	static const char letters[2][2] = { [LOG_STDOUT] = { 'O', 'o' }, [LOG_STDERR] = { 'E', 'e' } };
	*at++ = (uint8_t)letters[stream][newline];
	for (int shift = 60; shift >= 0; shift -= 4)
		*at++ = (uint8_t)"0123456789abcdef"[time_ns >> shift & 15];
	at = put(at, bytes, size);
	*at++ = '\n';
	return at;
}

/** Writes a record as the driver has it; returns its end. */
static uint8_t *put_record(uint8_t *at, enum log_stream stream, uint64_t time_ns, const uint8_t *bytes, size_t size, bool newline)
{
	return journal.driver == LOG_LOCAL ? put_local_record(at, stream, time_ns, bytes, size, newline) :
					     put_json_record(at, stream, time_ns, bytes, size, newline);
}

/** Says in the log how much of it is missing. */
static void write_lost_note(void)
{
	char note[128 + READ_AHEAD];
	uint8_t record[sizeof note * 2 + ATTRS_MAX + 256];
	struct text text = text_in(note, sizeof note - READ_AHEAD);
	text_string(&text, "berth: ");
	text_number(&text, journal.lost);
	text_string(&text, " log records were lost: ");
	text_string(&text, reason(journal.lost_code));
	uint64_t time_ns = clock_now_ns();
	uint8_t *end = put_record(record, LOG_STDERR, time_ns, (const uint8_t *)note, (size_t)(text.at - note), true);
	int code;
	if (log_file_write(record, (size_t)(end - record), time_ns, &code) && !code)
		journal.lost = 0;
}

static void write_batch(void)
{
	if (journal.batch_used == 0)
		return;
	size_t size = journal.batch_used, whole = 0;
	int code = 0;
	journal.batch_used = 0;
	if (journal.lost)
		write_lost_note();
	if (!journal.lost)
		whole = log_file_write(batch, size, now_ns, &code);
	if (whole == size)
		return;
	if (code)
		journal.lost_code = code;
	const uint8_t *at = batch + whole, *end = batch + size;
	while ((at = find_byte(at, '\n', (size_t)(end - at)))) {
		journal.lost++;
		at++;
	}
}

void log_flush(void)
{
	if (!journal.has_writer)
		write_batch();
	else if (journal.has_news)
		writer_wake();
	journal.has_news = false;
}

bool log_was_rotated(void)
{
	return journal.has_writer ? writer_rotated() : log_file_was_rotated();
}

void log_rest(void)
{
	if (journal.batch_used == 0)
		sys_release(batch, sizeof batch);
	for (unsigned i = 0; i < 2; i++)
		if (lines[i].used == 0)
			sys_release(lines[i].bytes, LINE_MAX_BYTES);
}

/** Adds a message's record to the batch. A message that is no later piece of a split line has the time `now_ns`. */
static void batch_message(const struct message *message, const uint8_t *bytes)
{
	if (journal.batch_used > BATCH_BYTES)
		write_batch();
	enum log_stream stream = message->stream;
	uint8_t *start = batch + journal.batch_used;
	uint64_t time_ns = message->split ? message->time_ns : now_ns;
	uint8_t *end = put_record(start, stream, time_ns, bytes, message->size, message->newline);
	if (log_file_is_full((size_t)(end - batch))) {
		write_batch();
		log_file_rotate();
		// The time of its first record is what a file is known by: no two may begin with the same.
		now_ns = clock_now_ns();
		time_ns = message->split ? message->time_ns : now_ns;
		start = batch;
		end = put_record(start, stream, time_ns, bytes, message->size, message->newline);
	}
	journal.batch_used += (size_t)(end - start);
}

/** In the writer: writes all that waits. */
static void drain_ring(void)
{
	static uint8_t text[MESSAGE_MAX_BYTES + READ_AHEAD];
	struct message message;
	while (ring_take(&message, text)) {
		// Never back: a file that was just begun has a later time than what waited for it.
		if (!message.split && message.time_ns > now_ns)
			now_ns = message.time_ns;
		batch_message(&message, text);
	}
	write_batch();
}

/** When it was killed, what it left is written here, as is all that comes. */
static void writer_gone(void)
{
	journal.has_writer = false;
	log_file_reopen();
	drain_ring();
	if (journal.on_finished)
		journal.on_finished();
}

void log_finish(void (*done)(void))
{
	log_flush();
	if (!journal.has_writer) {
		done();
		return;
	}
	journal.on_finished = done;
	writer_finish();
}

/** Logs a line or a piece of one; `newline` says whether the text is the end of its line. */
static void add_record(struct line *line, const uint8_t *bytes, size_t size, bool newline)
{
	struct message message = {
		.time_ns = line->split ? line->time_ns : now_ns,
		.size = (uint32_t)size,
		.stream = (uint8_t)(line - lines),
		.newline = newline,
		.split = line->split,
	};
	if (journal.has_writer) {
		ring_put(&message, bytes);
		journal.has_news = true;
	} else {
		batch_message(&message, bytes);
	}
	if (newline) {
		line->split = false;
	} else if (!line->split) {
		line->split = true;
		line->time_ns = now_ns;
	}
}

/** The line is full: writes its bytes but for a UTF-8 sequence that its end would break, and keeps that. */
static void split_line(struct line *line)
{
	size_t tail = utf8_incomplete_tail(line->bytes, LINE_MAX_BYTES);
	size_t size = LINE_MAX_BYTES - tail;
	add_record(line, line->bytes, size, false);
	memmove(line->bytes, line->bytes + size, tail);
	line->used = tail;
}

void log_write(enum log_stream stream, const uint8_t *bytes, size_t size)
{
	if (!journal.on)
		return;
	struct line *line = &lines[stream];
	now_ns = clock_now_ns();
	while (size > 0) {
		// Docker looks for the newline in a buffer of 16 KiB: a text of just that length is split from its newline.
		size_t room = LINE_MAX_BYTES - line->used;
		size_t look = size < room ? size : room;
		const uint8_t *newline = find_byte(bytes, '\n', look);
		size_t take = newline ? (size_t)(newline - bytes) : look;
		if (newline && line->used == 0) {
			add_record(line, bytes, take, true);
		} else {
			memcpy(line->bytes + line->used, bytes, take);
			line->used += take;
			if (newline) {
				size_t used = line->used;
				line->used = 0;
				add_record(line, line->bytes, used, true);
			} else if (line->used == LINE_MAX_BYTES) {
				split_line(line);
			}
		}
		take += newline != NULL;
		bytes += take;
		size -= take;
	}
}

void log_stream_end(enum log_stream stream)
{
	struct line *line = &lines[stream];
	if (!journal.on || line->used == 0)
		return;
	now_ns = clock_now_ns();
	add_record(line, line->bytes, line->used, false);
	line->used = 0;
}
