// Reads a `start` or an `exec` request.
#include "spawn/request.h"

#include <limits.h>
#include <linux/if_link.h>
#include <sched.h>
#include <stdio.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "common/json.h"
#include "spawn/capabilities.h"

#define ID_MAX 2147483647LL // Docker's bound for uids and gids

int request_read_strings(struct arena *arena, const json_t *object, const char *key, struct string_list *out,
			 struct error *err)
{
	const json_t *array;
	if (json_read_array(object, key, JSON_OPTIONAL, &array, err) < 0)
		return -1;
	size_t count = array ? json_array_size(array) : 0;
	out->items = arena_take(arena, (count + 1) * sizeof *out->items);
	out->count = count;
	for (size_t i = 0; i < count; i++) {
		const char *text = json_string_value(json_array_get(array, i));
		if (!text)
			return error_set(err, EINVAL, "request", "\"%s\" has an item that is not a string", key);
		out->items[i] = text;
	}
	return 0;
}

static int read_strings(struct request *request, const json_t *object, const char *key, struct string_list *out,
			struct error *err)
{
	return request_read_strings(&request->arena, object, key, out, err);
}

/** An array of objects: its size, and memory for as many of `item_bytes`. */
static int read_objects(struct request *request, const json_t *object, const char *key, const json_t **array,
			size_t item_bytes, size_t *count, void **items, struct error *err)
{
	if (json_read_array(object, key, JSON_OPTIONAL, array, err) < 0)
		return -1;
	*count = *array ? json_array_size(*array) : 0;
	*items = arena_take(&request->arena, (*count + 1) * item_bytes);
	for (size_t i = 0; i < *count; i++)
		if (!json_is_object(json_array_get(*array, i)))
			return error_set(err, EINVAL, "request", "\"%s\" has an item that is not an object", key);
	return 0;
}

static int read_absolute(const json_t *object, const char *key, enum json_presence presence, const char **out,
			 struct error *err)
{
	if (json_read_string(object, key, presence, out, err) < 0)
		return -1;
	if (*out && ((*out)[0] != '/' || strlen(*out) >= PATH_MAX))
		return error_set(err, EINVAL, "request", "\"%s\" is not an absolute path: \"%s\"", key, *out);
	return 0;
}

static int read_capability_set(const json_t *capabilities, const char *key, uint64_t available, uint64_t *out,
			       struct error *err)
{
	const json_t *array;
	if (json_read_array(capabilities, key, JSON_OPTIONAL, &array, err) < 0)
		return -1;
	for (size_t i = 0; array && i < json_array_size(array); i++) {
		const char *name = json_string_value(json_array_get(array, i));
		int bit = name ? capability_bit(name) : -1;
		if (bit < 0)
			return error_set(err, EINVAL, "request", "unknown capability \"%s\"", name ? name : "?");
		*out |= 1ULL << bit;
	}
	*out &= available; // what we do not have ourselves we cannot give: clamped
	return 0;
}

static int read_rlimit(const json_t *object, struct rlimit_spec *out, struct error *err)
{
	static const struct {
		const char *name;
		int resource;
	} kinds[] = {
		{ "RLIMIT_AS", RLIMIT_AS },	      { "RLIMIT_CORE", RLIMIT_CORE },
		{ "RLIMIT_CPU", RLIMIT_CPU },	      { "RLIMIT_DATA", RLIMIT_DATA },
		{ "RLIMIT_FSIZE", RLIMIT_FSIZE },     { "RLIMIT_LOCKS", RLIMIT_LOCKS },
		{ "RLIMIT_MEMLOCK", RLIMIT_MEMLOCK }, { "RLIMIT_MSGQUEUE", RLIMIT_MSGQUEUE },
		{ "RLIMIT_NICE", RLIMIT_NICE },	      { "RLIMIT_NOFILE", RLIMIT_NOFILE },
		{ "RLIMIT_NPROC", RLIMIT_NPROC },     { "RLIMIT_RSS", RLIMIT_RSS },
		{ "RLIMIT_RTPRIO", RLIMIT_RTPRIO },   { "RLIMIT_RTTIME", RLIMIT_RTTIME },
		{ "RLIMIT_SIGPENDING", RLIMIT_SIGPENDING }, { "RLIMIT_STACK", RLIMIT_STACK },
	};
	const char *type = NULL;
	int64_t hard, soft;
	// -1 is RLIM_INFINITY as Docker writes it
	if (json_read_string(object, "type", JSON_REQUIRED, &type, err) < 0 ||
	    json_read_integer(object, "hard", JSON_REQUIRED, -1, INT64_MAX, &hard, err) < 0 ||
	    json_read_integer(object, "soft", JSON_REQUIRED, -1, INT64_MAX, &soft, err) < 0)
		return -1;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		if (strcmp(type, kinds[i].name) != 0)
			continue;
		out->resource = kinds[i].resource;
		out->limit.rlim_max = hard < 0 ? RLIM_INFINITY : (rlim_t)hard;
		out->limit.rlim_cur = soft < 0 ? RLIM_INFINITY : (rlim_t)soft;
		return 0;
	}
	return error_set(err, EINVAL, "request", "unknown rlimit \"%s\"", type);
}

