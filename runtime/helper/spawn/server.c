// Spawn's one loop.
//
// Requests are begun in their order. An attempt is answered when its result comes and a removal when it is over, so that
// none waits for another; all else is answered at once.
#include "spawn/server.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/frame.h"
#include "common/json.h"
#include "spawn/link.h"
#include "spawn/nft-map.h"
#include "spawn/nft-watch.h"
#include "spawn/removal.h"
#include "spawn/vxlan.h"

#define PROTOCOL 1

static struct {
	struct frame_channel channel;
	bool closing;
	const struct programs *programs;
	int epoll;
	int signals;
	/** The nft table that is watched, and the socket that tells of it; NULL and -1 without. */
	const char *table;
	int rules;
	struct attempt *attempts;
	struct removal *removals;
	/** Monitors-to-be that failed, and removers of links, as long as they are not reaped: their end is nobody's business. */
	pid_t *ignored;
	size_t ignored_count;
	size_t ignored_capacity;
} server;

static int64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void send_json(json_t *message)
{
	cleanup_free char *text = message ? json_dumps(message, JSON_COMPACT) : NULL;
	struct error error;
	if (!text || frame_channel_put(&server.channel, text, strlen(text), &error) < 0)
		fprintf(stderr, "berth-spawn: an answer was lost\n");
	json_decref(message);
}

static void answer_ok(json_int_t id)
{
	send_json(json_pack("{s:I,s:b}", "id", id, "ok", 1));
}

static void answer_error(json_int_t id, const struct error *error)
{
	const char *name = strerrorname_np(error->code);
	// A path in a message may be no UTF-8: then only its step is told.
	json_t *message = json_string(error->message);
	if (!message)
		message = json_string("the message is not UTF-8");
	send_json(json_pack("{s:I,s:{s:s,s:s,s:o}}", "id", id, "error", "code", name ? name : "EIO", "step", error->step,
			    "message", message));
}

static void queue_removal(struct removal *removal)
{
	removal->deadline_ms = now_ms() + REMOVAL_PATIENCE_MS;
	removal->next = server.removals;
	server.removals = removal;
}

static void leave_cgroup(const char *path)
{
	struct removal *removal = removal_of_path(path);
	if (removal)
		queue_removal(removal);
}

static void try_removals(void)
{
	for (struct removal **link = &server.removals; *link;) {
		struct removal *removal = *link;
		struct error error;
		int result = removal_try(removal, now_ms(), &error);
		if (result == 0) {
			link = &removal->next;
			continue;
		}
		if (removal->asked && result > 0)
			answer_ok(removal->id);
		else if (removal->asked)
			answer_error(removal->id, &error);
		else if (result < 0)
			fprintf(stderr, "berth-spawn: %s\n", error.message);
		*link = removal->next;
		removal_free(removal);
	}
}

static void begin_attempt(enum request_kind kind, json_int_t id, json_t *json)
{
	struct error error = { .code = 0 };
	try_removals();
	struct attempt *attempt = attempt_begin(kind, id, json_incref(json), server.programs, leave_cgroup, &error);
	if (!attempt) {
		answer_error(id, &error);
		return;
	}
	// A start in a cgroup that waits to be removed, as of a container that is started again at once.
	for (struct removal *removal = server.removals; removal; removal = removal->next)
		for (size_t i = 0; i < attempt->request.cgroup_count; i++)
			removal_forget(removal, attempt->request.cgroups[i].path);
	struct epoll_event event = { .events = EPOLLIN, .data.fd = attempt->result };
	if (epoll_ctl(server.epoll, EPOLL_CTL_ADD, attempt->result, &event) < 0) {
		fprintf(stderr, "berth-spawn: epoll_ctl: %s\n", strerror(errno));
		abort();
	}
	attempt->next = server.attempts;
	server.attempts = attempt;
}

static void ignore_end(pid_t pid)
{
	if (server.ignored_count == server.ignored_capacity) {
		size_t capacity = server.ignored_capacity ? server.ignored_capacity * 2 : 16;
		pid_t *grown = realloc(server.ignored, capacity * sizeof *grown);
		if (!grown)
			return; // its end will be reported, which does no harm
		server.ignored = grown;
		server.ignored_capacity = capacity;
	}
	server.ignored[server.ignored_count++] = pid;
}

