// Tree to program. Code points become sequences of byte ranges, so that the automaton never decodes anything. The list of a
// pattern's parts leans to the left and may be thousands long: it is walked, not recursed into.
#include "worker/regex-tree.h"

#include <stdlib.h>
#include <string.h>

struct compiler {
	struct regex_program *program;
	struct error *err;
};

/** Adds an instruction; UINT32_MAX when the program is full. */
static uint32_t emit(struct compiler *compiler, struct regex_instruction instruction)
{
	if (compiler->program->count == REGEX_PROGRAM_MAX) {
		error_set(compiler->err, EINVAL, "expression", "the expression is too large");
		return UINT32_MAX;
	}
	compiler->program->list[compiler->program->count] = instruction;
	return compiler->program->count++;
}

static uint32_t emit_bytes(struct compiler *compiler, uint8_t low, uint8_t high, uint32_t next)
{
	return emit(compiler, (struct regex_instruction){ .op = OP_BYTES, .low = low, .high = high, .next = next });
}

/** Another way beside `ways` (UINT32_MAX: the first one). */
static uint32_t add_way(struct compiler *compiler, uint32_t ways, uint32_t way)
{
	if (way == UINT32_MAX || ways == UINT32_MAX)
		return way;
	return emit(compiler, (struct regex_instruction){ .op = OP_SPLIT, .next = ways, .other = way });
}

static int encode(uint32_t point, uint8_t out[4])
{
	if (point < 0x80) {
		out[0] = (uint8_t)point;
		return 1;
	}
	int size = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
	for (int i = size - 1; i > 0; i--) {
		out[i] = (uint8_t)(0x80 | (point & 0x3f));
		point >>= 6;
	}
	out[0] = (uint8_t)(point | (size == 2 ? 0xc0 : size == 3 ? 0xe0 : 0xf0));
	return size;
}

/** The ways of a range of code points, whose encodings are split until each byte varies independently of the others. */
static bool add_points(struct compiler *compiler, uint32_t low, uint32_t high, uint32_t next, uint32_t *ways)
{
	static const uint32_t last_of_size[] = { 0x7f, 0x7ff, 0xffff };
	for (int i = 0; i < 3; i++)
		if (low <= last_of_size[i] && high > last_of_size[i])
			return add_points(compiler, low, last_of_size[i], next, ways) &&
			       add_points(compiler, last_of_size[i] + 1, high, next, ways);
	for (int i = 1; i < 4; i++) {
		uint32_t mask = (1u << (6 * i)) - 1;
		if (low < 0x80 || (low & ~mask) == (high & ~mask))
			continue;
		if (low & mask)
			return add_points(compiler, low, low | mask, next, ways) && add_points(compiler, (low | mask) + 1, high, next, ways);
		if ((high & mask) != mask)
			return add_points(compiler, low, (high & ~mask) - 1, next, ways) && add_points(compiler, high & ~mask, high, next, ways);
	}
	uint8_t from[4], to[4];
	int size = encode(low, from);
	encode(high, to);
	uint32_t at = next;
	for (int i = size - 1; i >= 0; i--)
		if ((at = emit_bytes(compiler, from[i], to[i], at)) == UINT32_MAX)
			return false;
	return (*ways = add_way(compiler, *ways, at)) != UINT32_MAX;
}

static uint32_t compile_class(struct compiler *compiler, const struct regex_range *ranges, size_t count, uint32_t next)
{
	uint32_t ways = UINT32_MAX;
	for (size_t i = 0; i < count; i++)
		if (!add_points(compiler, ranges[i].low, ranges[i].high, next, &ways))
			return UINT32_MAX;
	// A class of nothing: no byte is above 255 and below 0.
	return count > 0 ? ways : emit_bytes(compiler, 1, 0, next);
}

