// What COPY and ADD take.
#include "worker/selection.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/json.h"
#include "spawn/in-root.h"
#include "spawn/overlay.h"
#include "worker/path.h"
#include "worker/regex.h"

#define STEP "selection"
#define LOWER_MAX 500
#define DOCUMENT_MAX (8u << 20)

struct selection_rule {
	struct regex *regex;
	/** What matches is taken after all. */
	bool keeps;
};

const json_t *selection_read(struct error *err)
{
	json_error_t broken;
	char *text = malloc(DOCUMENT_MAX);
	size_t length = 0;
	ssize_t n = 1;
	while (text && length < DOCUMENT_MAX && (n = read(STDIN_FILENO, text + length, DOCUMENT_MAX - length)) > 0)
		length += (size_t)n;
	json_t *document = text && n == 0 ? json_loadb(text, length, JSON_REJECT_DUPLICATES, &broken) : NULL;
	free(text);
	if (!document)
		error_set(err, EINVAL, "options", "the selection is not valid JSON");
	return document;
}

static int read_rules(const json_t *document, const char *key, struct selection_rules *rules, struct error *err)
{
	const json_t *list;
	if (json_read_array(document, key, JSON_OPTIONAL, &list, err) < 0)
		return -1;
	rules->count = json_array_size(list);
	rules->items = calloc(rules->count + 1, sizeof *rules->items);
	if (!rules->items)
		return error_errno(err, "memory", "take memory for patterns");
	for (size_t i = 0; i < rules->count; i++) {
		const json_t *rule = json_array_get(list, i);
		const char *match = NULL;
		if (json_read_string(rule, "match", JSON_REQUIRED, &match, err) < 0 ||
		    json_read_bool(rule, "keep", &rules->items[i].keeps, err) < 0)
			return -1;
		rules->items[i].regex = regex_compile(match, strlen(match), false, err);
		if (!rules->items[i].regex)
			return -1;
	}
	return 0;
}

/** The last rule that matches decides. */
static bool leaves_out(const struct selection_rules *rules, const char *path)
{
	for (size_t i = rules->count; i-- > 0;)
		if (regex_matches(rules->items[i].regex, (const uint8_t *)path, strlen(path)))
			return !rules->items[i].keeps;
	return false;
}

/** The merged layers of a stage, read-only, seen by nobody else. */
static int open_layers(const json_t *document, struct error *err)
{
	static const char *names[LOWER_MAX];
	struct overlay_spec overlay = { .lower.items = names };
	const json_t *lower;
	const char *point = NULL;
	if (json_read_array(document, "lower", JSON_REQUIRED, &lower, err) < 0 ||
	    json_read_string(document, "layers", JSON_REQUIRED, &overlay.layers, err) < 0 ||
	    json_read_string(document, "init", JSON_REQUIRED, &overlay.init, err) < 0 ||
	    json_read_string(document, "point", JSON_REQUIRED, &point, err) < 0)
		return -1;
	overlay.lower.count = json_array_size(lower);
	if (overlay.lower.count > LOWER_MAX)
		return error_set(err, EINVAL, STEP, "more than %d layers", LOWER_MAX);
	for (size_t i = 0; i < overlay.lower.count; i++)
		if (!(names[i] = json_string_value(json_array_get(lower, i))))
			return error_set(err, EINVAL, STEP, "a layer that is no path");
	return overlay_mount_view(&overlay, point, err);
}