static bool forget_ignored(pid_t pid)
{
	for (size_t i = 0; i < server.ignored_count; i++) {
		if (server.ignored[i] != pid)
			continue;
		server.ignored[i] = server.ignored[--server.ignored_count];
		return true;
	}
	return false;
}

static void finish_attempt(struct attempt **link)
{
	struct attempt *attempt = *link;
	struct error error = { .code = 0 };
	pid_t pid = 0;
	if (attempt_finish(attempt, leave_cgroup, &pid, &error) < 0) {
		ignore_end(attempt->monitor);
		answer_error(attempt->id, &error);
	} else {
		json_t *ports = json_array();
		for (size_t i = 0; i < attempt->request.port_count; i++)
			json_array_append_new(ports, json_integer(attempt->ports[i]));
		send_json(json_pack("{s:I,s:b,s:i,s:i,s:o}", "id", attempt->id, "ok", 1, "pid", (int)pid, "monitor",
				    (int)attempt->monitor, "ports", ports));
	}
	*link = attempt->next;
	attempt_free(attempt);
}

static void finish_attempt_of(int result_fd, pid_t monitor)
{
	for (struct attempt **link = &server.attempts; *link; link = &(*link)->next) {
		if ((*link)->result == result_fd || (*link)->monitor == monitor) {
			finish_attempt(link);
			return;
		}
	}
}

static void reap(void)
{
	struct signalfd_siginfo ignored;
	while (read(server.signals, &ignored, sizeof ignored) > 0)
		;
	for (pid_t pid; (pid = waitpid(-1, NULL, WNOHANG)) > 0;) {
		finish_attempt_of(-2, pid); // the answer goes before the event
		if (!forget_ignored(pid))
			send_json(json_pack("{s:s,s:i}", "event", "monitor-exit", "pid", (int)pid));
	}
}

static void tell_rules(enum nft_change what, uint32_t by)
{
	const char *event = what == NFT_OWN_REMOVED ? "rules-removed" : "other-rules";
	send_json(json_pack("{s:s,s:I}", "event", event, "pid", (json_int_t)by));
}

static int change_map(const json_t *request, struct error *err)
{
	uint32_t own = 0;
	int result = nft_map_change(request, &own, err);
	// At once: the next change may come from another port.
	if (server.table)
		nft_watch_read(server.rules, server.table, own, tell_rules);
	return result;
}

static int make_bridge(const json_t *request, struct error *err)
{
	struct arena arena = { 0 };
	const char *name = NULL;
	struct string_list addresses = { 0 };
	int64_t mtu = 0;
	int result = -1;
	if (json_read_string(request, "name", JSON_REQUIRED, &name, err) == 0 &&
	    request_read_strings(&arena, request, "addresses", &addresses, err) == 0 &&
	    json_read_integer(request, "mtu", JSON_OPTIONAL, 0, 65535, &mtu, err) == 0)
		result = link_make_bridge(name, &addresses, (uint32_t)mtu, err);
	arena_release(&arena);
	return result;
}

static int make_vxlan(const json_t *request, struct error *err)
{
	struct arena arena = { 0 };
	struct vxlan_spec spec = { 0 };
	const json_t *peers;
	int64_t vni = 0, port = 0, mtu = 0;
	pid_t remover = 0;
	int result = -1;
	if (json_read_string(request, "name", JSON_REQUIRED, &spec.name, err) == 0 &&
	    json_read_string(request, "bridge", JSON_REQUIRED, &spec.bridge, err) == 0 &&
	    json_read_integer(request, "vni", JSON_REQUIRED, 1, 0xffffff, &vni, err) == 0 &&
	    json_read_integer(request, "port", JSON_REQUIRED, 1, 65535, &port, err) == 0 &&
	    json_read_string(request, "local", JSON_REQUIRED, &spec.local, err) == 0 &&
	    json_read_array(request, "peers", JSON_REQUIRED, &peers, err) == 0 &&
	    request_read_strings(&arena, request, "peers", &spec.peers, err) == 0 &&
	    json_read_integer(request, "mtu", JSON_OPTIONAL, 0, 65535, &mtu, err) == 0) {
		spec.vni = (uint32_t)vni;
		spec.port = (uint16_t)port;
		spec.mtu = (uint32_t)mtu;
		result = vxlan_make(&spec, &remover, err);
	}
	if (remover > 0)
		ignore_end(remover);
	arena_release(&arena);
	return result;
}

