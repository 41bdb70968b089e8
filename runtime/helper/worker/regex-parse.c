// Pattern to tree, by recursive descent. Depth, repetitions and classes are bounded; nothing is freed, since a search is a process.
#include "worker/regex-tree.h"

#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 200
#define REPEAT_MAX 1000
#define POINT_MAX 0x10ffffu

struct parser {
	const uint8_t *at;
	const uint8_t *end;
	bool ignore_case;
	int depth;
	struct error *err;
};

static struct regex_node *parse_either(struct parser *parser);

static void *fail(struct parser *parser, const char *why)
{
	error_set(parser->err, EINVAL, "expression", "the expression cannot be understood: %s", why);
	return NULL;
}

static struct regex_node *make(struct parser *parser, enum regex_node_type type)
{
	struct regex_node *node = calloc(1, sizeof *node);
	if (!node)
		return fail(parser, "no memory");
	node->type = type;
	return node;
}

static int compare_ranges(const void *a, const void *b)
{
	const struct regex_range *x = a, *y = b;
	return x->low < y->low ? -1 : x->low > y->low;
}

struct set {
	struct regex_range ranges[REGEX_RANGES_MAX];
	size_t count;
	bool full;
};

static void set_add(struct set *set, uint32_t low, uint32_t high)
{
	if (set->count == REGEX_RANGES_MAX) {
		set->full = true;
		return;
	}
	set->ranges[set->count++] = (struct regex_range){ low, high };
}

/** Sorts, and joins what overlaps or touches. */
static void set_tidy(struct set *set)
{
	qsort(set->ranges, set->count, sizeof *set->ranges, compare_ranges);
	size_t count = 0;
	for (size_t i = 0; i < set->count; i++) {
		struct regex_range range = set->ranges[i];
		if (count > 0 && range.low <= set->ranges[count - 1].high + 1) {
			if (range.high > set->ranges[count - 1].high)
				set->ranges[count - 1].high = range.high;
		} else {
			set->ranges[count++] = range;
		}
	}
	set->count = count;
}

static void set_negate(struct set *set)
{
	struct set other = { .count = 0 };
	uint32_t from = 0;
	set_tidy(set);
	for (size_t i = 0; i < set->count; i++) {
		if (set->ranges[i].low > from)
			set_add(&other, from, set->ranges[i].low - 1);
		from = set->ranges[i].high + 1;
	}
	if (from <= POINT_MAX)
		set_add(&other, from, POINT_MAX);
	other.full |= set->full;
	*set = other;
}

/** Adds the other case of the ASCII letters in it. */
static void set_fold(struct set *set)
{
	size_t count = set->count;
	for (size_t i = 0; i < count; i++) {
		for (uint32_t letter = 'a'; letter <= 'z'; letter++) {
			if (set->ranges[i].low <= letter && letter <= set->ranges[i].high)
				set_add(set, letter - 32, letter - 32);
			if (set->ranges[i].low <= letter - 32 && letter - 32 <= set->ranges[i].high)
				set_add(set, letter, letter);
		}
	}
}

/** `\d`, `\w`, `\s` and their opposites; false for any other letter. */
static bool set_add_shorthand(struct set *set, uint8_t letter)
{
	struct set own = { .count = 0 };
	switch (letter | 0x20) {
	case 'd':
		set_add(&own, '0', '9');
		break;
	case 'w':
		set_add(&own, '0', '9');
		set_add(&own, 'A', 'Z');
		set_add(&own, '_', '_');
		set_add(&own, 'a', 'z');
		break;
	case 's':
		set_add(&own, '\t', '\r');
		set_add(&own, ' ', ' ');
		break;
	default:
		return false;
	}
	if (!(letter & 0x20))
		set_negate(&own);
	for (size_t i = 0; i < own.count; i++)
		set_add(set, own.ranges[i].low, own.ranges[i].high);
	return true;
}

static struct regex_node *class_node(struct parser *parser, struct set *set)
{
	if (set->full)
		return fail(parser, "a class has too many members");
	set_tidy(set);
	struct regex_node *node = make(parser, NODE_CLASS);
	if (!node)
		return NULL;
	node->ranges = malloc((set->count + 1) * sizeof *node->ranges);
	if (!node->ranges)
		return fail(parser, "no memory");
	memcpy(node->ranges, set->ranges, set->count * sizeof *node->ranges);
	node->range_count = set->count;
	return node;
}

