// The job `search`: lines of a log that hold a text or match an expression, newest first. The request is JSON on stdin, so that
// nobody reads on a command line what is looked for. Every match is a JSON line; so is the end.
//
// A text is looked for in the file as it is written, escaped; only lines in which it is there are taken apart. An expression is run
// over every line's text.
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "worker/answer.h"
#include "worker/confine.h"
#include "worker/jobs.h"
#include "worker/log-lines.h"
#include "worker/log-source.h"
#include "worker/regex.h"

#define BLOCK_BYTES (4 << 20)
#define QUERY_MAX 4096
#define REQUEST_MAX (64 * 1024)
/** The newest are searched; a worker may have few more open. */
#define FILES_MAX 200
/** An expression may be as slow as it likes for so long. */
#define CPU_SECONDS 120

struct match {
	uint32_t start;
	uint32_t size;
};

struct search {
	bool local;
	bool want_stdout, want_stderr;
	uint64_t since, until;
	uint64_t limit, found;
	/** Only what is before this place; a file is known by the time of its first record. */
	bool has_before;
	uint64_t before_file, before_offset;
	struct regex *regex;
	bool fold;
	uint8_t needle[QUERY_MAX + 1];
	size_t needle_size;
	/** The needle as it is written in the file. */
	uint8_t raw[6 * QUERY_MAX + 16];
	size_t raw_size;
	uint64_t searched;
	/** Records before this time were reached: there is nothing left. */
	bool over;
	struct match *matches;
	size_t match_count, match_capacity;
};

static uint8_t unescaped[LOG_TEXT_MAX];

// --- Output ---

static char out[256 * 1024];
static size_t out_used;

static int out_flush(struct error *err)
{
	for (size_t done = 0; done < out_used;) {
		ssize_t n = write(STDOUT_FILENO, out + done, out_used - done);
		if (n < 0 && errno != EINTR)
			return error_errno(err, "write", "answer");
		done += n > 0 ? (size_t)n : 0;
	}
	out_used = 0;
	return 0;
}

