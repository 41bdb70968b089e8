// Both counters only grow; their difference is what waits. Either side writes its own counter alone, after the bytes.
#include "log-ring.h"
#include "memory.h"
#include "system.h"

static struct ring {
	_Alignas(64) uint64_t put;
	_Alignas(64) uint64_t taken;
	_Alignas(64) uint8_t bytes[];
} *ring;
static uint64_t capacity, size;

int ring_open(uint64_t most, struct fault *fault)
{
	capacity = most;
	// One message is taken however little may wait.
	size = capacity + MESSAGE_MAX_BYTES + sizeof(struct message);
	ring = sys_map_shared(sizeof *ring + size);
	return ring ? 0 : fault_set(fault, ENOMEM, "share the memory of the log");
}

static void copy_in(uint64_t at, const void *from, size_t count)
{
	size_t offset = at % size, first = count < size - offset ? count : size - offset;
	memcpy(ring->bytes + offset, from, first);
	memcpy(ring->bytes, (const uint8_t *)from + first, count - first);
}

static void copy_out(uint64_t at, void *to, size_t count)
{
	size_t offset = at % size, first = count < size - offset ? count : size - offset;
	memcpy(to, ring->bytes + offset, first);
	memcpy((uint8_t *)to + first, ring->bytes, count - first);
}

void ring_put(const struct message *message, const uint8_t *text)
{
	uint64_t put = ring->put, used = put - __atomic_load_n(&ring->taken, __ATOMIC_ACQUIRE);
	size_t count = sizeof *message + message->size;
	if (used > 0 && used + count > capacity)
		return;
	copy_in(put, message, sizeof *message);
	copy_in(put + sizeof *message, text, message->size);
	__atomic_store_n(&ring->put, put + count, __ATOMIC_RELEASE);
}

bool ring_take(struct message *message, uint8_t text[MESSAGE_MAX_BYTES])
{
	uint64_t taken = ring->taken;
	if (taken == __atomic_load_n(&ring->put, __ATOMIC_ACQUIRE))
		return false;
	copy_out(taken, message, sizeof *message);
	copy_out(taken + sizeof *message, text, message->size);
	__atomic_store_n(&ring->taken, taken + sizeof *message + message->size, __ATOMIC_RELEASE);
	return true;
}