/** One character of UTF-8; a byte that begins none stands for itself. */
static uint32_t take_point(struct parser *parser)
{
	uint8_t first = *parser->at++;
	int more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : first >= 0xc2 ? 1 : 0;
	if (first < 0x80 || more == 0 || parser->end - parser->at < more)
		return first;
	uint32_t point = first & (0x3fu >> more);
	for (int i = 0; i < more; i++)
		point = point << 6 | (*parser->at++ & 0x3fu);
	return point > POINT_MAX ? 0xfffd : point;
}

static bool take_hex(struct parser *parser, int digits, uint32_t *point)
{
	*point = 0;
	if (parser->end - parser->at < digits)
		return false;
	for (int i = 0; i < digits; i++) {
		uint8_t digit = *parser->at++;
		uint32_t value = digit >= '0' && digit <= '9' ? digit - (uint32_t)'0' : (digit | 0x20u) - 'a' + 10;
		if (value > 15)
			return false;
		*point = *point << 4 | value;
	}
	return true;
}

/** What stands behind a backslash, as one character. */
static bool take_escape(struct parser *parser, uint32_t *point)
{
	uint32_t letter = take_point(parser);
	switch (letter) {
	case 't':
		*point = '\t';
		return true;
	case 'n':
		*point = '\n';
		return true;
	case 'r':
		*point = '\r';
		return true;
	case 'x':
		return take_hex(parser, 2, point);
	case 'u':
		return take_hex(parser, 4, point);
	default:
		*point = letter;
		// Letters and digits mean something elsewhere, such as back references: better refused than misunderstood.
		return !(letter < 0x80 && ((letter >= '0' && letter <= '9') || ((letter | 0x20) >= 'a' && (letter | 0x20) <= 'z')));
	}
}

static struct regex_node *parse_class(struct parser *parser)
{
	struct set set = { .count = 0 };
	bool negated = parser->at < parser->end && *parser->at == '^';
	parser->at += negated;
	for (bool first = true;; first = false) {
		if (parser->at == parser->end)
			return fail(parser, "a class has no end");
		if (*parser->at == ']' && !first)
			break;
		uint32_t low, high;
		if (*parser->at == '\\') {
			parser->at++;
			if (parser->at == parser->end)
				return fail(parser, "it ends with a backslash");
			if (set_add_shorthand(&set, *parser->at)) {
				parser->at++;
				continue;
			}
			if (!take_escape(parser, &low))
				return fail(parser, "an escape is not known");
		} else {
			low = take_point(parser);
		}
		high = low;
		if (parser->end - parser->at >= 2 && parser->at[0] == '-' && parser->at[1] != ']') {
			parser->at++;
			if (*parser->at == '\\') {
				parser->at++;
				if (parser->at == parser->end || !take_escape(parser, &high))
					return fail(parser, "an escape is not known");
			} else {
				high = take_point(parser);
			}
			if (high < low)
				return fail(parser, "a range is the wrong way round");
		}
		set_add(&set, low, high);
	}
	parser->at++;
	if (parser->ignore_case)
		set_fold(&set);
	if (negated)
		set_negate(&set);
	return class_node(parser, &set);
}

static struct regex_node *assertion(struct parser *parser, enum regex_assertion which)
{
	struct regex_node *node = make(parser, NODE_ASSERT);
	if (node)
		node->assertion = which;
	return node;
}

static struct regex_node *literal(struct parser *parser, uint32_t point)
{
	struct set set = { .count = 0 };
	set_add(&set, point, point);
	if (parser->ignore_case)
		set_fold(&set);
	return class_node(parser, &set);
}

static struct regex_node *parse_group(struct parser *parser)
{
	if (parser->end - parser->at >= 2 && parser->at[0] == '?') {
		if (parser->at[1] != ':')
			return fail(parser, "only groups (...) and (?:...) are known");
		parser->at += 2;
	}
	if (++parser->depth > DEPTH_MAX)
		return fail(parser, "it is nested too deeply");
	struct regex_node *node = parse_either(parser);
	parser->depth--;
	if (!node)
		return NULL;
	if (parser->at == parser->end)
		return fail(parser, "a group has no end");
	parser->at++;
	return node;
}