/** How many bytes of valid UTF-8 begin here; 0 when it is none. */
static size_t valid_sequence(const uint8_t *at, const uint8_t *end)
{
	static const struct {
		uint8_t first_low, first_high, second_low, second_high, size;
	} forms[] = {
		{ 0xc2, 0xdf, 0x80, 0xbf, 2 }, { 0xe0, 0xe0, 0xa0, 0xbf, 3 }, { 0xe1, 0xec, 0x80, 0xbf, 3 },
		{ 0xed, 0xed, 0x80, 0x9f, 3 }, { 0xee, 0xef, 0x80, 0xbf, 3 }, { 0xf0, 0xf0, 0x90, 0xbf, 4 },
		{ 0xf1, 0xf3, 0x80, 0xbf, 4 }, { 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		if (*at < forms[i].first_low || *at > forms[i].first_high)
			continue;
		if (end - at < forms[i].size || at[1] < forms[i].second_low || at[1] > forms[i].second_high)
			return 0;
		for (size_t more = 2; more < forms[i].size; more++)
			if ((at[more] & 0xc0) != 0x80)
				return 0;
		return forms[i].size;
	}
	return 0;
}

static int out_text(const uint8_t *text, size_t size, struct error *err)
{
	for (const uint8_t *at = text, *end = text + size; at < end;) {
		if (sizeof out - out_used < 16 && out_flush(err) < 0)
			return -1;
		if (*at < 0x20 || *at == '"' || *at == '\\') {
			out_used += (size_t)snprintf(out + out_used, 16, "\\u%04x", *at++);
		} else if (*at < 0x80) {
			out[out_used++] = (char)*at++;
		} else {
			size_t sequence = valid_sequence(at, end);
			memcpy(out + out_used, sequence ? (const void *)at : "\xef\xbf\xbd", sequence ? sequence : 3);
			out_used += sequence ? sequence : 3;
			at += sequence ? sequence : 1;
		}
	}
	return 0;
}

static int out_match(const struct log_record *record, uint64_t file_time, uint64_t offset, struct error *err)
{
	char time_text[32];
	struct tm tm;
	time_t seconds = (time_t)(record->time_ns / 1000000000);
	strftime(time_text, sizeof time_text, "%Y-%m-%dT%H:%M:%S", gmtime_r(&seconds, &tm));
	if (sizeof out - out_used < 256 && out_flush(err) < 0)
		return -1;
	out_used += (size_t)snprintf(out + out_used, 256, "{\"time\":\"%s.%09" PRIu64 "Z\",\"stream\":\"%s\",\"position\":\"%" PRIu64 "-%" PRIu64 "\",\"line\":\"",
				     time_text, record->time_ns % 1000000000, record->is_error ? "stderr" : "stdout", file_time, offset);
	if (out_text(record->text, record->size, err) < 0)
		return -1;
	if (sizeof out - out_used < 16 && out_flush(err) < 0)
		return -1;
	out_used += (size_t)snprintf(out + out_used, 16, "\"}\n");
	return 0;
}

// --- Lines ---

static bool line_matches(struct search *search, const uint8_t *line, size_t size)
{
	const uint8_t *text;
	size_t text_size;
	if (!log_record_text(search->local, line, size, unescaped, &text, &text_size))
		return false;
	if (search->regex)
		return regex_matches(search->regex, text, text_size);
	return log_find(text, text_size, search->needle, search->needle_size, search->fold) != NULL;
}

static int add_match(struct search *search, size_t start, size_t size, struct error *err)
{
	if (search->match_count == search->match_capacity) {
		search->match_capacity = search->match_capacity ? search->match_capacity * 2 : 1024;
		struct match *more = realloc(search->matches, search->match_capacity * sizeof *more);
		if (!more)
			return error_set(err, ENOMEM, "search", "no memory");
		search->matches = more;
	}
	search->matches[search->match_count++] = (struct match){ (uint32_t)start, (uint32_t)size };
	return 0;
}

/** Collects the lines of a block that match, in their order. */
static int match_block(struct search *search, const uint8_t *block, size_t size, struct error *err)
{
	search->match_count = 0;
	for (size_t at = 0; at < size;) {
		size_t start = at;
		if (!search->regex) {
			const uint8_t *hit = log_find(block + at, size - at, search->raw, search->raw_size, search->fold);
			if (!hit)
				break;
			const uint8_t *newline = memrchr(block + at, '\n', (size_t)(hit - (block + at)));
			start = newline ? (size_t)(newline - block) + 1 : at;
		}
		const uint8_t *end = memchr(block + start, '\n', size - start);
		size_t line_size = (size_t)(end - (block + start));
		if (line_matches(search, block + start, line_size) && add_match(search, start, line_size, err) < 0)
			return -1;
		at = start + line_size + 1;
	}
	return 0;
}

/** The time of the first or the last line; 0 when it is no record. */
static uint64_t time_of_line(const struct search *search, const uint8_t *block, size_t size, bool last)
{
	const uint8_t *start = block, *end = memchr(block, '\n', size);
	if (last) {
		end = block + size - 1;
		const uint8_t *newline = memrchr(block, '\n', size - 1);
		start = newline ? newline + 1 : block;
	}
	struct log_record record;
	return end && log_record_read(search->local, start, (size_t)(end - start), unescaped, &record) ? record.time_ns : 0;
}

/** A block of whole lines that begins at `offset` of its file. */
static int search_block(struct search *search, const uint8_t *block, size_t size, uint64_t file_time, uint64_t offset, struct error *err)
{
	search->searched += size;
	uint64_t first = time_of_line(search, block, size, false), last = time_of_line(search, block, size, true);
	if (last && last < search->since)
		search->over = true;
	if (search->over || first > search->until)
		return 0;
	if (match_block(search, block, size, err) < 0)
		return -1;
	for (size_t i = search->match_count; i > 0 && search->found < search->limit; i--) {
		const struct match *match = &search->matches[i - 1];
		struct log_record record;
		if (!log_record_read(search->local, block + match->start, match->size, unescaped, &record))
			continue;
		if (record.time_ns < search->since || record.time_ns > search->until || !(record.is_error ? search->want_stderr : search->want_stdout))
			continue;
		search->found++;
		if (out_match(&record, file_time, offset + match->start, err) < 0)
			return -1;
	}
	return out_flush(err);
}

// --- Files ---

static int first_time(const struct search *search, const struct log_source *source, uint8_t *buffer, uint64_t *time_ns, struct error *err)
{
	int64_t size = log_source_read(source, 0, buffer, LOG_TEXT_MAX, err);
	if (size < 0)
		return -1;
	*time_ns = size > 0 ? time_of_line(search, buffer, (size_t)size, false) : 0;
	return 0;
}

static int search_file(struct search *search, const struct log_source *source, struct error *err)
{
	static uint8_t block[BLOCK_BYTES];
	uint64_t file_time, end = source->size;
	if (first_time(search, source, block, &file_time, err) < 0)
		return -1;
	if (search->has_before && file_time > search->before_file)
		return 0;
	if (search->has_before && file_time == search->before_file && search->before_offset < end)
		end = search->before_offset;
	while (end > 0 && !search->over && search->found < search->limit) {
		uint64_t from = end > BLOCK_BYTES ? end - BLOCK_BYTES : 0;
		int64_t size = log_source_read(source, from, block, (size_t)(end - from), err);
		if (size < 0)
			return -1;
		// The first line is whole only at the beginning of the file, the last only with its newline.
		const uint8_t *start = from == 0 ? block : memchr(block, '\n', (size_t)size);
		const uint8_t *last = memrchr(block, '\n', (size_t)size);
		start = from > 0 && start ? start + 1 : start;
		if (start && last && start <= last) {
			uint64_t offset = from + (uint64_t)(start - block);
			if (search_block(search, start, (size_t)(last + 1 - start), file_time, offset, err) < 0)
				return -1;
			end = offset;
		} else {
			end = from;
		}
	}
	return 0;
}

// --- Request ---

/** Escapes the needle as the log's records are. */
static void make_raw(struct search *search)
{
	uint8_t *at = search->raw;
	for (size_t i = 0; i < search->needle_size; i++) {
		uint8_t byte = search->needle[i];
		if (search->local || (byte >= 0x20 && !strchr("\"\\<>&", byte)))
			*at++ = byte;
		else if (byte == '"' || byte == '\\')
			*at++ = '\\', *at++ = byte;
		else if (byte == '\n' || byte == '\r')
			*at++ = '\\', *at++ = byte == '\n' ? 'n' : 'r';
		else
			at += snprintf((char *)at, 7, "\\u%04x", byte);
	}
	search->raw_size = (size_t)(at - search->raw);
}

static bool read_number(const json_t *request, const char *key, uint64_t *number)
{
	const char *text = json_string_value(json_object_get(request, key));
	if (!text)
		return false;
	char *end;
	errno = 0;
	*number = strtoull(text, &end, 10);
	return !errno && end != text && !*end;
}

static int read_request(struct search *search, struct error *err)
{
	static char text[REQUEST_MAX];
	size_t size = 0;
	for (ssize_t n; (n = read(STDIN_FILENO, text + size, sizeof text - size)) != 0; size += n > 0 ? (size_t)n : 0)
		if ((n < 0 && errno != EINTR) || size == sizeof text)
			return error_set(err, EINVAL, "request", "the request cannot be read");
	json_t *request = json_loadb(text, size, JSON_ALLOW_NUL, NULL);
	const json_t *query = json_object_get(request, "query");
	if (!json_is_string(query) || json_string_length(query) > QUERY_MAX)
		return error_set(err, EINVAL, "request", "what is looked for is longer than %d bytes", QUERY_MAX);
	search->local = json_is_true(json_object_get(request, "local"));
	search->want_stdout = json_is_true(json_object_get(request, "stdout"));
	search->want_stderr = json_is_true(json_object_get(request, "stderr"));
	search->fold = json_is_true(json_object_get(request, "ignoreCase"));
	if (!read_number(request, "limit", &search->limit))
		search->limit = UINT64_MAX;
	if (!read_number(request, "until", &search->until))
		search->until = UINT64_MAX;
	read_number(request, "since", &search->since);
	search->has_before = read_number(request, "beforeFile", &search->before_file) && read_number(request, "beforeOffset", &search->before_offset);
	if (json_is_true(json_object_get(request, "regex"))) {
		search->regex = regex_compile(json_string_value(query), json_string_length(query), search->fold, err);
		return search->regex ? 0 : -1;
	}
	search->needle_size = json_string_length(query);
	memcpy(search->needle, json_string_value(query), search->needle_size);
	for (size_t i = 0; search->fold && i < search->needle_size; i++)
		if (search->needle[i] >= 'A' && search->needle[i] <= 'Z')
			search->needle[i] |= 0x20;
	make_raw(search);
	return 0;
}

int job_search(const struct job_options *options, struct error *err)
{
	static struct search search;
	struct rlimit limit = { CPU_SECONDS, CPU_SECONDS };
	if (!options->root || !options->name)
		return error_set(err, EINVAL, "options", "--root or --name is missing");
	int root = open(options->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return error_errno(err, "open", "open \"%s\"", options->root);
	if (setrlimit(RLIMIT_CPU, &limit) < 0)
		return error_errno(err, "limit", "limit the time");
	if (confine(CONFINE_SEARCH, root, err) < 0 || read_request(&search, err) < 0)
		return -1;
	static struct log_source sources[FILES_MAX];
	int count = log_sources_open(root, options->name, sources, FILES_MAX, err);
	if (count < 0)
		return -1;
	for (int i = 0; i < count && !search.over && search.found < search.limit; i++) {
		if (log_source_load(&sources[i], err) < 0 || search_file(&search, &sources[i], err) < 0)
			return -1;
		log_source_close(&sources[i]);
	}
	char line[128];
	snprintf(line, sizeof line, "{\"ok\":true,\"matches\":%" PRIu64 ",\"searchedBytes\":%" PRIu64 "}\n", search.found, search.searched);
	answer_line(line);
	return 0;
}