/** Puts a device into a running container (`attach`), takes it out, or changes its default routes. */
static int change_link(const char *op, const json_t *request, struct error *err)
{
	struct arena arena = { 0 };
	const json_t *network;
	const char *name = NULL;
	struct network_spec spec;
	struct string_list gateways = { 0 };
	int64_t pid = 0;
	pid_t remover = 0;
	int result = -1;
	if (json_read_integer(request, "pid", JSON_REQUIRED, 1, INT32_MAX, &pid, err) < 0)
		result = -1;
	else if (strcmp(op, "attach") == 0 && json_read_object(request, "network", JSON_REQUIRED, &network, err) == 0 &&
		 request_read_network(&arena, network, &spec, err) == 0)
		result = link_attach(&spec, (pid_t)pid, err);
	else if (strcmp(op, "detach") == 0 && json_read_string(request, "name", JSON_REQUIRED, &name, err) == 0)
		result = link_detach(name, (pid_t)pid, &remover, err);
	else if (strcmp(op, "route") == 0 && json_read_string(request, "name", JSON_REQUIRED, &name, err) == 0 &&
		 request_read_strings(&arena, request, "gateways", &gateways, err) == 0)
		result = link_route(name, &gateways, (pid_t)pid, err);
	if (remover > 0)
		ignore_end(remover);
	arena_release(&arena);
	return result;
}

static int delete_link(const json_t *request, const char *kind, struct error *err)
{
	const char *name = NULL;
	if (json_read_string(request, "name", JSON_REQUIRED, &name, err) < 0)
		return -1;
	pid_t remover = 0;
	int result = link_delete(name, kind, &remover, err);
	if (remover > 0)
		ignore_end(remover);
	return result;
}

static void answer(json_int_t id, int result, const struct error *error)
{
	if (result < 0)
		answer_error(id, error);
	else
		answer_ok(id);
}

static void handle(json_t *request)
{
	struct error error = { .code = 0 };
	int64_t id = 0;
	const char *op = "";
	if (json_read_integer(request, "id", JSON_REQUIRED, 0, INT64_MAX, &id, &error) < 0 ||
	    json_read_string(request, "op", JSON_REQUIRED, &op, &error) < 0) {
		answer_error(id, &error);
	} else if (strcmp(op, "start") == 0) {
		begin_attempt(REQUEST_START, id, request);
	} else if (strcmp(op, "exec") == 0) {
		begin_attempt(REQUEST_EXEC, id, request);
	} else if (strcmp(op, "bridge") == 0) {
		answer(id, make_bridge(request, &error), &error);
	} else if (strcmp(op, "ipvlan") == 0) {
		answer(id, link_has_kind("ipvlan", &error), &error);
	} else if (strcmp(op, "bridge-delete") == 0) {
		answer(id, delete_link(request, "bridge", &error), &error);
	} else if (strcmp(op, "vxlan") == 0) {
		answer(id, make_vxlan(request, &error), &error);
	} else if (strcmp(op, "vxlan-delete") == 0) {
		answer(id, delete_link(request, "vxlan", &error), &error);
	} else if (strcmp(op, "link-delete") == 0) {
		answer(id, delete_link(request, "veth", &error), &error);
	} else if (strcmp(op, "attach") == 0 || strcmp(op, "detach") == 0 || strcmp(op, "route") == 0) {
		answer(id, change_link(op, request, &error), &error);
	} else if (strcmp(op, "map") == 0) {
		answer(id, change_map(request, &error), &error);
	} else if (strcmp(op, "cgroup-delete") == 0) {
		struct removal *removal = removal_of_request(request, &error);
		if (!removal) {
			answer_error(id, &error);
			return;
		}
		removal->asked = true;
		removal->id = id;
		queue_removal(removal);
		try_removals();
	} else {
		error_set(&error, EINVAL, "request", "unknown operation \"%s\"", op);
		answer_error(id, &error);
	}
}