static int read_user(struct request *request, const json_t *process, struct error *err)
{
	const json_t *user, *gids;
	int64_t uid = 0, gid = 0;
	if (json_read_object(process, "user", JSON_OPTIONAL, &user, err) < 0)
		return -1;
	if (!user)
		return 0;
	if (json_read_integer(user, "uid", JSON_OPTIONAL, 0, ID_MAX, &uid, err) < 0 ||
	    json_read_integer(user, "gid", JSON_OPTIONAL, 0, ID_MAX, &gid, err) < 0 ||
	    json_read_array(user, "additionalGids", JSON_OPTIONAL, &gids, err) < 0)
		return -1;
	struct process_spec *spec = &request->process;
	spec->uid = (uid_t)uid;
	spec->gid = (gid_t)gid;
	spec->additional_gid_count = gids ? json_array_size(gids) : 0;
	spec->additional_gids = arena_take(&request->arena, (spec->additional_gid_count + 1) * sizeof(gid_t));
	for (size_t i = 0; i < spec->additional_gid_count; i++) {
		json_t *item = json_array_get(gids, i);
		json_int_t value = json_integer_value(item);
		if (!json_is_integer(item) || value < 0 || value > ID_MAX)
			return error_set(err, EINVAL, "request", "\"additionalGids\" has an item that is no gid");
		spec->additional_gids[i] = (gid_t)value;
	}
	return 0;
}

static int read_process(struct request *request, const json_t *process, struct error *err)
{
	struct process_spec *spec = &request->process;
	const json_t *size, *capabilities, *rlimits;
	int64_t rows = 24, columns = 80, score = 0;

	spec->cwd = "/";
	if (json_read_bool(process, "terminal", &spec->terminal, err) < 0 ||
	    json_read_object(process, "consoleSize", JSON_OPTIONAL, &size, err) < 0 ||
	    read_user(request, process, err) < 0 || read_strings(request, process, "args", &spec->args, err) < 0 ||
	    read_strings(request, process, "env", &spec->env, err) < 0 ||
	    read_absolute(process, "cwd", JSON_OPTIONAL, &spec->cwd, err) < 0 ||
	    json_read_object(process, "capabilities", JSON_OPTIONAL, &capabilities, err) < 0 ||
	    json_read_bool(process, "noNewPrivileges", &spec->no_new_privileges, err) < 0 ||
	    json_read_integer(process, "oomScoreAdj", JSON_OPTIONAL, -1000, 1000, &score, err) < 0)
		return -1;
	if (spec->args.count == 0)
		return error_set(err, EINVAL, "request", "\"args\" is empty");
	spec->oom_score_adj = (int)score;
	spec->has_oom_score_adj = json_is_integer(json_object_get(process, "oomScoreAdj"));
	if (size && (json_read_integer(size, "height", JSON_OPTIONAL, 0, UINT16_MAX, &rows, err) < 0 ||
		     json_read_integer(size, "width", JSON_OPTIONAL, 0, UINT16_MAX, &columns, err) < 0))
		return -1;
	spec->rows = (uint16_t)rows;
	spec->columns = (uint16_t)columns;

	uint64_t available = capabilities_available();
	if (capabilities &&
	    (read_capability_set(capabilities, "bounding", available, &spec->bounding, err) < 0 ||
	     read_capability_set(capabilities, "effective", available, &spec->effective, err) < 0 ||
	     read_capability_set(capabilities, "permitted", available, &spec->permitted, err) < 0 ||
	     read_capability_set(capabilities, "inheritable", available, &spec->inheritable, err) < 0 ||
	     read_capability_set(capabilities, "ambient", available, &spec->ambient, err) < 0))
		return -1;

	if (read_objects(request, process, "rlimits", &rlimits, sizeof *spec->rlimits, &spec->rlimit_count,
			 (void **)&spec->rlimits, err) < 0)
		return -1;
	for (size_t i = 0; i < spec->rlimit_count; i++)
		if (read_rlimit(json_array_get(rlimits, i), &spec->rlimits[i], err) < 0)
			return -1;
	return 0;
}

