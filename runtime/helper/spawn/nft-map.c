// Elements of nftables maps by nfnetlink.
//
// Each field of a concatenated key or value is padded to four bytes.
#include "spawn/nft-map.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "common/cleanup.h"
#include "common/json.h"
#include "spawn/conntrack.h"
#include "spawn/nft-batch.h"

#define STEP "map"
#define MAX_ELEMENTS 16384

struct map {
	const char *table;
	const char *name;
	uint8_t family;
};

struct element {
	uint8_t key[24];
	size_t key_length;
	uint8_t value[20];
	size_t value_length;
};

/** Puts an address, IPv4 or IPv6, and returns its length; 0 when it is none. */
static size_t read_address(const char *text, uint8_t *out)
{
	if (text && inet_pton(AF_INET, text, out) == 1)
		return 4;
	return text && inet_pton(AF_INET6, text, out) == 1 ? 16 : 0;
}

/** Reads ["0.0.0.0"?, "tcp", 8080, "172.17.0.2", 80]. */
static int read_element(const json_t *array, struct element *out, struct error *err)
{
	size_t count = json_array_size(array);
	size_t at = 0;
	*out = (struct element){ 0 };
	if (count == 5) {
		out->key_length = read_address(json_string_value(json_array_get(array, at++)), out->key);
		if (!out->key_length)
			return error_set(err, EINVAL, STEP, "an element's host address is not an address");
	} else if (count != 4) {
		return error_set(err, EINVAL, STEP, "an element is not [hostIp?, proto, port, address, port]");
	}
	const char *protocol = json_string_value(json_array_get(array, at));
	json_int_t port = json_integer_value(json_array_get(array, at + 1));
	const char *address = json_string_value(json_array_get(array, at + 2));
	json_int_t target = json_integer_value(json_array_get(array, at + 3));
	uint8_t number = !protocol			 ? 0 :
			 strcmp(protocol, "tcp") == 0	 ? IPPROTO_TCP :
			 strcmp(protocol, "udp") == 0	 ? IPPROTO_UDP :
			 strcmp(protocol, "sctp") == 0 ? IPPROTO_SCTP :
							   0;
	if (!number)
		return error_set(err, EINVAL, STEP, "an element's protocol is not tcp, udp or sctp");
	if (port < 1 || port > 65535 || target < 1 || target > 65535)
		return error_set(err, EINVAL, STEP, "an element's port is not in 1..65535");
	out->value_length = read_address(address, out->value);
	if (!out->value_length || (out->key_length && out->key_length != out->value_length))
		return error_set(err, EINVAL, STEP, "an element's address is not an address of its map's family");
	uint16_t key_port = htons((uint16_t)port), value_port = htons((uint16_t)target);
	out->key[out->key_length] = number;
	memcpy(out->key + out->key_length + 4, &key_port, sizeof key_port);
	out->key_length += 8;
	memcpy(out->value + out->value_length, &value_port, sizeof value_port);
	out->value_length += 4;
	return 0;
}

static void put_data(struct netlink_message *message, uint16_t type, const void *value, size_t length)
{
	size_t data = netlink_begin_nested(message, (uint16_t)(type | NLA_F_NESTED));
	netlink_put(message, NFTA_DATA_VALUE, value, length);
	netlink_end_nested(message, data);
}

static void put_element(struct netlink_message *message, const struct map *map, const struct element *element, bool add)
{
	uint16_t type = add ? NFT_MSG_NEWSETELEM : NFT_MSG_DELSETELEM;
	nft_begin(message, type, add ? NLM_F_CREATE : 0, map->family);
	netlink_put_string(message, NFTA_SET_ELEM_LIST_TABLE, map->table);
	netlink_put_string(message, NFTA_SET_ELEM_LIST_SET, map->name);
	size_t list = netlink_begin_nested(message, NFTA_SET_ELEM_LIST_ELEMENTS | NLA_F_NESTED);
	size_t item = netlink_begin_nested(message, NFTA_LIST_ELEM | NLA_F_NESTED);
	put_data(message, NFTA_SET_ELEM_KEY, element->key, element->key_length);
	if (add)
		put_data(message, NFTA_SET_ELEM_DATA, element->value, element->value_length);
	netlink_end_nested(message, item);
	netlink_end_nested(message, list);
}

struct change {
	const struct map *map;
	const struct element *add;
	size_t add_count;
	const struct element *remove;
	size_t remove_count;
};

/** Removals go first, so that an element can be replaced. -1 with errno. */
static int send_batch(int socket, const struct change *change)
{
	struct nft_batch batch = { 0 };
	struct netlink_message message;
	for (size_t i = 0; i < change->remove_count; i++) {
		put_element(&message, change->map, &change->remove[i], false);
		nft_batch_append(&batch, &message);
	}
	for (size_t i = 0; i < change->add_count; i++) {
		put_element(&message, change->map, &change->add[i], true);
		nft_batch_append(&batch, &message);
	}
	return nft_batch_send(&batch, socket);
}

