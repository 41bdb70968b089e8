// What a `start` or an `exec` request asks for, checked and in plain structures. Strings belong to the request's JSON.
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "common/arena.h"
#include "common/error.h"
#include "spawn/mount-options.h"

/** `items` ends with a NULL that `count` does not include. */
struct string_list {
	size_t count;
	const char **items;
};

struct namespace_spec {
	/** CLONE_NEWPID and so on. */
	uint64_t flag;
	/** Join this one instead of making one; NULL: make one. */
	const char *path;
};

struct mount_spec {
	const char *destination;
	const char *type;
	const char *source;
	/** A bind mount's source, or what is shown of an image, is this below it; NULL: all of it. */
	const char *subpath;
	/** Of an image: its layers, top first and relative to `source`, and an empty folder below them. */
	struct string_list lower;
	const char *empty;
	/** A bind mount's source is looked up in this mount namespace; NULL: on the host. */
	const char *namespace;
	struct mount_options options;
};

struct device_spec {
	const char *path;
	mode_t mode; // with its S_IFCHR, S_IFBLK or S_IFIFO
	dev_t number;
	uid_t uid;
	gid_t gid;
};

struct rlimit_spec {
	int resource;
	struct rlimit limit;
};

struct sysctl_spec {
	const char *key;
	const char *value;
};

struct process_spec {
	bool terminal;
	uint16_t rows;
	uint16_t columns;
	uid_t uid;
	gid_t gid;
	size_t additional_gid_count;
	gid_t *additional_gids;
	struct string_list args;
	struct string_list env;
	const char *cwd;
	uint64_t bounding, effective, permitted, inheritable, ambient;
	size_t rlimit_count;
	struct rlimit_spec *rlimits;
	bool no_new_privileges;
	bool has_oom_score_adj;
	int oom_score_adj;
};

struct overlay_spec {
	const char *layers;
	struct string_list lower;
	const char *init;
	const char *upper;
	const char *work;
	bool is_volatile;
};

struct cgroup_file {
	const char *name;
	const char *value;
};

struct cgroup_spec {
	const char *path;
	int version;
	size_t file_count;
	struct cgroup_file *files;
	/** Version 2: the program that decides on devices, in hexadecimal digits; NULL: all are allowed. */
	const char *device_program;
};

/** A container's place in one network. */
struct network_spec {
	/** The bridge that the host's end of a veth pair is a port of; NULL for a macvlan or an ipvlan. */
	const char *bridge;
	/** The host's end of the veth pair. */
	const char *host_name;
	/** macvlan or ipvlan: the host's device it is made on, the mode of the one, the flag of the other (its mode is L2). */
	const char *parent;
	uint32_t macvlan_mode;
	bool is_ipvlan;
	uint16_t ipvlan_flag;
	const char *name;
	uint8_t mac[6];
	struct string_list addresses;
	struct string_list gateways; // default routes; at most one of each family
	uint32_t mtu;
	/** Speaks IPv6; else that is turned off on it. */
	bool ipv6;
	/** Its frames go to no other isolated port of the bridge. */
	bool isolated;
};

struct port_spec {
	int socket_type; // SOCK_STREAM or SOCK_DGRAM
	int socket_protocol; // 0: the usual one of the type
	const char *protocol;
	const char *host_address;
	/** The first that will do; 0: whatever is free. */
	uint16_t host_port;
	/** The last that will do. */
	uint16_t last_host_port;
	/** It gets the host port of the one before it, on another address. */
	bool same_host_port;
	const char *address;
	uint16_t port;
};

struct log_spec {
	const char *path; // NULL: nothing is logged
	const char *driver;
	const char *attrs; // a file, or NULL
	int64_t max_size_bytes;
	int64_t max_files;
	int64_t max_buffer_bytes; // 0: nothing is dropped
};

enum request_kind { REQUEST_START, REQUEST_EXEC };

struct request {
	struct arena arena;
	enum request_kind kind;
	/** exec: the container's init. */
	pid_t target;

	struct process_spec process;
	bool readonly_root;
	const char *hostname;
	const char *domainname;
	size_t mount_count;
	struct mount_spec *mounts;
	size_t namespace_count;
	struct namespace_spec *namespaces;
	size_t device_count;
	struct device_spec *devices;
	struct string_list masked_paths;
	struct string_list readonly_paths;
	size_t sysctl_count;
	struct sysctl_spec *sysctls;
	unsigned long root_propagation; // MS_PRIVATE and so on, perhaps with MS_REC

	const char *id;
	const char *dir;
	const char *user; // NULL: process.uid and process.gid
	struct string_list groups;
	struct overlay_spec overlay;
	size_t cgroup_count;
	struct cgroup_spec *cgroups;
	const char *seccomp; // NULL: unconfined
	size_t network_count;
	struct network_spec *networks;
	/** The monitor answers at 127.0.0.11:53 from this file on. NULL: it does not. */
	const char *resolver;
	size_t port_count;
	struct port_spec *ports;
	struct log_spec log;
	const char *stdin_mode; // "none", "open" or "once"
	bool hold;
	bool init;
};

/** Reads an optional array of strings. */
int request_read_strings(struct arena *arena, const json_t *object, const char *key, struct string_list *out,
			 struct error *err);

/** Reads the description of a place in a network; what it points to lives in `arena` and in `json`. */
int request_read_network(struct arena *arena, const json_t *json, struct network_spec *out, struct error *err);

/** Reads `json`, which must outlive the request. Release it with request_release() in any case. */
int request_parse(struct request *request, enum request_kind kind, const json_t *json, struct error *err);

void request_release(struct request *request);

/** The namespace of this kind the request speaks of, or NULL when it is shared with the host. */
const struct namespace_spec *request_namespace(const struct request *request, uint64_t flag);

/** True when the container gets a namespace of this kind of its own. */
static inline bool request_owns_namespace(const struct request *request, uint64_t flag)
{
	const struct namespace_spec *found = request_namespace(request, flag);
	return found && !found->path;
}