static int read_mounts(struct request *request, const json_t *config, struct error *err)
{
	const json_t *mounts;
	if (read_objects(request, config, "mounts", &mounts, sizeof *request->mounts, &request->mount_count,
			 (void **)&request->mounts, err) < 0)
		return -1;
	for (size_t i = 0; i < request->mount_count; i++) {
		const json_t *object = json_array_get(mounts, i);
		struct mount_spec *mount = &request->mounts[i];
		struct string_list options;
		mount->type = "bind";
		mount->source = "";
		if (read_absolute(object, "destination", JSON_REQUIRED, &mount->destination, err) < 0 ||
		    json_read_string(object, "type", JSON_OPTIONAL, &mount->type, err) < 0 ||
		    json_read_string(object, "source", JSON_OPTIONAL, &mount->source, err) < 0 ||
		    read_absolute(object, "namespace", JSON_OPTIONAL, &mount->namespace, err) < 0 ||
		    json_read_string(object, "subpath", JSON_OPTIONAL, &mount->subpath, err) < 0 ||
		    read_absolute(object, "empty", JSON_OPTIONAL, &mount->empty, err) < 0 ||
		    read_strings(request, object, "lower", &mount->lower, err) < 0 ||
		    read_strings(request, object, "options", &options, err) < 0 ||
		    mount_options_parse(&mount->options, &request->arena, options.items, options.count,
					strcmp(mount->type, "bind") == 0, err) < 0)
			return -1;
		if (mount->options.bind && mount->source[0] != '/')
			return error_set(err, EINVAL, "request", "the bind mount on \"%s\" has no absolute source",
					 mount->destination);
		if (strcmp(mount->type, "image") == 0 && (mount->source[0] != '/' || !mount->empty))
			return error_set(err, EINVAL, "request", "the image on \"%s\" has no folders", mount->destination);
	}
	return 0;
}

static int read_namespaces(struct request *request, const json_t *linux_, struct error *err)
{
	static const struct {
		const char *name;
		uint64_t flag;
	} kinds[] = {
		{ "mount", CLONE_NEWNS }, { "pid", CLONE_NEWPID },     { "ipc", CLONE_NEWIPC },
		{ "uts", CLONE_NEWUTS },  { "network", CLONE_NEWNET }, { "cgroup", CLONE_NEWCGROUP },
	};
	const json_t *array;
	if (read_objects(request, linux_, "namespaces", &array, sizeof *request->namespaces,
			 &request->namespace_count, (void **)&request->namespaces, err) < 0)
		return -1;
	for (size_t i = 0; i < request->namespace_count; i++) {
		const json_t *object = json_array_get(array, i);
		struct namespace_spec *spec = &request->namespaces[i];
		const char *type = NULL;
		if (json_read_string(object, "type", JSON_REQUIRED, &type, err) < 0 ||
		    read_absolute(object, "path", JSON_OPTIONAL, &spec->path, err) < 0)
			return -1;
		for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
			if (strcmp(type, kinds[k].name) == 0)
				spec->flag = kinds[k].flag;
		if (!spec->flag)
			return error_set(err, EINVAL, "request", "namespaces of type \"%s\" are not supported", type);
	}
	if (!request_owns_namespace(request, CLONE_NEWNS))
		return error_set(err, EINVAL, "request", "a container needs a mount namespace of its own");
	return 0;
}

