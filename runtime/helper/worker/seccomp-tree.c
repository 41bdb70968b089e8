// A filter of libseccomp's compares call by call. Most neighbours among the calls share a verdict, so that a search among the borders
// between verdicts needs a third of the instructions: the kernel checks, compiles and tries all of them at every start of a container.
#include "worker/seccomp-tree.h"

#include <linux/seccomp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/types.h>

#include "common/cleanup.h"

/** As many runs of calls are searched by one block: its jumps, of 255 instructions at most, reach its verdicts. */
#define BLOCK_RUNS 64

#define LOAD (BPF_LD | BPF_W | BPF_ABS)
#define ARCHITECTURE_AT offsetof(struct seccomp_data, arch)
#define CALL_AT offsetof(struct seccomp_data, nr)

struct program {
	const struct sock_filter *from;
	size_t count;
	const uint32_t *architectures;
	size_t architecture_count;
	/** Ascending; between two of them no instruction tells calls apart. */
	uint32_t *borders;
	size_t border_count;
	struct sock_filter *to;
	size_t length, room;
	bool failed;
};

/** Calls from `first` to the next run's, that all end at the same instruction: one that returns, or loads an argument. */
struct run {
	uint32_t first;
	size_t outcome;
};

static size_t emit(struct program *program, struct sock_filter instruction)
{
	if (program->length == program->room) {
		program->failed = true;
		return 0;
	}
	program->to[program->length] = instruction;
	return program->length++;
}

/** A jump's distance from the instruction at `at` to the next one that is written. */
static uint8_t distance(struct program *program, size_t at)
{
	size_t between = program->length - at - 1;
	if (between > UINT8_MAX)
		program->failed = true;
	return (uint8_t)between;
}

static bool tells_architecture(const struct program *program, const struct sock_filter *jump)
{
	if (jump->code != (BPF_JMP | BPF_JEQ | BPF_K))
		return false;
	for (size_t i = 0; i < program->architecture_count; i++) {
		if (program->architectures[i] == jump->k)
			return true;
	}
	return false;
}

/** Where a call ends up before anybody looks at its arguments; -1 when that cannot be followed. */
static ssize_t outcome_of(const struct program *program, uint32_t architecture, uint32_t call)
{
	bool is_architecture = false;
	uint32_t value = 0;
	for (size_t at = 0; at < program->count; at++) {
		const struct sock_filter *i = &program->from[at];
		if (i->code == (BPF_RET | BPF_K))
			return (ssize_t)at;
		if (i->code == LOAD) {
			if (i->k != ARCHITECTURE_AT && i->k != CALL_AT)
				return (ssize_t)at;
			is_architecture = i->k == ARCHITECTURE_AT;
			value = is_architecture ? architecture : call;
			continue;
		}
		if (i->code == (BPF_JMP | BPF_JA)) {
			at += i->k;
			continue;
		}
		if (is_architecture && !tells_architecture(program, i))
			return -1;
		bool holds;
		switch (i->code) {
		case BPF_JMP | BPF_JEQ | BPF_K:
			holds = value == i->k;
			break;
		case BPF_JMP | BPF_JGE | BPF_K:
			holds = value >= i->k;
			break;
		case BPF_JMP | BPF_JGT | BPF_K:
			holds = value > i->k;
			break;
		default:
			return -1;
		}
		at += holds ? i->jt : i->jf;
	}
	return -1;
}

/** x32, which is an architecture of its own to libseccomp, is to the kernel a range of x86_64's calls. */
static bool is_compared(const struct program *program, uint32_t number)
{
	for (size_t i = 0; i < program->count; i++) {
		if (program->from[i].code == (BPF_JMP | BPF_JEQ | BPF_K) && program->from[i].k == number)
			return true;
	}
	return false;
}

static int by_value(const void *a, const void *b)
{
	uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
	return left < right ? -1 : left > right;
}

