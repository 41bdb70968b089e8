// Files are read anew for each handful of queries that came together: a few microseconds, and never stale. No answer is kept,
// so none can be poisoned.
// `--dns-file` says where to look, a line each:
//   records PATH NETWORK     a network's records; NETWORK is also the domain its names may end with
//   alias NAME TARGET        a name that only this container knows
//   server ADDRESS:PORT      where the rest is asked, in order; none: such names fail
// A network's records are lines of an address and the names that have it, the first of them its own.
#include "dns-records.h"
#include "memory.h"
#include "system.h"

#define FILE_MAX (256 * 1024)

struct span {
	const char *at;
	size_t size;
};

static const char *config_path;
static char config[FILE_MAX / 16], records[FILE_MAX];
/** What was read for the queries of this turn. */
static struct span settings_read, records_read;
static char records_path[4096];
static unsigned turn;

static size_t read_file(const char *path, char *buffer, size_t size)
{
	int fd = sys_openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW, 0);
	if (fd < 0)
		return 0;
	size_t length = 0;
	for (;;) {
		ssize_t n = sys_pread(fd, buffer + length, size - length, (off_t)length);
		if (n <= 0)
			break;
		length += (size_t)n;
	}
	sys_close(fd);
	return length;
}

/** Takes what comes before `end` off the front of `rest`, and `end` itself. */
static struct span take(struct span *rest, char end)
{
	const char *found = (const char *)find_byte((const uint8_t *)rest->at, (uint8_t)end, rest->size);
	struct span taken = { rest->at, found ? (size_t)(found - rest->at) : rest->size };
	size_t used = taken.size + (found ? 1 : 0);
	rest->at += used;
	rest->size -= used;
	return taken;
}

static bool equal(struct span a, struct span b)
{
	return a.size == b.size && !memcmp(a.at, b.at, a.size);
}

static bool is(struct span a, const char *text)
{
	return equal(a, (struct span){ text, strlen(text) });
}

/** Names are compared without regard to case; `lower` is in lower case already. */
static bool same_name(struct span name, struct span lower)
{
	if (name.size != lower.size)
		return false;
	for (size_t i = 0; i < name.size; i++) {
		char c = name.at[i];
		if ((c >= 'A' && c <= 'Z' ? (char)(c + 32) : c) != lower.at[i])
			return false;
	}
	return true;
}

static bool copy_path(char path[4096], struct span text)
{
	if (text.size >= 4096)
		return false;
	memcpy(path, text.at, text.size);
	path[text.size] = 0;
	return true;
}

/** Adds the addresses a name has in the records; true when it is there at all. Begins at another line each time. */
static bool add_addresses(struct span file, struct span name, uint16_t type, uint8_t *out, size_t *length)
{
	bool known = false;
	struct {
		uint8_t bytes[16];
		size_t size;
	} found[32];
	unsigned count = 0;
	while (file.size) {
		struct span line = take(&file, '\n');
		struct span address = take(&line, ' ');
		while (line.size) {
			if (!same_name(take(&line, ' '), name))
				continue;
			known = true;
			if (count < 32) {
				found[count].size = address_parse_ip(address.at, address.size, found[count].bytes);
				count += found[count].size == (type == DNS_A ? 4u : type == DNS_AAAA ? 16u : 0u) &&
					 found[count].size;
			}
			break;
		}
	}
	turn++;
	for (unsigned i = 0; i < count; i++) {
		unsigned pick = (i + turn) % count;
		*length = dns_add_record(out, *length, type, found[pick].bytes, found[pick].size);
	}
	return known;
}

static bool add_pointer(struct span file, const uint8_t *address, size_t size, struct span network, uint8_t *out,
			size_t *length)
{
	while (file.size) {
		struct span line = take(&file, '\n');
		struct span text = take(&line, ' ');
		uint8_t bytes[16];
		if (address_parse_ip(text.at, text.size, bytes) != size || memcmp(bytes, address, size))
			continue;
		struct span name = take(&line, ' ');
		char full[DNS_NAME_MAX + 1];
		if (name.size + 1 + network.size > DNS_NAME_MAX)
			return false;
		memcpy(full, name.at, name.size);
		full[name.size] = '.';
		memcpy(full + name.size + 1, network.at, network.size);
		*length = dns_add_name(out, *length, full, name.size + 1 + network.size);
		return true;
	}
	return false;
}

static struct span read_settings(void)
{
	if (!settings_read.at)
		settings_read = (struct span){ config, read_file(config_path, config, sizeof config) };
	return settings_read;
}

static struct span read_records(const char *path)
{
	if (!records_read.at || strcmp(path, records_path)) {
		memcpy(records_path, path, strlen(path) + 1);
		records_read = (struct span){ records, read_file(path, records, sizeof records) };
	}
	return records_read;
}

void dns_records_turn(void)
{
	settings_read = records_read = (struct span){ 0 };
}

void dns_records_open(const char *path)
{
	config_path = path;
}

bool dns_records_answer(const struct dns_question *question, uint8_t *out, size_t *length)
{
	uint8_t reversed[16];
	char path[4096];
	if (question->class != 1 || question->odd)
		return false;
	struct span settings = read_settings();
	size_t reversed_size = question->type == DNS_PTR ? dns_reversed(question, reversed) : 0;
	struct span name = { question->name, question->name_length };
	for (struct span rest = settings; rest.size;) {
		struct span line = take(&rest, '\n');
		if (is(take(&line, ' '), "alias") && same_name(take(&line, ' '), name))
			name = line;
	}
	while (settings.size) {
		struct span line = take(&settings, '\n');
		if (!is(take(&line, ' '), "records") || !copy_path(path, take(&line, ' ')))
			continue;
		struct span file = read_records(path);
		if (reversed_size) {
			if (add_pointer(file, reversed, reversed_size, line, out, length))
				return true;
			continue;
		}
		struct span bare = name;
		// web.network means web in that network.
		if (name.size > line.size + 1 && name.at[name.size - line.size - 1] == '.' &&
		    same_name(line, (struct span){ name.at + name.size - line.size, line.size }))
			bare.size -= line.size + 1;
		if (add_addresses(file, name, question->type, out, length) ||
		    (bare.size != name.size && add_addresses(file, bare, question->type, out, length)))
			return true;
	}
	return false;
}

unsigned dns_records_servers(union address servers[DNS_SERVERS_MAX])
{
	unsigned count = 0;
	for (struct span settings = read_settings(); settings.size && count < DNS_SERVERS_MAX;) {
		struct span line = take(&settings, '\n');
		char text[64];
		if (!is(take(&line, ' '), "server") || line.size >= sizeof text)
			continue;
		memcpy(text, line.at, line.size);
		text[line.size] = 0;
		count += address_parse(text, &servers[count]);
	}
	return count;
}
