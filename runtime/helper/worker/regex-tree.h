// What a pattern says, as a tree; and the program that it becomes.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/error.h"

#define REGEX_PROGRAM_MAX 20000
#define REGEX_RANGES_MAX 512

struct regex_range {
	uint32_t low;
	uint32_t high;
};

enum regex_node_type { NODE_EMPTY, NODE_CLASS, NODE_ANY, NODE_JOIN, NODE_EITHER, NODE_REPEAT, NODE_ASSERT };
enum regex_assertion { ASSERT_BEGIN, ASSERT_END, ASSERT_WORD_EDGE, ASSERT_NO_WORD_EDGE };

struct regex_node {
	enum regex_node_type type;
	/** JOIN and EITHER have both, REPEAT the first. */
	struct regex_node *left;
	struct regex_node *right;
	/** REPEAT; max -1 is without end. */
	int min;
	int max;
	enum regex_assertion assertion;
	/** CLASS: code points, sorted, apart from each other. */
	struct regex_range *ranges;
	size_t range_count;
};

enum regex_op { OP_BYTES, OP_SPLIT, OP_ASSERT, OP_MATCH };

struct regex_instruction {
	uint8_t op;
	/** OP_BYTES: a byte from low to high. OP_ASSERT: which, in low. */
	uint8_t low;
	uint8_t high;
	uint32_t next;
	/** OP_SPLIT: the other way. */
	uint32_t other;
};

struct regex_program {
	struct regex_instruction *list;
	uint32_t count;
	uint32_t start;
};

int regex_parse(const char *pattern, size_t size, bool ignore_case, struct regex_node **tree, struct error *err);
int regex_program_make(const struct regex_node *tree, struct regex_program *program, struct error *err);