/** Every number that an instruction compares with may be where another verdict begins, and so may the one after it. */
static bool find_borders(struct program *program)
{
	program->borders = calloc(2 * program->count + 1, sizeof *program->borders);
	if (!program->borders)
		return false;
	size_t count = 1;
	for (size_t i = 0; i < program->count; i++) {
		const struct sock_filter *at = &program->from[i];
		if (BPF_CLASS(at->code) != BPF_JMP || at->code == (BPF_JMP | BPF_JA))
			continue;
		program->borders[count++] = at->k;
		if (at->k < UINT32_MAX)
			program->borders[count++] = at->k + 1;
	}
	qsort(program->borders, count, sizeof *program->borders, by_value);
	for (size_t i = 0; i < count; i++) {
		if (program->border_count == 0 || program->borders[program->border_count - 1] != program->borders[i])
			program->borders[program->border_count++] = program->borders[i];
	}
	return true;
}

static bool same_outcome(const struct program *program, size_t a, size_t b)
{
	const struct sock_filter *left = &program->from[a], *right = &program->from[b];
	return a == b || (left->code == (BPF_RET | BPF_K) && right->code == left->code && right->k == left->k);
}

/** The runs of an architecture into `runs`, which has room for one at each border. Returns how many; 0 when one cannot be followed. */
static size_t find_runs(const struct program *program, uint32_t architecture, struct run *runs)
{
	size_t count = 0;
	for (size_t i = 0; i < program->border_count; i++) {
		ssize_t outcome = outcome_of(program, architecture, program->borders[i]);
		if (outcome < 0)
			return 0;
		if (count == 0 || !same_outcome(program, runs[count - 1].outcome, (size_t)outcome))
			runs[count++] = (struct run){ program->borders[i], (size_t)outcome };
	}
	return count;
}

/** Marks what may run from `outcome` on. False when that looks at the call again. */
static bool mark_reached(const struct program *program, size_t outcome, bool *reached)
{
	reached[outcome] = true;
	for (size_t at = outcome; at < program->count; at++) {
		const struct sock_filter *i = &program->from[at];
		if (!reached[at])
			continue;
		if (i->code == LOAD && (i->k == ARCHITECTURE_AT || i->k == CALL_AT))
			return false;
		if (BPF_CLASS(i->code) == BPF_RET)
			continue;
		size_t next[2] = { at + 1, at + 1 };
		if (i->code == (BPF_JMP | BPF_JA)) {
			next[0] = next[1] += i->k;
		} else if (BPF_CLASS(i->code) == BPF_JMP) {
			next[0] += i->jt;
			next[1] += i->jf;
		}
		for (size_t n = 0; n < 2; n++) {
			if (next[n] >= program->count)
				return false;
			reached[next[n]] = true;
		}
	}
	return true;
}

/** Copies what runs from `outcome` on. The instructions stay in their order, and all jumps lead forwards. */
static void emit_outcome(struct program *program, size_t outcome)
{
	cleanup_free bool *reached = calloc(program->count, sizeof *reached);
	cleanup_free size_t *places = calloc(program->count, sizeof *places);
	if (!reached || !places || !mark_reached(program, outcome, reached)) {
		program->failed = true;
		return;
	}
	size_t place = program->length;
	for (size_t at = outcome; at < program->count; at++) {
		if (reached[at])
			places[at] = place++;
	}
	for (size_t at = outcome; at < program->count && !program->failed; at++) {
		struct sock_filter i = program->from[at];
		if (!reached[at])
			continue;
		if (i.code == (BPF_JMP | BPF_JA)) {
			i.k = (uint32_t)(places[at + 1 + i.k] - places[at] - 1);
		} else if (BPF_CLASS(i.code) == BPF_JMP) {
			// Nothing is put between them, so that no distance grows.
			i.jt = (uint8_t)(places[at + 1 + i.jt] - places[at] - 1);
			i.jf = (uint8_t)(places[at + 1 + i.jf] - places[at] - 1);
		}
		emit(program, i);
	}
}

