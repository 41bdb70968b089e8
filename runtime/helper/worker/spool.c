// The job `spool`: stdin into a new file as it comes, and its digest: what is known by that need not be looked into again.
#include <fcntl.h>
#include <inttypes.h>
#include <openssl/crypto.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "worker/answer.h"
#include "worker/confine.h"
#include "worker/digest.h"
#include "worker/failure.h"
#include "worker/jobs.h"

static int write_all(int fd, const char *bytes, size_t length, struct error *err)
{
	while (length > 0) {
		ssize_t n = write(fd, bytes, length);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(err, "write", "keep the input");
		bytes += n;
		length -= (size_t)n;
	}
	return 0;
}

int job_spool(const struct job_options *options, struct error *err)
{
	static char buffer[256 << 10];
	char digest[DIGEST_TEXT_MAX];
	char line[192];
	uint64_t size = 0;
	if (!options->out)
		return error_set(err, EINVAL, "options", "--out is missing");
	cleanup_close int out = open(options->out, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (out < 0)
		return error_errno(err, "open", "make \"%s\"", options->out);
	// It would read its configuration from a file system that is about to go.
	OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	EVP_MD_CTX *hash = digest_open();
	if (!hash)
		return error_set(err, ENOMEM, "memory", "begin to hash");
	if (confine(CONFINE_COMPRESS, -1, err) < 0)
		return -1;
	for (;;) {
		ssize_t n = read(STDIN_FILENO, buffer, sizeof buffer);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(err, "read", "read the input");
		if (n == 0)
			break;
		size += (uint64_t)n;
		if (size > options->limit)
			return bad_archive(err, "the archive is larger than the limit");
		digest_add(hash, buffer, (size_t)n);
		if (write_all(out, buffer, (size_t)n, err) < 0)
			return -1;
	}
	digest_close(hash, digest);
	snprintf(line, sizeof line, "{\"ok\":true,\"digest\":\"%s\",\"size\":%" PRIu64 "}\n", digest, size);
	answer_line(line);
	return 0;
}