/** The table is of family inet or ip, as the engine made it: asks where this map is. */
static int find_family(int socket, struct map *map, struct error *err)
{
	static const uint8_t families[] = { NFPROTO_INET, NFPROTO_IPV4 };
	for (size_t i = 0; i < sizeof families; i++) {
		struct netlink_message message;
		char answer[4096];
		nft_begin(&message, NFT_MSG_GETSET, 0, families[i]);
		netlink_put_string(&message, NFTA_SET_TABLE, map->table);
		netlink_put_string(&message, NFTA_SET_NAME, map->name);
		if (netlink_query(socket, &message, answer, sizeof answer) >= 0) {
			map->family = families[i];
			return 0;
		}
		if (errno != ENOENT)
			return error_errno(err, STEP, "find the map %s of table %s", map->name, map->table);
	}
	return error_errno(err, STEP, "find the map %s of table %s", map->name, map->table);
}

/** Adds what these elements mean for flows of UDP; returns how many there are now. */
static size_t list_forwards(const struct element *elements, size_t count, bool gone, struct conntrack_forward *out,
			    size_t at)
{
	for (size_t i = 0; i < count; i++) {
		const struct element *element = &elements[i];
		const uint8_t *service = element->key + element->key_length - 8; // the protocol, then the port
		size_t address_length = element->value_length - 4;
		if (*service != IPPROTO_UDP)
			continue;
		struct conntrack_forward *forward = &out[at++];
		*forward = (struct conntrack_forward){ .address_length = address_length,
						       .host_address = element->key_length > 8 ? element->key : NULL,
						       .address = element->value,
						       .gone = gone };
		memcpy(&forward->host_port, service + 4, sizeof forward->host_port);
		memcpy(&forward->port, element->value + address_length, sizeof forward->port);
	}
	return at;
}

/** Lets flows of UDP follow a change that was made. All elements of a map are of one family. */
static void redirect_flows(const struct change *change)
{
	cleanup_free struct conntrack_forward *forwards =
		calloc(change->add_count + change->remove_count + 1, sizeof *forwards);
	if (!forwards)
		return;
	size_t count = list_forwards(change->remove, change->remove_count, true, forwards, 0);
	count = list_forwards(change->add, change->add_count, false, forwards, count);
	conntrack_forget_udp(forwards, count);
}

static int change_elements(int socket, struct change *all, struct error *err)
{
	const struct map *map = all->map;
	if (all->add_count + all->remove_count == 0 || send_batch(socket, all) == 0)
		return 0;
	if (errno != ENOENT)
		return error_errno(err, STEP, "change the map %s of table %s", map->name, map->table);

	// One of those to be removed is not there, which undid the whole batch: one by one.
	for (size_t i = 0; i < all->remove_count; i++) {
		struct change one = { .map = map, .remove = &all->remove[i], .remove_count = 1 };
		if (send_batch(socket, &one) < 0 && errno != ENOENT)
			return error_errno(err, STEP, "remove from the map %s of table %s", map->name, map->table);
	}
	struct change rest = { .map = map, .add = all->add, .add_count = all->add_count };
	if (rest.add_count && send_batch(socket, &rest) < 0)
		return error_errno(err, STEP, "add to the map %s of table %s", map->name, map->table);
	return 0;
}

static int read_elements(const json_t *request, const char *key, struct element **elements, size_t *count,
			 struct error *err)
{
	const json_t *array;
	if (json_read_array(request, key, JSON_OPTIONAL, &array, err) < 0)
		return -1;
	*count = array ? json_array_size(array) : 0;
	if (*count > MAX_ELEMENTS)
		return error_set(err, EINVAL, STEP, "more than %d elements", MAX_ELEMENTS);
	*elements = calloc(*count + 1, sizeof **elements);
	if (!*elements)
		return error_set(err, ENOMEM, STEP, "no memory for %zu elements", *count);
	for (size_t i = 0; i < *count; i++)
		if (read_element(json_array_get(array, i), &(*elements)[i], err) < 0)
			return -1;
	return 0;
}

int nft_map_change(const json_t *request, uint32_t *port, struct error *err)
{
	struct map map = { 0 };
	cleanup_free struct element *add = NULL;
	cleanup_free struct element *remove = NULL;
	struct change all = { .map = &map };
	if (json_read_string(request, "table", JSON_REQUIRED, &map.table, err) < 0 ||
	    json_read_string(request, "map", JSON_REQUIRED, &map.name, err) < 0 ||
	    read_elements(request, "add", &add, &all.add_count, err) < 0 ||
	    read_elements(request, "remove", &remove, &all.remove_count, err) < 0)
		return -1;
	all.add = add;
	all.remove = remove;
	cleanup_close int socket = netlink_open(NETLINK_NETFILTER, err);
	if (socket < 0 || find_family(socket, &map, err) < 0)
		return -1;
	struct sockaddr_nl own = { 0 };
	socklen_t own_length = sizeof own;
	if (getsockname(socket, (struct sockaddr *)&own, &own_length) < 0)
		return error_errno(err, STEP, "getsockname");
	*port = own.nl_pid;
	const int buffer_bytes = 16 << 20; // for a large batch and its acknowledgements
	if (setsockopt(socket, SOL_SOCKET, SO_SNDBUFFORCE, &buffer_bytes, sizeof buffer_bytes) < 0 ||
	    setsockopt(socket, SOL_SOCKET, SO_RCVBUFFORCE, &buffer_bytes, sizeof buffer_bytes) < 0)
		return error_errno(err, STEP, "enlarge the buffers of a netlink socket");
	if (change_elements(socket, &all, err) < 0)
		return -1;
	redirect_flows(&all);
	return 0;
}