static struct regex_node *parse_atom(struct parser *parser)
{
	switch (*parser->at) {
	case '(':
		parser->at++;
		return parse_group(parser);
	case '[':
		parser->at++;
		return parse_class(parser);
	case '.':
		parser->at++;
		return make(parser, NODE_ANY);
	case '^':
		parser->at++;
		return assertion(parser, ASSERT_BEGIN);
	case '$':
		parser->at++;
		return assertion(parser, ASSERT_END);
	case '*':
	case '+':
	case '?':
		return fail(parser, "there is nothing to repeat");
	case '\\': {
		parser->at++;
		if (parser->at == parser->end)
			return fail(parser, "it ends with a backslash");
		uint8_t letter = *parser->at;
		if (letter == 'b' || letter == 'B') {
			parser->at++;
			return assertion(parser, letter == 'b' ? ASSERT_WORD_EDGE : ASSERT_NO_WORD_EDGE);
		}
		struct set set = { .count = 0 };
		if (set_add_shorthand(&set, letter)) {
			parser->at++;
			return class_node(parser, &set);
		}
		uint32_t point;
		return take_escape(parser, &point) ? literal(parser, point) : fail(parser, "an escape is not known");
	}
	default:
		return literal(parser, take_point(parser));
	}
}

/** `{m}`, `{m,}` or `{m,n}`; anything else is text. */
static bool take_bounds(struct parser *parser, int *min, int *max)
{
	const uint8_t *at = parser->at + 1;
	int numbers[2] = { 0, -1 };
	bool comma = false, digits = false;
	for (; at < parser->end && *at != '}'; at++) {
		if (*at == ',' && !comma && digits) {
			comma = true;
			digits = false;
		} else if (*at >= '0' && *at <= '9') {
			int *number = &numbers[comma];
			*number = (*number < 0 ? 0 : *number) * 10 + (*at - '0');
			if (*number > REPEAT_MAX)
				*number = REPEAT_MAX + 1;
			digits = true;
		} else {
			return false;
		}
	}
	if (at == parser->end || (!digits && !comma))
		return false;
	*min = numbers[0];
	*max = comma ? numbers[1] : numbers[0];
	parser->at = at + 1;
	return true;
}

static struct regex_node *parse_repeat(struct parser *parser)
{
	struct regex_node *node = parse_atom(parser);
	while (node && parser->at < parser->end) {
		int min, max;
		uint8_t mark = *parser->at;
		if (mark == '*' || mark == '+' || mark == '?') {
			parser->at++;
			min = mark == '+';
			max = mark == '?' ? 1 : -1;
		} else if (mark != '{' || !take_bounds(parser, &min, &max)) {
			break;
		}
		if (min > REPEAT_MAX || max > REPEAT_MAX || (max >= 0 && max < min))
			return fail(parser, "a repetition is too large or the wrong way round");
		// Lazy: which part matches is nobody's question here.
		if (parser->at < parser->end && *parser->at == '?')
			parser->at++;
		struct regex_node *repeat = make(parser, NODE_REPEAT);
		if (!repeat)
			return NULL;
		repeat->left = node;
		repeat->min = min;
		repeat->max = max;
		node = repeat;
		if (++parser->depth > DEPTH_MAX)
			return fail(parser, "it is nested too deeply");
		// Only repetitions of one atom count: the next starts anew.
		if (parser->at == parser->end || !strchr("*+?{", *parser->at))
			break;
	}
	return node;
}

static struct regex_node *parse_join(struct parser *parser)
{
	struct regex_node *list = NULL;
	int depth = parser->depth;
	while (parser->at < parser->end && *parser->at != '|' && *parser->at != ')') {
		struct regex_node *node = parse_repeat(parser);
		parser->depth = depth;
		if (!node)
			return NULL;
		struct regex_node *join = list ? make(parser, NODE_JOIN) : node;
		if (!join)
			return NULL;
		if (list) {
			join->left = list;
			join->right = node;
		}
		list = join;
	}
	return list ? list : make(parser, NODE_EMPTY);
}

static struct regex_node *parse_either(struct parser *parser)
{
	struct regex_node *list = parse_join(parser);
	while (list && parser->at < parser->end && *parser->at == '|') {
		parser->at++;
		struct regex_node *either = make(parser, NODE_EITHER);
		if (!either)
			return NULL;
		either->left = list;
		either->right = parse_join(parser);
		list = either->right ? either : NULL;
	}
	return list;
}

int regex_parse(const char *pattern, size_t size, bool ignore_case, struct regex_node **tree, struct error *err)
{
	struct parser parser = { (const uint8_t *)pattern, (const uint8_t *)pattern + size, ignore_case, 0, err };
	*tree = parse_either(&parser);
	if (!*tree)
		return -1;
	if (parser.at < parser.end) {
		fail(&parser, "a group was not begun");
		return -1;
	}
	return 0;
}