static void read_requests(void)
{
	if (frame_channel_fill(&server.channel))
		server.closing = true;
	const char *body;
	size_t length;
	bool bad;
	while (frame_channel_next(&server.channel, &body, &length, &bad)) {
		json_error_t where;
		json_t *request = json_loadb(body, length, JSON_REJECT_DUPLICATES, &where);
		if (request) {
			handle(request);
		} else {
			struct error error;
			error_set(&error, EINVAL, "request", "not JSON: %s", where.text);
			answer_error(0, &error);
		}
		json_decref(request);
	}
	if (bad) {
		fprintf(stderr, "berth-spawn: a frame is longer than %u bytes\n", FRAME_MAX_BYTES);
		server.closing = true;
	}
}

static int watch(int fd, uint32_t events, struct error *err)
{
	struct epoll_event event = { .events = events, .data.fd = fd };
	if (epoll_ctl(server.epoll, EPOLL_CTL_ADD, fd, &event) < 0)
		return error_errno(err, "start", "epoll_ctl");
	return 0;
}

static int open_server(int control, const struct programs *programs, const char *table, struct error *err)
{
	server.table = table;
	server.programs = programs;
	if (frame_channel_open(&server.channel, control, err) < 0)
		return -1;
	sigset_t children;
	sigemptyset(&children);
	sigaddset(&children, SIGCHLD);
	sigprocmask(SIG_SETMASK, &children, NULL);
	server.signals = signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK);
	server.epoll = epoll_create1(EPOLL_CLOEXEC);
	if (server.signals < 0 || server.epoll < 0)
		return error_errno(err, "start", "signalfd or epoll");
	server.rules = table ? nft_watch_open(err) : -1;
	if (table && (server.rules < 0 || watch(server.rules, EPOLLIN, err) < 0))
		return -1;
	return watch(control, EPOLLIN, err) < 0 ? -1 : watch(server.signals, EPOLLIN, err);
}

/** Flushes, and asks to be told when the socket takes more. */
static void flush(bool *watching_output)
{
	if (frame_channel_flush(&server.channel))
		server.closing = true;
	bool wanted = frame_channel_waiting(&server.channel) && !server.closing;
	if (wanted == *watching_output || server.closing)
		return;
	struct epoll_event event = { .events = EPOLLIN | (wanted ? EPOLLOUT : 0u), .data.fd = server.channel.fd };
	if (epoll_ctl(server.epoll, EPOLL_CTL_MOD, server.channel.fd, &event) == 0)
		*watching_output = wanted;
}

int server_run(int control, const struct programs *programs, const char *table, struct error *err)
{
	if (open_server(control, programs, table, err) < 0)
		return -1;
	send_json(json_pack("{s:{s:i,s:i}}", "hello", "protocol", PROTOCOL, "pid", (int)getpid()));
	bool watching_output = false, watching_control = true;
	for (;;) {
		flush(&watching_output);
		if (server.closing && watching_control) {
			epoll_ctl(server.epoll, EPOLL_CTL_DEL, control, NULL);
			watching_control = false;
		}
		if (server.closing && !server.attempts && !server.removals)
			return 0;
		struct epoll_event events[64];
		int count = epoll_wait(server.epoll, events, 64, server.removals ? REMOVAL_INTERVAL_MS : -1);
		if (count < 0 && errno != EINTR)
			return error_errno(err, "start", "epoll_wait");
		// Results first: they are what somebody waits for.
		for (int i = 0; i < count; i++)
			if (events[i].data.fd != control && events[i].data.fd != server.signals && events[i].data.fd != server.rules)
				finish_attempt_of(events[i].data.fd, -2);
		for (int i = 0; i < count; i++) {
			if (events[i].data.fd == server.signals)
				reap();
			else if (events[i].data.fd == server.rules)
				nft_watch_read(server.rules, server.table, 0, tell_rules);
			else if (events[i].data.fd == control && (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
				read_requests();
		}
		try_removals();
	}
}
