// The worker's jobs, one function each: it parses nothing but its own options, answers on stdout and says how it ended.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/error.h"

struct job_options {
	const char *dest;
	const char *root;
	const char *out;
	const char *digest;
	const char *diff_id;
	/** Where what is needed to write the layer's tar again is kept, or NULL. */
	const char *split;
	/** Also those that people use for archives, but registries never for layers. */
	bool any_compression;
	/** The layer is wanted compressed. */
	bool gzip;
	/** Bytes, or -1. */
	int64_t size;
	/** No entry of a sealed layer is younger than this, in seconds since the epoch; 0: as they are. */
	int64_t latest;
	/** The most bytes that an archive may unfold to. */
	uint64_t limit;
	/** A container's file system: the document of worker/view.h. */
	const char *view;
	/** Absolute path inside the container. */
	const char *path;
	/** What the archive calls it; the current file of a log; the folder that is counted. */
	const char *name;
	/** A link at the end of the path is followed. */
	bool follow;
	bool keep_kinds;
	/** Files that replace others are changes even where nothing tells them apart. */
	bool all;
	/** What is mounted: a file system's type, its source, and its options separated by commas, or NULL. */
	const char *type;
	const char *source;
	const char *mount_options;
	/** `user[:group]` that shall own everything, or NULL. */
	const char *user;
};

/** Where jobs that give bulk data write it. */
#define JOB_OUTPUT 3

int job_extract(const struct job_options *options, struct error *err);
int job_unpack(const struct job_options *options, struct error *err);
int job_remove(const struct job_options *options, struct error *err);
int job_seccomp(const struct job_options *options, struct error *err);
int job_stat(const struct job_options *options, struct error *err);
int job_read(const struct job_options *options, struct error *err);
int job_write(const struct job_options *options, struct error *err);
int job_changes(const struct job_options *options, struct error *err);
int job_copy(const struct job_options *options, struct error *err);
int job_list(const struct job_options *options, struct error *err);
int job_get(const struct job_options *options, struct error *err);
int job_put(const struct job_options *options, struct error *err);
int job_delete(const struct job_options *options, struct error *err);
int job_rename(const struct job_options *options, struct error *err);
int job_mount(const struct job_options *options, struct error *err);
int job_unmount(const struct job_options *options, struct error *err);
int job_export(const struct job_options *options, struct error *err);
int job_pack(const struct job_options *options, struct error *err);
int job_usage(const struct job_options *options, struct error *err);
int job_search(const struct job_options *options, struct error *err);
int job_layer(const struct job_options *options, struct error *err);
int job_save(const struct job_options *options, struct error *err);
int job_compress(const struct job_options *options, struct error *err);
int job_seal(const struct job_options *options, struct error *err);
int job_spool(const struct job_options *options, struct error *err);
int job_context(const struct job_options *options, struct error *err);
int job_peek(const struct job_options *options, struct error *err);
int job_checksum(const struct job_options *options, struct error *err);
int job_take(const struct job_options *options, struct error *err);
