// The jobs `layer` and `save`: a stored layer's tar, and an archive of images with all their layers, on descriptor 3.
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/json.h"
#include "worker/answer.h"
#include "worker/confine.h"
#include "worker/jobs.h"
#include "worker/layer-out.h"
#include "worker/tar-write.h"

#define PROGRESS_NS 100000000

static int enter(const struct job_options *options, int *root, struct error *err)
{
	if (!options->root)
		return error_set(err, EINVAL, "options", "--root is missing");
	*root = open(options->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*root < 0)
		return error_errno(err, "open", "open \"%s\"", options->root);
	// It would read its configuration from a file system that is about to go.
	OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	return confine(CONFINE_READ, *root, err);
}

static int put_out(void *context, const void *bytes, size_t length, struct error *err)
{
	(void)context;
	const uint8_t *from = bytes;
	while (length > 0) {
		ssize_t n = write(JOB_OUTPUT, from, length);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(err, "write", "write the layer");
		from += n;
		length -= (size_t)n;
	}
	return 0;
}

static void report_progress(uint64_t bytes)
{
	static int64_t last;
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	int64_t now = time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
	if (now - last < PROGRESS_NS)
		return;
	last = now;
	char line[64];
	snprintf(line, sizeof line, "{\"progress\":{\"in\":%" PRIu64 "}}\n", bytes);
	answer_line(line);
}

int job_layer(const struct job_options *options, struct error *err)
{
	int root;
	struct layer_out out = { .gzip = options->gzip, .put = put_out, .on_progress = report_progress };
	if (!options->name)
		return error_set(err, EINVAL, "options", "--name is missing");
	if (enter(options, &root, err) < 0)
		return -1;
	// So that whoever waits knows that it begins.
	answer_line("{\"begin\":true}\n");
	if (layer_out_write(root, options->name, options->diff_id, &out, err) < 0)
		return -1;
	char line[320];
	snprintf(line, sizeof line, "{\"ok\":true,\"digest\":\"%s\",\"size\":%" PRIu64 ",\"diffId\":\"%s\",\"diffSize\":%" PRIu64 "}\n",
		 out.digest, out.size, out.diff_id, out.diff_size);
	answer_line(line);
	return 0;
}

static int put_archive(void *context, const void *bytes, size_t length, struct error *err)
{
	return tar_write_data(context, bytes, length, err);
}

static int write_layer(struct tar_writer *writer, int root, const json_t *entry, const char *name, int64_t size, struct error *err)
{
	const char *diff_id = NULL;
	struct layer_out out = { .put = put_archive, .context = writer };
	if (json_read_string(entry, "diffId", JSON_REQUIRED, &diff_id, err) < 0 ||
	    layer_out_write(root, name, diff_id, &out, err) < 0)
		return -1;
	if (out.size != (uint64_t)size)
		return error_set(err, EIO, "size", "the layer %.40s has %" PRIu64 " bytes, not %" PRId64, name, out.size, size);
	return tar_write_padding(writer, out.size, err);
}

/** `{"name":..}` and `"directory":true`, `"text":".."` or `"layer":"12","diffId":..,"size":N`. */
static int write_entry(struct tar_writer *writer, int root, const json_t *entry, struct error *err)
{
	static struct tar_entry header;
	const char *name = NULL, *text = NULL, *layer = NULL;
	bool directory = false;
	int64_t size = 0;
	if (json_read_string(entry, "name", JSON_REQUIRED, &name, err) < 0 ||
	    json_read_string(entry, "text", JSON_OPTIONAL, &text, err) < 0 ||
	    json_read_string(entry, "layer", JSON_OPTIONAL, &layer, err) < 0 ||
	    json_read_bool(entry, "directory", &directory, err) < 0 ||
	    json_read_integer(entry, "size", JSON_OPTIONAL, 0, INT64_MAX, &size, err) < 0)
		return -1;
	if (text)
		size = (int64_t)strlen(text);
	header = (struct tar_entry){ .type = directory ? TAR_DIRECTORY : TAR_FILE, .mode = directory ? 0755 : 0644, .size = (uint64_t)size };
	if (snprintf(header.path, sizeof header.path, "%s", name) >= (int)sizeof header.path)
		return error_set(err, ENAMETOOLONG, "path", "the name of an entry is too long");
	if (tar_write_entry(writer, &header, err) < 0)
		return -1;
	if (layer)
		return write_layer(writer, root, entry, layer, size, err);
	return text && (tar_write_data(writer, text, (size_t)size, err) < 0 || tar_write_padding(writer, (uint64_t)size, err) < 0) ? -1 : 0;
}

static void cleanup_json(json_t **value)
{
	json_decref(*value);
}

int job_save(const struct job_options *options, struct error *err)
{
	static struct tar_writer writer;
	int root;
	json_error_t where;
	if (enter(options, &root, err) < 0)
		return -1;
	__attribute__((cleanup(cleanup_json))) json_t *document = json_loadfd(STDIN_FILENO, 0, &where);
	const json_t *entry, *entries = NULL;
	size_t i;
	if (!document)
		return error_set(err, EINVAL, "request", "the list of entries is no JSON: %s", where.text);
	if (json_read_array(document, "entries", JSON_REQUIRED, &entries, err) < 0)
		return -1;
	answer_line("{\"begin\":true}\n");
	tar_writer_open(&writer, JOB_OUTPUT);
	json_array_foreach(entries, i, entry)
		if (write_entry(&writer, root, entry, err) < 0)
			return -1;
	if (tar_write_end(&writer, err) < 0)
		return -1;
	answer_line("{\"ok\":true}\n");
	return 0;
}