/** A comparison's way that leads to an outcome, which is written after all comparisons. */
struct leaf {
	size_t at;
	size_t outcome;
	bool holds;
};

static void emit_search(struct program *program, const struct run *runs, size_t count, struct leaf *leaves, size_t *leaf_count)
{
	size_t left = count / 2, right = count - left;
	size_t at = emit(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, runs[left].first, 0, 0));
	if (left == 1)
		leaves[(*leaf_count)++] = (struct leaf){ at, runs[0].outcome, false };
	else
		emit_search(program, runs, left, leaves, leaf_count);
	program->to[at].jt = distance(program, at);
	if (right == 1)
		leaves[(*leaf_count)++] = (struct leaf){ at, runs[left].outcome, true };
	else
		emit_search(program, runs + left, right, leaves, leaf_count);
}

static void emit_block(struct program *program, const struct run *runs, size_t count)
{
	struct leaf leaves[BLOCK_RUNS];
	size_t leaf_count = 0;
	if (count == 1)
		return emit_outcome(program, runs[0].outcome);
	emit_search(program, runs, count, leaves, &leaf_count);
	for (size_t first = 0; first < leaf_count && !program->failed; first++) {
		bool written = false;
		for (size_t i = 0; i < first; i++)
			written |= same_outcome(program, leaves[i].outcome, leaves[first].outcome);
		if (written)
			continue;
		for (size_t i = first; i < leaf_count; i++) {
			if (!same_outcome(program, leaves[i].outcome, leaves[first].outcome))
				continue;
			struct sock_filter *jump = &program->to[leaves[i].at];
			*(leaves[i].holds ? &jump->jt : &jump->jf) = distance(program, leaves[i].at);
		}
		emit_outcome(program, leaves[first].outcome);
	}
}

/** Halves the runs until a block takes them. */
static void emit_runs(struct program *program, const struct run *runs, size_t count)
{
	if (program->failed)
		return;
	if (count <= BLOCK_RUNS)
		return emit_block(program, runs, count);
	size_t left = count / 2;
	emit(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, runs[left].first, 0, 1));
	size_t jump = emit(program, (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, 0));
	emit_runs(program, runs, left);
	program->to[jump].k = (uint32_t)(program->length - jump - 1);
	emit_runs(program, runs + left, count - left);
}

static void emit_architecture(struct program *program, uint32_t architecture, struct run *runs)
{
	size_t count = find_runs(program, architecture, runs);
	if (count == 0) {
		program->failed = true;
		return;
	}
	emit(program, (struct sock_filter)BPF_STMT(LOAD, CALL_AT));
	emit_runs(program, runs, count);
}

size_t seccomp_tree(const struct sock_filter *from, size_t count, const uint32_t *architectures, size_t architecture_count,
		    struct sock_filter *to, size_t room)
{
	struct program program = { .from = from, .count = count, .architectures = architectures,
				   .architecture_count = architecture_count, .to = to, .room = room };
	if (count == 0 || room == 0 || !find_borders(&program))
		return 0;
	cleanup_free uint32_t *borders = program.borders;
	cleanup_free struct run *runs = calloc(program.border_count, sizeof *runs);
	if (!runs)
		return 0;
	for (size_t i = 0; i < architecture_count; i++) {
		if (!is_compared(&program, architectures[i]))
			continue;
		emit(&program, (struct sock_filter)BPF_STMT(LOAD, ARCHITECTURE_AT));
		emit(&program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, architectures[i], 1, 0));
		size_t jump = emit(&program, (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, 0));
		emit_architecture(&program, architectures[i], runs);
		to[jump].k = (uint32_t)(program.length - jump - 1);
	}
	uint32_t other = 0;
	while (is_compared(&program, other))
		other++;
	emit_architecture(&program, other, runs);
	return program.failed ? 0 : program.length;
}
