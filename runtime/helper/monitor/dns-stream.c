// A connection does one thing at a time: it reads a query, has it answered here or by a server (by TCP, too), writes the answer,
// and reads the next. Whoever keeps it waiting for ten seconds loses it.
#include "dns-stream.h"
#include "dns-records.h"
#include "loop.h"
#include "memory.h"
#include "system.h"
#include <netinet/in.h>

#define STREAMS_MAX 32
#define CLIENT_MS 10000
#define SERVER_MS 3000
#define LENGTH_SIZE 2
#define MESSAGE_MAX (LENGTH_SIZE + 65535)

enum state { FREE, READS_QUERY, ASKS_SERVER, READS_SERVER, WRITES_ANSWER };

struct stream {
	enum state state;
	struct watch client, server;
	struct timer timer;
	union address servers[DNS_SERVERS_MAX];
	unsigned server_count, next_server;
	/** How much of the query or answer that is moved now is done. */
	size_t done;
	/** With their lengths before them. */
	uint8_t query[MESSAGE_MAX], answer[MESSAGE_MAX];
};

static struct watch listener;
/** One mapping; only what is used of it becomes memory. */
static struct stream *streams;

static size_t whole_size(const uint8_t *message)
{
	return LENGTH_SIZE + ((size_t)message[0] << 8 | message[1]);
}

static void set_size(uint8_t *message, size_t size)
{
	message[0] = (uint8_t)(size >> 8);
	message[1] = (uint8_t)size;
}

static void close_server(struct stream *stream)
{
	if (stream->server.fd < 0)
		return;
	watch_stop(&stream->server);
	sys_close(stream->server.fd);
	stream->server.fd = -1;
}

static void close_stream(struct stream *stream)
{
	close_server(stream);
	watch_stop(&stream->client);
	sys_close(stream->client.fd);
	timer_stop(&stream->timer);
	stream->state = FREE;
	sys_release(stream->query, sizeof stream->query + sizeof stream->answer);
}

/** Reads on in a message; 1 when it is whole, 0 when there is more to come, -1 when that cannot be. */
static int read_on(int fd, uint8_t *message, size_t *done)
{
	for (;;) {
		size_t wanted = *done < LENGTH_SIZE ? LENGTH_SIZE : whole_size(message);
		if (*done == wanted)
			return 1;
		ssize_t n = sys_read(fd, message + *done, wanted - *done);
		if (n == -EAGAIN)
			return 0;
		if (n <= 0)
			return -1;
		*done += (size_t)n;
	}
}

static int write_on(int fd, const uint8_t *message, size_t *done)
{
	size_t wanted = whole_size(message);
	while (*done < wanted) {
		ssize_t n = sys_call(SYS_sendto, fd, (long)(message + *done), (long)(wanted - *done), MSG_NOSIGNAL, 0, 0);
		if (n == -EAGAIN)
			return 0;
		if (n <= 0)
			return -1;
		*done += (size_t)n;
	}
	return 1;
}

static void write_answer(struct stream *stream)
{
	close_server(stream);
	stream->state = WRITES_ANSWER;
	stream->done = 0;
	timer_start(&stream->timer, CLIENT_MS);
	if (watch_start(&stream->client, EPOLLOUT) < 0)
		close_stream(stream);
}

