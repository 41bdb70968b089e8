// Files are read anew for each query: a few microseconds, and never stale. Nothing is cached, so nothing can be poisoned.
// `--dns-file` says where to look, a line each:
//   records PATH NETWORK     a network's records; NETWORK is also the domain its names may end with
//   alias NAME TARGET        a name that only this container knows
//   server ADDRESS:PORT      where the rest is asked, in order; none: such names fail
// A network's records are lines of an address and the names that have it, the first of them its own.
#include "dns.h"
#include "address.h"
#include "dns-message.h"
#include "loop.h"
#include "memory.h"
#include "system.h"
#include <netinet/in.h>

#define QUERIES_MAX 128
#define SERVERS_MAX 3
#define SERVER_MS 3000
#define MESSAGE_MAX 4096
#define FILE_MAX (256 * 1024)
#define QUERIES_PER_TURN 64

/** A query that was passed on. */
struct query {
	struct watch watch;
	struct timer timer;
	bool used;
	struct sockaddr_in client;
	union address servers[SERVERS_MAX];
	unsigned server_count, server;
	size_t size;
	uint8_t message[MESSAGE_MAX];
};

struct span {
	const char *at;
	size_t size;
};

static struct watch listener;
static const char *config_path;
static struct query *queries;
static char config[FILE_MAX / 16], records[FILE_MAX];
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

static bool add_pointer(struct span file, struct span address, struct span network, uint8_t *out, size_t *length)
{
	while (file.size) {
		struct span line = take(&file, '\n');
		if (!equal(take(&line, ' '), address))
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

/** Answers from the records of this container's networks; false when they do not know the name. */
static bool answer_here(struct span settings, const struct dns_question *question, uint8_t *out, size_t *length)
{
	char reversed[16], path[4096];
	bool pointer = question->type == DNS_PTR && dns_reversed(question, reversed);
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
		struct span file = { records, read_file(path, records, sizeof records) };
		if (pointer) {
			if (add_pointer(file, (struct span){ reversed, strlen(reversed) }, line, out, length))
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

static void reply(const struct sockaddr_in *client, const void *message, size_t size)
{
	sys_call(SYS_sendto, listener.fd, (long)message, (long)size, MSG_NOSIGNAL, (long)client, sizeof *client);
}

static void reply_code(const struct sockaddr_in *client, const uint8_t *query, const struct dns_question *question,
		       enum dns_code code)
{
	uint8_t out[DNS_ANSWER_MAX];
	reply(client, out, dns_begin_answer(out, query, question, code));
}

static void end_query(struct query *query)
{
	timer_stop(&query->timer);
	if (query->watch.fd >= 0) {
		watch_stop(&query->watch);
		sys_close(query->watch.fd);
	}
	query->watch.fd = -1;
	query->used = false;
}

static void ask_next(struct query *query);

static void server_answered(struct watch *watch, uint32_t events)
{
	(void)events;
	struct query *query = container_of(watch, struct query, watch);
	static uint8_t answer[65535];
	ssize_t n = sys_read(watch->fd, answer, sizeof answer);
	if (n == -EAGAIN)
		return;
	// Refused, or not what was asked: somebody else may know.
	if (n < DNS_HEADER_SIZE) {
		ask_next(query);
		return;
	}
	if (memcmp(answer, query->message, 2) || !(answer[2] & 0x80))
		return;
	reply(&query->client, answer, (size_t)n);
	end_query(query);
}

static void server_silent(struct timer *timer)
{
	ask_next(container_of(timer, struct query, timer));
}

/** Asks the next server on a socket of its own: each has another port, so that a stranger's answer does not find it. */
static void ask_next(struct query *query)
{
	struct query *kept = query;
	for (;;) {
		if (kept->watch.fd >= 0) {
			watch_stop(&kept->watch);
			sys_close(kept->watch.fd);
			kept->watch.fd = -1;
		}
		if (kept->server == kept->server_count) {
			struct dns_question question;
			if (dns_read_question(kept->message, kept->size, &question))
				reply_code(&kept->client, kept->message, &question, DNS_SERVFAIL);
			end_query(kept);
			return;
		}
		const union address *server = &kept->servers[kept->server++];
		int fd = sys_socket(server->any.sa_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		if (fd < 0)
			continue;
		kept->watch.fd = fd;
		if (sys_connect(fd, server, address_size(server)) < 0 || sys_write(fd, kept->message, kept->size) < 0 ||
		    watch_start(&kept->watch, EPOLLIN) < 0)
			continue;
		timer_start(&kept->timer, SERVER_MS);
		return;
	}
}

static void pass_on(struct span settings, const struct sockaddr_in *client, const uint8_t *message, size_t size,
		    const struct dns_question *question)
{
	struct query *query = NULL;
	for (unsigned i = 0; i < QUERIES_MAX && !query; i++)
		if (!queries[i].used)
			query = &queries[i];
	if (!query || size > MESSAGE_MAX) {
		reply_code(client, message, question, DNS_SERVFAIL);
		return;
	}
	query->server = query->server_count = 0;
	while (settings.size && query->server_count < SERVERS_MAX) {
		struct span line = take(&settings, '\n');
		char text[64];
		if (!is(take(&line, ' '), "server") || line.size >= sizeof text)
			continue;
		memcpy(text, line.at, line.size);
		text[line.size] = 0;
		query->server_count += address_parse(text, &query->servers[query->server_count]);
	}
	query->used = true;
	query->client = *client;
	query->size = size;
	memcpy(query->message, message, size);
	query->watch = (struct watch){ .fd = -1, .ready = server_answered };
	query->timer.fire = server_silent;
	ask_next(query);
}

static void answer_query(const struct sockaddr_in *client, const uint8_t *message, size_t size)
{
	struct dns_question question;
	// What is no query gets no answer: it may be somebody's answer.
	if (!dns_read_question(message, size, &question))
		return;
	struct span settings = { config, read_file(config_path, config, sizeof config) };
	uint8_t out[DNS_ANSWER_MAX];
	size_t length = dns_begin_answer(out, message, &question, DNS_NOERROR);
	if (question.class == 1 && !question.odd && answer_here(settings, &question, out, &length))
		reply(client, out, length);
	else
		pass_on(settings, client, message, size, &question);
}

static void queries_came(struct watch *watch, uint32_t events)
{
	(void)events;
	static uint8_t message[65535];
	for (unsigned i = 0; i < QUERIES_PER_TURN; i++) {
		struct sockaddr_in client;
		socklen_t size = sizeof client;
		ssize_t n = sys_call(SYS_recvfrom, watch->fd, (long)message, sizeof message, 0, (long)&client, (long)&size);
		if (n < 0)
			return;
		answer_query(&client, message, (size_t)n);
	}
}

int dns_open(const struct options *options, struct fault *fault)
{
	if (options->dns_fd < 0)
		return 0;
	config_path = options->dns_file;
	queries = sys_map(sizeof *queries * QUERIES_MAX);
	if (!queries || !config_path)
		return fault_set(fault, config_path ? ENOMEM : EINVAL, "set up the resolver");
	listener.fd = options->dns_fd;
	listener.ready = queries_came;
	int code = watch_start(&listener, EPOLLIN);
	return code < 0 ? fault_set(fault, code, "watch --dns-fd") : 0;
}