static int read_devices(struct request *request, const json_t *linux_, struct error *err)
{
	const json_t *array;
	if (read_objects(request, linux_, "devices", &array, sizeof *request->devices, &request->device_count,
			 (void **)&request->devices, err) < 0)
		return -1;
	for (size_t i = 0; i < request->device_count; i++) {
		const json_t *object = json_array_get(array, i);
		struct device_spec *device = &request->devices[i];
		const char *type = NULL;
		int64_t major = 0, minor = 0, mode = 0666, uid = 0, gid = 0;
		if (read_absolute(object, "path", JSON_REQUIRED, &device->path, err) < 0 ||
		    json_read_string(object, "type", JSON_REQUIRED, &type, err) < 0 ||
		    json_read_integer(object, "major", JSON_OPTIONAL, 0, UINT32_MAX, &major, err) < 0 ||
		    json_read_integer(object, "minor", JSON_OPTIONAL, 0, UINT32_MAX, &minor, err) < 0 ||
		    json_read_integer(object, "fileMode", JSON_OPTIONAL, 0, 0177777, &mode, err) < 0 ||
		    json_read_integer(object, "uid", JSON_OPTIONAL, 0, ID_MAX, &uid, err) < 0 ||
		    json_read_integer(object, "gid", JSON_OPTIONAL, 0, ID_MAX, &gid, err) < 0)
			return -1;
		mode_t kind = strcmp(type, "c") == 0 || strcmp(type, "u") == 0 ? S_IFCHR :
			      strcmp(type, "b") == 0				? S_IFBLK :
			      strcmp(type, "p") == 0				? S_IFIFO :
										  0;
		if (!kind)
			return error_set(err, EINVAL, "request", "\"%s\" has the unknown type \"%s\"", device->path,
					 type);
		device->mode = kind | ((mode_t)mode & 07777);
		device->number = makedev((unsigned)major, (unsigned)minor);
		device->uid = (uid_t)uid;
		device->gid = (gid_t)gid;
	}
	return 0;
}

static int read_linux(struct request *request, const json_t *linux_, struct error *err)
{
	const json_t *sysctl;
	const char *propagation = "rprivate";
	if (read_namespaces(request, linux_, err) < 0 || read_devices(request, linux_, err) < 0 ||
	    read_strings(request, linux_, "maskedPaths", &request->masked_paths, err) < 0 ||
	    read_strings(request, linux_, "readonlyPaths", &request->readonly_paths, err) < 0 ||
	    json_read_object(linux_, "sysctl", JSON_OPTIONAL, &sysctl, err) < 0 ||
	    json_read_string(linux_, "rootfsPropagation", JSON_OPTIONAL, &propagation, err) < 0)
		return -1;
	request->root_propagation = mount_propagation(*propagation ? propagation : "rprivate");
	if (!request->root_propagation)
		return error_set(err, EINVAL, "request", "unknown rootfsPropagation \"%s\"", propagation);

	request->sysctls = arena_take(&request->arena, (json_object_size(sysctl) + 1) * sizeof *request->sysctls);
	const char *key;
	json_t *value;
	json_object_foreach((json_t *)sysctl, key, value) {
		if (!json_is_string(value))
			return error_set(err, EINVAL, "request", "the sysctl \"%s\" is not a string", key);
		request->sysctls[request->sysctl_count++] =
			(struct sysctl_spec){ .key = key, .value = json_string_value(value) };
	}
	return 0;
}

static int read_config(struct request *request, const json_t *config, struct error *err)
{
	const json_t *process, *root, *linux_;
	if (json_read_object(config, "process", JSON_REQUIRED, &process, err) < 0 ||
	    read_process(request, process, err) < 0 ||
	    json_read_object(config, "root", JSON_OPTIONAL, &root, err) < 0 ||
	    (root && json_read_bool(root, "readonly", &request->readonly_root, err) < 0) ||
	    json_read_string(config, "hostname", JSON_OPTIONAL, &request->hostname, err) < 0 ||
	    json_read_string(config, "domainname", JSON_OPTIONAL, &request->domainname, err) < 0 ||
	    read_mounts(request, config, err) < 0 ||
	    json_read_object(config, "linux", JSON_REQUIRED, &linux_, err) < 0)
		return -1;
	return read_linux(request, linux_, err);
}

