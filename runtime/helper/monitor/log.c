// Records are put together in a batch, written by one write() per turn of the loop. A line longer than 16 KiB is split
// as Docker's copier does, but never inside a UTF-8 sequence; its parts carry the time of the first.
#include "log.h"
#include "json-string.h"
#include "memory.h"
#include "system.h"
#include "text.h"
#include "timestamp.h"

#define LINE_MAX_BYTES 16384
#define BATCH_BYTES 65536
#define RECORD_BYTES (LINE_MAX_BYTES * JSON_EXPANSION_MAX + 256)
#define PATH_BYTES 4096
#define FILE_MODE 0640

/** A line of which the end has not been read yet. */
struct line {
	size_t used;
	/** Parts of this line are written already; `time` is theirs. */
	bool split;
	size_t time_size;
	char time[TIMESTAMP_MAX];
	uint8_t bytes[LINE_MAX_BYTES];
};

static struct line lines[2];

#define INFIX_SIZE 28
/** What stands between text and time in a record. */
static const char infixes[][INFIX_SIZE + 1] = {
	[LOG_STDOUT] = "\",\"stream\":\"stdout\",\"time\":\"",
	[LOG_STDERR] = "\",\"stream\":\"stderr\",\"time\":\"",
};

static struct {
	bool on;
	/** -1 while the file could not be opened again. */
	int fd;
	/** The file's folder, so that rotation depends on no path. */
	int dir;
	char name[256];
	uint64_t max_size;
	unsigned max_file;
	/** What the file holds, as far as we wrote it. */
	uint64_t file_size;
	/** Records dropped since the last that could be written, and why. */
	uint64_t lost;
	int lost_code;
	size_t batch_used;
} journal = { .fd = -1, .dir = -1 };

static uint8_t batch[BATCH_BYTES + RECORD_BYTES] __attribute__((aligned(4096)));

static char now_text[TIMESTAMP_MAX];
static size_t now_size;

static int open_file(void)
{
	journal.fd = sys_openat(journal.dir, journal.name, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, FILE_MODE);
	if (journal.fd < 0) {
		int code = journal.fd;
		journal.fd = -1;
		return code;
	}
	off_t size = sys_file_size(journal.fd);
	journal.file_size = size < 0 ? 0 : (uint64_t)size;
	return 0;
}

