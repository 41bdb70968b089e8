// Queries by UDP. What is passed on has a socket of its own, and so another port each time: a stranger's answer does not find it.
#include "dns.h"
#include "dns-message.h"
#include "dns-records.h"
#include "dns-stream.h"
#include "loop.h"
#include "memory.h"
#include "system.h"

#define QUERIES_MAX 128
#define SERVER_MS 3000
#define MESSAGE_MAX 4096
#define QUERIES_PER_TURN 64

/** A query that was passed on. */
struct query {
	struct watch watch;
	struct timer timer;
	bool used;
	struct sockaddr_in client;
	union address servers[DNS_SERVERS_MAX];
	unsigned server_count, server;
	size_t size;
	uint8_t message[MESSAGE_MAX];
};

static struct watch listener;
static struct query *queries;

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

/** Asks the next server. */
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

static void pass_on(const struct sockaddr_in *client, const uint8_t *message, size_t size, const struct dns_question *question)
{
	struct query *query = NULL;
	for (unsigned i = 0; i < QUERIES_MAX && !query; i++)
		if (!queries[i].used)
			query = &queries[i];
	if (!query || size > MESSAGE_MAX) {
		reply_code(client, message, question, DNS_SERVFAIL);
		return;
	}
	query->server = 0;
	query->server_count = dns_records_servers(query->servers);
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
	uint8_t out[DNS_ANSWER_MAX];
	size_t length = dns_begin_answer(out, message, &question, DNS_NOERROR);
	if (dns_records_answer(&question, out, &length))
		reply(client, out, length);
	else
		pass_on(client, message, size, &question);
}

static void queries_came(struct watch *watch, uint32_t events)
{
	(void)events;
	static uint8_t message[65535];
	dns_records_turn();
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
	if (!options->dns_file)
		return fault_set(fault, EINVAL, "find --dns-file");
	dns_records_open(options->dns_file);
	queries = sys_map(sizeof *queries * QUERIES_MAX);
	if (!queries)
		return fault_set(fault, ENOMEM, "map the table of queries");
	listener.fd = options->dns_fd;
	listener.ready = queries_came;
	int code = watch_start(&listener, EPOLLIN);
	if (code < 0)
		return fault_set(fault, code, "watch --dns-fd");
	return options->dns_stream_fd < 0 ? 0 : dns_stream_open(options->dns_stream_fd, fault);
}
