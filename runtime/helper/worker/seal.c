// The job `seal`: a directory that a build step wrote into becomes a layer where it lies. Its tar is written once through the hash, since
// an image's id needs that, and nowhere else; what of it is not in the files is kept in `split`.
#include <fcntl.h>
#include <inttypes.h>
#include <openssl/crypto.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "worker/answer.h"
#include "worker/confine.h"
#include "worker/digest.h"
#include "worker/jobs.h"
#include "worker/pack.h"
#include "worker/tar-split.h"

int job_seal(const struct job_options *options, struct error *err)
{
	static struct tar_writer writer;
	struct pack pack = { .writer = &writer, .layer = true, .latest = options->latest };
	if (!options->root || !options->split)
		return error_set(err, EINVAL, "options", "--root or --split is missing");
	cleanup_close int root = open(options->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return error_errno(err, "open", "open \"%s\"", options->root);
	tar_writer_open(&writer, -1);
	writer.split = tar_split_create(options->split, err);
	if (!writer.split)
		return -1;
	// It would read its configuration from a file system that is about to go.
	OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	writer.hash = digest_open();
	if (!writer.hash)
		return error_set(err, ENOMEM, "memory", "begin to hash");
	if (confine(CONFINE_READ_MARKS, root, err) < 0)
		return -1;
	if (pack_tree(&pack, root, "", "", err) < 0 || tar_write_end(&writer, err) < 0 || tar_split_finish(writer.split, err) < 0)
		return -1;
	char digest[DIGEST_TEXT_MAX];
	char line[512];
	digest_close(writer.hash, digest);
	snprintf(line, sizeof line,
		 "{\"ok\":true,\"digest\":\"%s\",\"size\":%" PRIu64 ",\"diffId\":\"%s\",\"diffSize\":%" PRIu64 ",\"fileBytes\":%" PRIu64
		 ",\"entries\":%" PRIu64 "}\n",
		 digest, writer.total, digest, writer.total, pack.file_bytes, pack.entries);
	answer_line(line);
	return 0;
}