int selection_open(const json_t *document, struct selection *selection, struct error *err)
{
	const char *root = NULL;
	*selection = (struct selection){ .root = -1, .document = document };
	if (json_read_string(document, "root", JSON_OPTIONAL, &root, err) < 0 ||
	    json_read_bool(document, "parents", &selection->parents, err) < 0 ||
	    read_rules(document, "ignore", &selection->ignored, err) < 0 ||
	    read_rules(document, "exclude", &selection->excluded, err) < 0)
		return -1;
	if (!root) {
		cleanup_close int layers = open_layers(document, err);
		selection->root = layers < 0 ? -1 : openat(layers, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (layers >= 0 && selection->root < 0)
			return error_errno(err, STEP, "open the files of the stage");
		return layers < 0 ? -1 : 0;
	}
	selection->root = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return selection->root < 0 ? error_errno(err, STEP, "open \"%s\"", root) : 0;
}

struct visit {
	const struct selection *selection;
	const struct selection_visitor *visitor;
	const struct selection_item *item;
};

static enum walk_next visit_entry(void *context, const struct walk_entry *entry, struct error *err)
{
	const struct visit *visit = context;
	const struct selection *selection = visit->selection;
	const char *path = entry->path + (*visit->item->path ? strlen(visit->item->path) + 1 : 0);
	// What is in a folder that is left out may be taken after all.
	if (leaves_out(&selection->ignored, entry->path) ||
	    leaves_out(&selection->excluded, selection->parents ? entry->path : path))
		return WALK_ON;
	return visit->visitor->entry(visit->visitor->context, visit->item, path, entry, err) < 0 ? WALK_FAIL : WALK_ON;
}

/** One path from the root, as it is asked for; `pivot` is the part of it that --parents does not keep. */
static int visit_path(const struct visit *outer, const char *asked, const char *pivot, struct error *err)
{
	char resolved[PATH_MAX], path[PATH_MAX], folder[PATH_MAX] = "", plain[PATH_MAX];
	struct visit visit = *outer;
	const struct selection *selection = visit.selection;
	struct stat status;
	if (path_normalise(asked, plain, err) < 0 || in_root_resolve(selection->root, asked, resolved, STEP, err) < 0 ||
	    path_normalise(resolved, path, err) < 0)
		return -1;
	const char *leaf = path_leaf(path);
	char above[PATH_MAX];
	snprintf(above, sizeof above, "%.*s", leaf > path ? (int)(leaf - path - 1) : 0, path);
	cleanup_close int parent = walk_open(selection->root, above);
	if (parent < 0 || fstatat(parent, *leaf ? leaf : ".", &status, AT_SYMLINK_NOFOLLOW) < 0)
		return error_set(err, ENOENT, STEP, "%.400s", asked);
	if (selection->parents) {
		size_t length = strlen(pivot);
		const char *kept = strncmp(plain, pivot, length) == 0 && (plain[length] == '/' || length == 0) ? plain + length : plain;
		kept += strspn(kept, "/");
		const char *name = path_leaf(kept);
		snprintf(folder, sizeof folder, "%.*s", name > kept ? (int)(name - kept - 1) : 0, kept);
	}
	const struct selection_item item = { path, path_leaf(plain), folder, S_ISDIR(status.st_mode) };
	visit.item = &item;
	if (!item.is_directory && (leaves_out(&selection->ignored, plain)))
		return error_set(err, ENOENT, STEP, "%.400s", asked);
	if (!item.is_directory && leaves_out(&selection->excluded, selection->parents ? plain : item.name))
		return 0;
	if (visit.visitor->item(visit.visitor->context, &item, err) < 0)
		return -1;
	if (item.is_directory)
		return walk_tree(selection->root, path, visit_entry, &visit, err);
	const struct walk_entry entry = { .path = path, .parent = parent, .name = leaf, .status = status };
	return visit.visitor->entry(visit.visitor->context, &item, "", &entry, err);
}

/** The paths that a wildcard stands for. */
struct found {
	const struct selection *selection;
	struct regex *regex;
	struct walk_names paths;
};

static enum walk_next find_path(void *context, const struct walk_entry *entry, struct error *err)
{
	struct found *found = context;
	struct walk_names *paths = &found->paths;
	if (!regex_matches(found->regex, (const uint8_t *)entry->path, strlen(entry->path)))
		return WALK_ON;
	if (!S_ISDIR(entry->status.st_mode) && leaves_out(&found->selection->ignored, entry->path))
		return WALK_ON;
	if (paths->count == paths->capacity) {
		size_t capacity = paths->capacity ? paths->capacity * 2 : 64;
		char **grown = realloc(paths->items, capacity * sizeof *grown);
		if (!grown) {
			error_errno(err, "memory", "take memory for paths");
			return WALK_FAIL;
		}
		paths->items = grown;
		paths->capacity = capacity;
	}
	if (!(paths->items[paths->count] = strdup(entry->path))) {
		error_errno(err, "memory", "take memory for paths");
		return WALK_FAIL;
	}
	paths->count++;
	return WALK_PAST;
}

static int visit_matches(const struct visit *visit, const json_t *source, const char *match, const char *pivot, struct error *err)
{
	struct found found = { .selection = visit->selection };
	const char *base = "", *asked = match;
	if (json_read_string(source, "base", JSON_OPTIONAL, &base, err) < 0 ||
	    json_read_string(source, "asked", JSON_OPTIONAL, &asked, err) < 0)
		return -1;
	found.regex = regex_compile(match, strlen(match), false, err);
	if (!found.regex || walk_tree(visit->selection->root, base, find_path, &found, err) < 0)
		return -1;
	int result = found.paths.count == 0 ? error_set(err, ENOENT, STEP, "%.400s", asked) : 0;
	for (size_t i = 0; result == 0 && i < found.paths.count; i++)
		result = visit_path(visit, found.paths.items[i], pivot, err);
	walk_names_free(&found.paths);
	return result;
}

int selection_visit(const struct selection *selection, const struct selection_visitor *visitor, struct error *err)
{
	const struct visit visit = { .selection = selection, .visitor = visitor };
	const json_t *sources;
	if (json_read_array(selection->document, "sources", JSON_REQUIRED, &sources, err) < 0)
		return -1;
	for (size_t i = 0; i < json_array_size(sources); i++) {
		const json_t *source = json_array_get(sources, i);
		const char *path = NULL, *match = NULL, *pivot = "";
		if (json_read_string(source, "path", JSON_OPTIONAL, &path, err) < 0 ||
		    json_read_string(source, "match", JSON_OPTIONAL, &match, err) < 0 ||
		    json_read_string(source, "pivot", JSON_OPTIONAL, &pivot, err) < 0)
			return -1;
		if (!path && !match)
			return error_set(err, EINVAL, STEP, "a source without a path");
		if ((match ? visit_matches(&visit, source, match, pivot, err) : visit_path(&visit, path, pivot, err)) < 0)
			return -1;
	}
	return 0;
}