static uint32_t compile_any(struct compiler *compiler, uint32_t next)
{
	static const struct regex_range points[] = { { 0, '\n' - 1 }, { '\n' + 1, 0x10ffff } };
	uint32_t ways = compile_class(compiler, points, 2, next);
	if (ways == UINT32_MAX)
		return UINT32_MAX;
	// Bytes that are no UTF-8 are characters of their own; those that begin a sequence never are.
	uint32_t way = emit_bytes(compiler, 0x80, 0xc1, next);
	ways = way == UINT32_MAX ? UINT32_MAX : add_way(compiler, ways, way);
	if (ways == UINT32_MAX)
		return UINT32_MAX;
	way = emit_bytes(compiler, 0xf5, 0xff, next);
	return way == UINT32_MAX ? UINT32_MAX : add_way(compiler, ways, way);
}

static uint32_t compile(struct compiler *compiler, const struct regex_node *node, uint32_t next);

static uint32_t compile_repeat(struct compiler *compiler, const struct regex_node *node, uint32_t next)
{
	uint32_t at = next;
	if (node->max < 0) {
		uint32_t loop = emit(compiler, (struct regex_instruction){ .op = OP_SPLIT, .next = next, .other = next });
		if (loop == UINT32_MAX)
			return UINT32_MAX;
		uint32_t body = compile(compiler, node->left, loop);
		if (body == UINT32_MAX)
			return UINT32_MAX;
		compiler->program->list[loop].next = body;
		at = loop;
	}
	for (int i = node->min; i < node->max; i++) {
		at = compile(compiler, node->left, at);
		if (at != UINT32_MAX)
			at = emit(compiler, (struct regex_instruction){ .op = OP_SPLIT, .next = at, .other = next });
		if (at == UINT32_MAX)
			return UINT32_MAX;
	}
	for (int i = 0; i < node->min; i++) {
		uint32_t entry = compile(compiler, node->left, at);
		// Nothing, as often as you like, is nothing: or `((){1000}){1000}` would keep us busy.
		if (entry == UINT32_MAX || entry == at)
			return entry;
		at = entry;
	}
	return at;
}

/** The entry of what matches `node` and goes on at `next`; UINT32_MAX when the program is full. */
static uint32_t compile(struct compiler *compiler, const struct regex_node *node, uint32_t next)
{
	for (;;) {
		switch (node->type) {
		case NODE_EMPTY:
			return next;
		case NODE_CLASS:
			return compile_class(compiler, node->ranges, node->range_count, next);
		case NODE_ANY:
			return compile_any(compiler, next);
		case NODE_ASSERT:
			return emit(compiler, (struct regex_instruction){ .op = OP_ASSERT, .low = (uint8_t)node->assertion, .next = next });
		case NODE_REPEAT:
			return compile_repeat(compiler, node, next);
		case NODE_JOIN:
			if ((next = compile(compiler, node->right, next)) == UINT32_MAX)
				return UINT32_MAX;
			node = node->left;
			break;
		case NODE_EITHER: {
			uint32_t ways = UINT32_MAX;
			const struct regex_node *each = node;
			for (; each->type == NODE_EITHER; each = each->left) {
				uint32_t way = compile(compiler, each->right, next);
				if (way == UINT32_MAX || (ways = add_way(compiler, ways, way)) == UINT32_MAX)
					return UINT32_MAX;
			}
			uint32_t way = compile(compiler, each, next);
			return way == UINT32_MAX ? UINT32_MAX : add_way(compiler, ways, way);
		}
		}
	}
}

int regex_program_make(const struct regex_node *tree, struct regex_program *program, struct error *err)
{
	struct compiler compiler = { program, err };
	program->list = calloc(REGEX_PROGRAM_MAX, sizeof *program->list);
	if (!program->list)
		return error_set(err, ENOMEM, "expression", "no memory");
	uint32_t match = emit(&compiler, (struct regex_instruction){ .op = OP_MATCH });
	program->start = compile(&compiler, tree, match);
	return program->start == UINT32_MAX ? -1 : 0;
}
