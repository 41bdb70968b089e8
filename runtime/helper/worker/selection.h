// What COPY and ADD take: the sources of an instruction, found in a build's context or in the files of a stage.
//
// Sources are resolved as if that folder were "/", links at their ends followed; wildcards and lists of what is left out come as
// expressions of worker/regex.h, since what they mean is decided where Dockerfiles are parsed.
#pragma once

#include <jansson.h>
#include <limits.h>
#include <stdbool.h>

#include "common/error.h"
#include "worker/walk.h"

struct selection_rules {
	struct selection_rule *items;
	size_t count;
};

struct selection {
	/** Of the files to take from. */
	int root;
	const json_t *document;
	/** On paths from the root. */
	struct selection_rules ignored;
	/** On paths from each source. */
	struct selection_rules excluded;
	/** Paths are kept from the root on. */
	bool parents;
};

/** One source, or one of those that a wildcard stands for. */
struct selection_item {
	/** From the root, without links; "" is the root. */
	const char *path;
	/** What it is called where it goes, without its folder. */
	const char *name;
	/** The folder to keep in front of it, or "". */
	const char *folder;
	bool is_directory;
};

struct selection_visitor {
	void *context;
	/** Before what is taken of it. */
	int (*item)(void *context, const struct selection_item *item, struct error *err);
	/** A directory's contents, by their path in it, or with "" a file that is the item itself. */
	int (*entry)(void *context, const struct selection_item *item, const char *path, const struct walk_entry *entry, struct error *err);
};

/** Reads a document from stdin. It lives as long as the worker. */
const json_t *selection_read(struct error *err);

/** Opens what the document describes. Call it in a mount namespace of its own when that has `lower`, before confine(). */
int selection_open(const json_t *document, struct selection *selection, struct error *err);

/** Visits everything, in the order of sources and names. ENOENT names the source that is not there. */
int selection_visit(const struct selection *selection, const struct selection_visitor *visitor, struct error *err);