int log_open(const struct options *options, struct fault *fault)
{
	if (!options->log_path)
		return 0;
	size_t size = strlen(options->log_path), slash = size;
	while (slash > 0 && options->log_path[slash - 1] != '/')
		slash--;
	if (slash == 0 || slash == size || size >= PATH_BYTES || size - slash + 8 > sizeof journal.name)
		return fault_set(fault, EINVAL, "understand the path of the log");
	char dir[PATH_BYTES];
	memcpy(dir, options->log_path, slash);
	dir[slash] = 0;
	memcpy(journal.name, options->log_path + slash, size - slash + 1);
	journal.max_size = options->log_max_size;
	journal.max_file = options->log_max_file;
	journal.dir = sys_openat(AT_FDCWD, dir, O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
	if (journal.dir < 0)
		return fault_set(fault, journal.dir, "open the folder of the log");
	int code = open_file();
	if (code < 0)
		return fault_set(fault, code, "open the log");
	journal.on = true;
	return 0;
}

/** The name of the n-th old log file. */
static const char *old_name(unsigned n, char name[sizeof journal.name])
{
	struct text text = text_in(name, sizeof journal.name - 1);
	text_string(&text, journal.name);
	text_string(&text, ".");
	text_number(&text, n);
	*text.at = 0;
	return name;
}

/** Starts a new file: the old ones move up by one, the last falls off; with max_file 1 the only one is emptied. */
static void rotate(void)
{
	if (journal.max_file == 1) {
		if (journal.fd >= 0 && sys_ftruncate(journal.fd, 0) == 0)
			journal.file_size = 0;
		return;
	}
	char from[sizeof journal.name], to[sizeof journal.name];
	for (unsigned n = journal.max_file - 1; n > 1; n--)
		sys_renameat(journal.dir, old_name(n - 1, from), journal.dir, old_name(n, to));
	// When this fails the file just grows on.
	if (sys_renameat(journal.dir, journal.name, journal.dir, old_name(1, to)) < 0)
		return;
	if (journal.fd >= 0)
		sys_close(journal.fd);
	open_file();
}

/** Writes [bytes, bytes + size); returns how many bytes of whole records were written, `*code` what stopped it or 0. */
static size_t write_records(const uint8_t *bytes, size_t size, int *code)
{
	*code = 0;
	if (journal.fd < 0 && (*code = open_file()) < 0)
		return 0;
	size_t written = 0;
	while (written < size) {
		ssize_t n = sys_write(journal.fd, bytes + written, size - written);
		if (n == -EINTR)
			continue;
		if (n <= 0) {
			*code = n < 0 ? (int)n : -EIO;
			break;
		}
		written += (size_t)n;
	}
	size_t whole = written;
	if (*code) {
		// A full disk tears the last record: cut it off, or the next one would stand on the same line.
		while (whole > 0 && bytes[whole - 1] != '\n')
			whole--;
		off_t file_end = sys_file_size(journal.fd);
		if (whole < written && file_end >= (off_t)(written - whole))
			sys_ftruncate(journal.fd, file_end - (off_t)(written - whole));
	}
	journal.file_size += whole;
	return whole;
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

/** Says in the log how much of it is missing. */
static void write_lost_note(void)
{
	char note[256];
	struct text text = text_in(note, sizeof note);
	text_string(&text, "{\"log\":\"berth: ");
	text_number(&text, journal.lost);
	text_string(&text, " log records were lost: ");
	text_string(&text, reason(journal.lost_code));
	text_string(&text, "\\n\",\"stream\":\"stderr\",\"time\":\"");
	char time[TIMESTAMP_MAX];
	text_bytes(&text, time, timestamp_now(time));
	text_string(&text, "\"}\n");
	int code;
	if (write_records((const uint8_t *)note, (size_t)(text.at - note), &code) && !code)
		journal.lost = 0;
}

void log_flush(void)
{
	if (journal.batch_used == 0)
		return;
	size_t size = journal.batch_used, whole = 0;
	int code = 0;
	journal.batch_used = 0;
	if (journal.lost)
		write_lost_note();
	if (!journal.lost)
		whole = write_records(batch, size, &code);
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

void log_rest(void)
{
	if (journal.batch_used == 0)
		sys_release(batch, sizeof batch);
	for (unsigned i = 0; i < 2; i++)
		if (lines[i].used == 0)
			sys_release(lines[i].bytes, LINE_MAX_BYTES);
}

/** Adds one record to the batch; `newline` says whether the text is the end of its line. */
static void add_record(struct line *line, const uint8_t *bytes, size_t size, bool newline)
{
	if (journal.batch_used > BATCH_BYTES)
		log_flush();
	uint8_t *start = batch + journal.batch_used, *at = start;
	memcpy(at, "{\"log\":\"", 8);
	at = json_escape(at + 8, bytes, size);
	if (newline) {
		memcpy(at, "\\n", 2);
		at += 2;
	}
	memcpy(at, infixes[line - lines], INFIX_SIZE);
	at += INFIX_SIZE;
	if (!line->split) {
		memcpy(at, now_text, now_size);
		at += now_size;
	} else {
		memcpy(at, line->time, line->time_size);
		at += line->time_size;
	}
	memcpy(at, "\"}\n", 3);
	at += 3;
	size_t record = (size_t)(at - start);
	if (journal.max_size && journal.file_size + journal.batch_used + record > journal.max_size) {
		log_flush();
		if (journal.file_size > 0)
			rotate();
		memmove(batch, start, record);
	}
	journal.batch_used += record;
	if (newline) {
		line->split = false;
	} else if (!line->split) {
		line->split = true;
		memcpy(line->time, now_text, now_size);
		line->time_size = now_size;
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
	now_size = timestamp_now(now_text);
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
	now_size = timestamp_now(now_text);
	add_record(line, line->bytes, line->used, false);
	line->used = 0;
}
