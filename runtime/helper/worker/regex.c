// The automaton. A state is a set of instructions and what the byte before was; it knows what follows each byte once it was asked.
// Assertions are decided when the next byte is known, so the sets are closed over splits only then. The end of the text is byte 256.
// When the table of states is full it is thrown away: time stays linear in the text, times the size of the program at worst.
#include "worker/regex.h"

#include <stdlib.h>
#include <string.h>

#include "worker/regex-tree.h"

#define STATES_MAX 2000
#define SYMBOLS 257
#define END 256
#define UNKNOWN 0u
#define DEAD 1u
#define MATCHED 2u
#define FIRST_STATE 3u
#define HASH_SIZE 8192

struct state {
	uint32_t *set;
	uint32_t count;
	bool at_begin;
	bool after_word;
};

struct regex {
	struct regex_program program;
	struct state *states;
	/** What follows, SYMBOLS for each state. */
	uint32_t *follow;
	uint32_t count;
	uint32_t start;
	uint32_t hash[HASH_SIZE];
	/** Instructions that were reached in this step: a sparse set, and what is still to be looked at. */
	uint32_t *mark;
	uint32_t marking;
	uint32_t *stack;
	uint32_t *list;
	uint32_t list_count;
};

static bool is_word(int byte)
{
	return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_';
}

static void forget_states(struct regex *regex)
{
	for (uint32_t i = FIRST_STATE; i < regex->count; i++)
		free(regex->states[i].set);
	regex->count = FIRST_STATE;
	regex->start = UNKNOWN;
	memset(regex->hash, 0, sizeof regex->hash);
}

/** The state of the list; UNKNOWN when there is no room for it. */
static uint32_t intern(struct regex *regex, bool at_begin, bool after_word)
{
	uint32_t hash = 2166136261u ^ (uint32_t)at_begin ^ (uint32_t)after_word << 1;
	for (uint32_t i = 0; i < regex->list_count; i++)
		hash = (hash ^ regex->list[i]) * 16777619u;
	uint32_t slot = (hash ^ hash >> 16) % HASH_SIZE;
	for (; regex->hash[slot]; slot = (slot + 1) % HASH_SIZE) {
		const struct state *state = &regex->states[regex->hash[slot]];
		if (state->count == regex->list_count && state->at_begin == at_begin && state->after_word == after_word &&
		    memcmp(state->set, regex->list, regex->list_count * sizeof *regex->list) == 0)
			return regex->hash[slot];
	}
	if (regex->count == STATES_MAX)
		return UNKNOWN;
	uint32_t *set = malloc((regex->list_count + 1) * sizeof *set);
	if (!set)
		return UNKNOWN;
	memcpy(set, regex->list, regex->list_count * sizeof *set);
	uint32_t number = regex->count++;
	regex->states[number] = (struct state){ set, regex->list_count, at_begin, after_word };
	memset(regex->follow + (size_t)number * SYMBOLS, 0, SYMBOLS * sizeof *regex->follow);
	regex->hash[slot] = number;
	return number;
}

static bool holds(enum regex_assertion assertion, bool at_begin, bool after_word, int symbol)
{
	bool edge = after_word != (symbol != END && is_word(symbol));
	switch (assertion) {
	case ASSERT_BEGIN:
		return at_begin;
	case ASSERT_END:
		return symbol == END;
	case ASSERT_WORD_EDGE:
		return edge;
	default:
		return !edge;
	}
}

static void begin_set(struct regex *regex)
{
	regex->list_count = 0;
	regex->marking++;
}

static void add(struct regex *regex, uint32_t instruction)
{
	if (regex->mark[instruction] == regex->marking)
		return;
	regex->mark[instruction] = regex->marking;
	regex->list[regex->list_count++] = instruction;
}