static void ask_next(struct stream *stream)
{
	close_server(stream);
	while (stream->next_server < stream->server_count) {
		const union address *server = &stream->servers[stream->next_server++];
		int fd = sys_socket(server->any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		if (fd < 0)
			continue;
		stream->server.fd = fd;
		int code = sys_connect(fd, server, address_size(server));
		if ((code < 0 && code != -EINPROGRESS) || watch_start(&stream->server, EPOLLOUT) < 0) {
			close_server(stream);
			continue;
		}
		stream->state = ASKS_SERVER;
		stream->done = 0;
		timer_start(&stream->timer, SERVER_MS);
		return;
	}
	struct dns_question question;
	if (!dns_read_question(stream->query + LENGTH_SIZE, whole_size(stream->query) - LENGTH_SIZE, &question)) {
		close_stream(stream);
		return;
	}
	set_size(stream->answer, dns_begin_answer(stream->answer + LENGTH_SIZE, stream->query + LENGTH_SIZE, &question, DNS_SERVFAIL));
	write_answer(stream);
}

static void handle_query(struct stream *stream)
{
	struct dns_question question;
	const uint8_t *query = stream->query + LENGTH_SIZE;
	if (!dns_read_question(query, whole_size(stream->query) - LENGTH_SIZE, &question)) {
		close_stream(stream);
		return;
	}
	uint8_t *out = stream->answer + LENGTH_SIZE;
	size_t length = dns_begin_answer(out, query, &question, DNS_NOERROR);
	dns_records_turn();
	if (dns_records_answer(&question, out, &length)) {
		set_size(stream->answer, length);
		write_answer(stream);
		return;
	}
	// Nothing more is read of the client until then.
	watch_start(&stream->client, 0);
	stream->next_server = 0;
	stream->server_count = dns_records_servers(stream->servers);
	ask_next(stream);
}

static void read_query(struct stream *stream)
{
	stream->state = READS_QUERY;
	stream->done = 0;
	timer_start(&stream->timer, CLIENT_MS);
	if (watch_start(&stream->client, EPOLLIN) < 0)
		close_stream(stream);
}

static void client_ready(struct watch *watch, uint32_t events)
{
	struct stream *stream = container_of(watch, struct stream, client);
	int progress = 0;
	if (stream->state == READS_QUERY)
		progress = read_on(watch->fd, stream->query, &stream->done);
	else if (stream->state == WRITES_ANSWER)
		progress = write_on(watch->fd, stream->answer, &stream->done);
	else if (events & (EPOLLHUP | EPOLLERR))
		progress = -1;
	if (progress < 0)
		close_stream(stream);
	else if (progress > 0 && stream->state == READS_QUERY)
		handle_query(stream);
	else if (progress > 0)
		read_query(stream);
}

static void server_ready(struct watch *watch, uint32_t events)
{
	(void)events;
	struct stream *stream = container_of(watch, struct stream, server);
	bool asks = stream->state == ASKS_SERVER;
	int progress = asks ? write_on(watch->fd, stream->query, &stream->done) : read_on(watch->fd, stream->answer, &stream->done);
	if (progress == 0)
		return;
	if (progress > 0 && asks) {
		stream->state = READS_SERVER;
		stream->done = 0;
		if (watch_start(watch, EPOLLIN) == 0)
			return;
	} else if (progress > 0 && whole_size(stream->answer) >= LENGTH_SIZE + DNS_HEADER_SIZE &&
		   !memcmp(stream->answer + LENGTH_SIZE, stream->query + LENGTH_SIZE, 2)) {
		write_answer(stream);
		return;
	}
	ask_next(stream);
}

static void waited_enough(struct timer *timer)
{
	struct stream *stream = container_of(timer, struct stream, timer);
	if (stream->state == ASKS_SERVER || stream->state == READS_SERVER)
		ask_next(stream);
	else
		close_stream(stream);
}

static struct stream *free_stream(void)
{
	for (unsigned i = 0; i < STREAMS_MAX; i++)
		if (streams[i].state == FREE)
			return &streams[i];
	return NULL;
}

static void clients_came(struct watch *watch, uint32_t events)
{
	(void)events;
	for (int fd; (fd = sys_accept4(watch->fd, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
		struct stream *stream = free_stream();
		if (!stream) {
			sys_close(fd);
			continue;
		}
		stream->client = (struct watch){ .fd = fd, .ready = client_ready };
		stream->server = (struct watch){ .fd = -1, .ready = server_ready };
		stream->timer.fire = waited_enough;
		read_query(stream);
	}
}

int dns_stream_open(int listen_fd, struct fault *fault)
{
	streams = sys_map(sizeof *streams * STREAMS_MAX);
	if (!streams)
		return fault_set(fault, ENOMEM, "map the resolver's connections");
	listener = (struct watch){ .fd = listen_fd, .ready = clients_came };
	// Edge-triggered: without a free descriptor a connection waits for the next one rather than keep this loop awake.
	int code = watch_start(&listener, EPOLLIN | EPOLLET);
	return code < 0 ? fault_set(fault, code, "watch --dns-stream-fd") : 0;
}