static int read_overlay(struct request *request, const json_t *berth, struct error *err)
{
	const json_t *overlay;
	struct overlay_spec *spec = &request->overlay;
	if (json_read_object(berth, "overlay", JSON_REQUIRED, &overlay, err) < 0 ||
	    read_absolute(overlay, "layers", JSON_REQUIRED, &spec->layers, err) < 0 ||
	    read_strings(request, overlay, "lower", &spec->lower, err) < 0 ||
	    read_absolute(overlay, "init", JSON_REQUIRED, &spec->init, err) < 0 ||
	    read_absolute(overlay, "upper", JSON_REQUIRED, &spec->upper, err) < 0 ||
	    read_absolute(overlay, "work", JSON_REQUIRED, &spec->work, err) < 0)
		return -1;
	return json_read_bool(overlay, "volatile", &spec->is_volatile, err);
}

static int read_cgroups(struct request *request, const json_t *berth, struct error *err)
{
	const json_t *array;
	if (read_objects(request, berth, "cgroups", &array, sizeof *request->cgroups, &request->cgroup_count,
			 (void **)&request->cgroups, err) < 0)
		return -1;
	for (size_t i = 0; i < request->cgroup_count; i++) {
		const json_t *object = json_array_get(array, i), *files;
		struct cgroup_spec *cgroup = &request->cgroups[i];
		int64_t version = 1;
		if (read_absolute(object, "path", JSON_REQUIRED, &cgroup->path, err) < 0 ||
		    json_read_integer(object, "version", JSON_OPTIONAL, 1, 2, &version, err) < 0 ||
		    json_read_array(object, "files", JSON_OPTIONAL, &files, err) < 0 ||
		    json_read_string(object, "deviceProgram", JSON_OPTIONAL, &cgroup->device_program, err) < 0)
			return -1;
		cgroup->version = (int)version;
		cgroup->file_count = files ? json_array_size(files) : 0;
		cgroup->files = arena_take(&request->arena, (cgroup->file_count + 1) * sizeof *cgroup->files);
		for (size_t k = 0; k < cgroup->file_count; k++) {
			const json_t *pair = json_array_get(files, k);
			const char *name = json_string_value(json_array_get(pair, 0));
			const char *value = json_string_value(json_array_get(pair, 1));
			if (!name || !value || strchr(name, '/'))
				return error_set(err, EINVAL, "request", "a cgroup file is not [name, value]");
			cgroup->files[k] = (struct cgroup_file){ .name = name, .value = value };
		}
	}
	return 0;
}

struct link_mode {
	const char *name;
	uint32_t number;
};

static int find_mode(const struct link_mode *modes, size_t count, const char *name, uint32_t *out, struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(name, modes[i].name) != 0)
			continue;
		*out = modes[i].number;
		return 0;
	}
	return error_set(err, EINVAL, "request", "\"%s\" is no mode of this kind of network", name);
}

/** The mode of a macvlan, or the flag of an ipvlan. */
static int read_child_mode(const json_t *json, struct network_spec *out, struct error *err)
{
	static const struct link_mode modes[] = {
		{ "bridge", MACVLAN_MODE_BRIDGE },
		{ "private", MACVLAN_MODE_PRIVATE },
		{ "vepa", MACVLAN_MODE_VEPA },
		{ "passthru", MACVLAN_MODE_PASSTHRU },
	};
	static const struct link_mode flags[] = {
		{ "bridge", 0 },
		{ "private", IPVLAN_F_PRIVATE },
		{ "vepa", IPVLAN_F_VEPA },
	};
	const char *mode = "bridge", *flag = NULL;
	uint32_t number = 0;
	if (json_read_string(json, "mode", JSON_OPTIONAL, &mode, err) < 0 ||
	    json_read_string(json, "ipvlanFlag", JSON_OPTIONAL, &flag, err) < 0)
		return -1;
	out->is_ipvlan = flag != NULL;
	if (!flag)
		return find_mode(modes, sizeof modes / sizeof *modes, mode, &out->macvlan_mode, err);
	if (find_mode(flags, sizeof flags / sizeof *flags, flag, &number, err) < 0)
		return -1;
	out->ipvlan_flag = (uint16_t)number;
	return 0;
}

static int read_mac(const char *text, uint8_t out[6], struct error *err)
{
	unsigned bytes[6];
	char end;
	if (sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x%c", &bytes[0], &bytes[1], &bytes[2], &bytes[3], &bytes[4], &bytes[5],
		   &end) != 6)
		return error_set(err, EINVAL, "request", "\"%s\" is not a MAC address", text);
	for (int i = 0; i < 6; i++)
		out[i] = (uint8_t)bytes[i];
	return 0;
}