/** What follows `number` on `symbol`; MATCHED as soon as anything matched. */
static uint32_t step(struct regex *regex, uint32_t number, int symbol)
{
	struct state state = regex->states[number];
	const struct regex_instruction *program = regex->program.list;
	uint32_t waiting = 0, reached = 0;
	// Close the set over splits and the assertions that hold here. The start is in every set: a match may begin anywhere.
	regex->marking++;
	uint32_t *bytes = regex->list;
	for (uint32_t i = 0; i < state.count; i++) {
		regex->mark[state.set[i]] = regex->marking;
		regex->stack[waiting++] = state.set[i];
	}
	while (waiting > 0) {
		const struct regex_instruction *at = &program[regex->stack[--waiting]];
		uint32_t next[2] = { UINT32_MAX, UINT32_MAX };
		switch (at->op) {
		case OP_MATCH:
			return MATCHED;
		case OP_BYTES:
			if (symbol >= at->low && symbol <= at->high && symbol != END)
				bytes[reached++] = at->next;
			break;
		case OP_SPLIT:
			next[0] = at->next;
			next[1] = at->other;
			break;
		case OP_ASSERT:
			if (holds((enum regex_assertion)at->low, state.at_begin, state.after_word, symbol))
				next[0] = at->next;
			break;
		}
		for (int i = 0; i < 2; i++) {
			if (next[i] == UINT32_MAX || regex->mark[next[i]] == regex->marking)
				continue;
			regex->mark[next[i]] = regex->marking;
			regex->stack[waiting++] = next[i];
		}
	}
	if (symbol == END)
		return DEAD;
	begin_set(regex);
	// `add` writes behind what it has read: the list never holds more than it had.
	for (uint32_t i = 0; i < reached; i++)
		add(regex, bytes[i]);
	if (regex->mark[regex->program.start] != regex->marking)
		add(regex, regex->program.start);
	return intern(regex, false, is_word(symbol));
}

static uint32_t start_state(struct regex *regex)
{
	if (regex->start == UNKNOWN) {
		begin_set(regex);
		add(regex, regex->program.start);
		regex->start = intern(regex, true, false);
	}
	return regex->start;
}

/** As step(), remembered. When there is no room for a new state all are forgotten, which changes `*number`, too. */
static uint32_t follow(struct regex *regex, uint32_t *number, int symbol)
{
	uint32_t next = step(regex, *number, symbol);
	if (next != UNKNOWN) {
		regex->follow[(size_t)*number * SYMBOLS + (size_t)symbol] = next;
		return next;
	}
	// The list is still what step() left of it.
	forget_states(regex);
	next = intern(regex, false, is_word(symbol));
	*number = next;
	return next;
}

bool regex_matches(struct regex *regex, const uint8_t *text, size_t size)
{
	uint32_t state = start_state(regex);
	for (size_t i = 0; i <= size; i++) {
		int symbol = i < size ? text[i] : END;
		uint32_t next = regex->follow[(size_t)state * SYMBOLS + (size_t)symbol];
		if (next == UNKNOWN)
			next = follow(regex, &state, symbol);
		if (next <= MATCHED)
			return next == MATCHED;
		state = next;
	}
	return false;
}

struct regex *regex_compile(const char *pattern, size_t size, bool ignore_case, struct error *err)
{
	struct regex_node *tree;
	struct regex *regex = calloc(1, sizeof *regex);
	if (!regex) {
		error_set(err, ENOMEM, "expression", "no memory");
		return NULL;
	}
	if (regex_parse(pattern, size, ignore_case, &tree, err) < 0 || regex_program_make(tree, &regex->program, err) < 0)
		return NULL;
	size_t count = regex->program.count;
	regex->states = calloc(STATES_MAX, sizeof *regex->states);
	regex->follow = malloc((size_t)STATES_MAX * SYMBOLS * sizeof *regex->follow);
	regex->mark = calloc(count, sizeof *regex->mark);
	regex->stack = malloc((count + 1) * sizeof *regex->stack);
	regex->list = malloc((count + 1) * sizeof *regex->list);
	if (!regex->states || !regex->follow || !regex->mark || !regex->stack || !regex->list) {
		error_set(err, ENOMEM, "expression", "no memory");
		return NULL;
	}
	forget_states(regex);
	regex->count = FIRST_STATE;
	return regex;
}