int request_read_network(struct arena *arena, const json_t *json, struct network_spec *out, struct error *err)
{
	const char *mac = NULL;
	int64_t mtu = 1500;
	*out = (struct network_spec){ .name = "eth0" };
	if (json_read_string(json, "bridge", JSON_OPTIONAL, &out->bridge, err) < 0 ||
	    json_read_string(json, "hostName", JSON_OPTIONAL, &out->host_name, err) < 0 ||
	    json_read_string(json, "parent", JSON_OPTIONAL, &out->parent, err) < 0 ||
	    json_read_string(json, "name", JSON_OPTIONAL, &out->name, err) < 0 ||
	    json_read_string(json, "mac", JSON_REQUIRED, &mac, err) < 0 ||
	    request_read_strings(arena, json, "addresses", &out->addresses, err) < 0 ||
	    request_read_strings(arena, json, "gateways", &out->gateways, err) < 0 ||
	    json_read_bool(json, "ipv6", &out->ipv6, err) < 0 ||
	    json_read_bool(json, "isolated", &out->isolated, err) < 0 ||
	    json_read_integer(json, "mtu", JSON_OPTIONAL, 68, 65535, &mtu, err) < 0 ||
	    read_child_mode(json, out, err) < 0)
		return -1;
	if (!out->parent && (!out->bridge || !out->host_name))
		return error_set(err, EINVAL, "request", "a network has neither a bridge nor a parent");
	if (!out->is_ipvlan && read_mac(mac, out->mac, err) < 0)
		return -1;
	out->mtu = (uint32_t)mtu;
	return 0;
}

static int read_networks(struct request *request, const json_t *berth, struct error *err)
{
	const json_t *array;
	if (read_objects(request, berth, "networks", &array, sizeof *request->networks, &request->network_count,
			 (void **)&request->networks, err) < 0)
		return -1;
	for (size_t i = 0; i < request->network_count; i++)
		if (request_read_network(&request->arena, json_array_get(array, i), &request->networks[i], err) < 0)
			return -1;
	if (request->network_count && !request_owns_namespace(request, CLONE_NEWNET))
		return error_set(err, EINVAL, "request", "\"networks\" need a network namespace of their own");
	return 0;
}

static int read_ports(struct request *request, const json_t *berth, struct error *err)
{
	const json_t *array;
	if (read_objects(request, berth, "ports", &array, sizeof *request->ports, &request->port_count,
			 (void **)&request->ports, err) < 0)
		return -1;
	for (size_t i = 0; i < request->port_count; i++) {
		const json_t *object = json_array_get(array, i);
		struct port_spec *spec = &request->ports[i];
		int64_t host_port = 0, last_host_port = 0, port = 0;
		spec->host_address = "0.0.0.0";
		if (json_read_string(object, "proto", JSON_REQUIRED, &spec->protocol, err) < 0 ||
		    json_read_string(object, "hostIp", JSON_OPTIONAL, &spec->host_address, err) < 0 ||
		    json_read_integer(object, "hostPort", JSON_REQUIRED, 0, UINT16_MAX, &host_port, err) < 0 ||
		    json_read_integer(object, "lastHostPort", JSON_OPTIONAL, 0, UINT16_MAX, &last_host_port, err) < 0 ||
		    json_read_bool(object, "sameHostPort", &spec->same_host_port, err) < 0 ||
		    json_read_string(object, "address", JSON_REQUIRED, &spec->address, err) < 0 ||
		    json_read_integer(object, "port", JSON_REQUIRED, 1, UINT16_MAX, &port, err) < 0)
			return -1;
		if (strcmp(spec->protocol, "tcp") == 0)
			spec->socket_type = SOCK_STREAM;
		else if (strcmp(spec->protocol, "udp") == 0)
			spec->socket_type = SOCK_DGRAM;
		else if (strcmp(spec->protocol, "sctp") == 0)
			spec->socket_type = SOCK_STREAM;
		else
			return error_set(err, EPROTONOSUPPORT, "port", "the protocol \"%s\" cannot be published",
					 spec->protocol);
		if (i == 0 && spec->same_host_port)
			return error_set(err, EINVAL, "request", "\"sameHostPort\" without a port before it");
		spec->socket_protocol = strcmp(spec->protocol, "sctp") == 0 ? IPPROTO_SCTP : 0;
		spec->host_port = (uint16_t)host_port;
		spec->last_host_port = (uint16_t)(last_host_port > host_port ? last_host_port : host_port);
		spec->port = (uint16_t)port;
	}
	return 0;
}

static int read_log(struct request *request, const json_t *berth, struct error *err)
{
	const json_t *log;
	if (json_read_object(berth, "log", JSON_OPTIONAL, &log, err) < 0)
		return -1;
	if (!log)
		return 0;
	request->log.max_files = 1;
	request->log.driver = "json-file";
	if (json_read_string(log, "driver", JSON_OPTIONAL, &request->log.driver, err) < 0 ||
	    (json_object_get(log, "attrs") && read_absolute(log, "attrs", JSON_OPTIONAL, &request->log.attrs, err) < 0) ||
	    read_absolute(log, "path", JSON_REQUIRED, &request->log.path, err) < 0 ||
	    json_read_integer(log, "maxSize", JSON_OPTIONAL, 0, INT64_MAX, &request->log.max_size_bytes, err) < 0 ||
	    json_read_integer(log, "maxFile", JSON_OPTIONAL, 1, 1000000, &request->log.max_files, err) < 0 ||
	    json_read_integer(log, "maxBuffer", JSON_OPTIONAL, 0, 1 << 30, &request->log.max_buffer_bytes, err) < 0)
		return -1;
	if (strcmp(request->log.driver, "json-file") != 0 && strcmp(request->log.driver, "local") != 0)
		return error_set(err, EINVAL, "request", "unknown log driver \"%s\"", request->log.driver);
	return 0;
}

static int read_berth(struct request *request, const json_t *berth, struct error *err)
{
	request->stdin_mode = "none";
	if (json_read_string(berth, "id", JSON_REQUIRED, &request->id, err) < 0 ||
	    read_absolute(berth, "dir", JSON_REQUIRED, &request->dir, err) < 0 ||
	    json_read_string(berth, "user", JSON_OPTIONAL, &request->user, err) < 0 ||
	    read_strings(request, berth, "groups", &request->groups, err) < 0 ||
	    read_cgroups(request, berth, err) < 0 ||
	    read_absolute(berth, "seccomp", JSON_OPTIONAL, &request->seccomp, err) < 0 ||
	    read_log(request, berth, err) < 0 ||
	    json_read_string(berth, "stdin", JSON_OPTIONAL, &request->stdin_mode, err) < 0 ||
	    json_read_bool(berth, "hold", &request->hold, err) < 0 ||
	    json_read_bool(berth, "init", &request->init, err) < 0)
		return -1;
	const char *mode = request->stdin_mode;
	if (strcmp(mode, "none") != 0 && strcmp(mode, "open") != 0 && strcmp(mode, "once") != 0)
		return error_set(err, EINVAL, "request", "unknown stdin mode \"%s\"", mode);
	if (request->kind == REQUEST_EXEC)
		return 0;
	if (read_overlay(request, berth, err) < 0 || read_networks(request, berth, err) < 0 ||
	    read_absolute(berth, "resolver", JSON_OPTIONAL, &request->resolver, err) < 0)
		return -1;
	return read_ports(request, berth, err);
}

int request_parse(struct request *request, enum request_kind kind, const json_t *json, struct error *err)
{
	*request = (struct request){ .kind = kind, .hostname = "", .domainname = "" };
	const json_t *config, *process, *berth;
	if (json_read_object(json, "berth", JSON_REQUIRED, &berth, err) < 0)
		return -1;
	if (kind == REQUEST_START) {
		if (json_read_object(json, "config", JSON_REQUIRED, &config, err) < 0 ||
		    read_config(request, config, err) < 0)
			return -1;
	} else {
		int64_t target = 0;
		if (json_read_integer(json, "pid", JSON_REQUIRED, 2, INT32_MAX, &target, err) < 0 ||
		    json_read_object(json, "process", JSON_REQUIRED, &process, err) < 0 ||
		    read_process(request, process, err) < 0)
			return -1;
		request->target = (pid_t)target;
	}
	return read_berth(request, berth, err);
}

void request_release(struct request *request)
{
	arena_release(&request->arena);
}

const struct namespace_spec *request_namespace(const struct request *request, uint64_t flag)
{
	for (size_t i = 0; i < request->namespace_count; i++)
		if (request->namespaces[i].flag == flag)
			return &request->namespaces[i];
	return NULL;
}
