// The job `compress`: the old files of a log, each into a gzip file of the same number. The monitor may give them other numbers
// meanwhile; it does not while we hold the folder's lock, which is only for as long as names change.
#include <fcntl.h>
#include <inttypes.h>
#include <isa-l/igzip_lib.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "worker/answer.h"
#include "worker/confine.h"
#include "worker/jobs.h"
#include "worker/log-source.h"

#define FILES_MAX 100000
#define CHUNK_BYTES (256 * 1024)

static int write_all(int fd, const uint8_t *bytes, size_t size, struct error *err)
{
	for (size_t done = 0; done < size;) {
		ssize_t n = write(fd, bytes + done, size - done);
		if (n < 0 && errno != EINTR)
			return error_errno(err, "write", "write a compressed log");
		done += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

static int deflate_all(int from, int to, struct error *err)
{
	static uint8_t in[CHUNK_BYTES], out[CHUNK_BYTES], level[ISAL_DEF_LVL1_DEFAULT];
	static struct isal_zstream stream;
	isal_deflate_init(&stream);
	stream.level = 1;
	stream.level_buf = level;
	stream.level_buf_size = sizeof level;
	stream.gzip_flag = IGZIP_GZIP;
	do {
		ssize_t n = read(from, in, sizeof in);
		if (n < 0)
			return error_errno(err, "read", "read an old log");
		stream.next_in = in;
		stream.avail_in = (uint32_t)n;
		stream.end_of_stream = n == 0;
		do {
			stream.next_out = out;
			stream.avail_out = sizeof out;
			if (isal_deflate(&stream) != COMP_OK)
				return error_set(err, EIO, "compress", "compress an old log");
			if (write_all(to, out, sizeof out - stream.avail_out, err) < 0)
				return -1;
		} while (stream.avail_out == 0);
	} while (!stream.end_of_stream);
	return 0;
}

static int open_old(int root, const char *name, unsigned number)
{
	char path[NAME_MAX + 1];
	if (!log_file_name(name, number, "", path, sizeof path))
		return -1;
	return openat(root, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
}

/** Puts the compressed file in the place that its plain file has by now; it may have none any more. */
static int replace(int root, const char *name, unsigned number, const struct stat *plain, const char *made, struct error *err)
{
	for (; number < FILES_MAX; number++) {
		char old[NAME_MAX + 1], new[NAME_MAX + 1];
		struct stat stat;
		if (!log_file_name(name, number, "", old, sizeof old) || !log_file_name(name, number, ".gz", new, sizeof new))
			break;
		if (fstatat(root, old, &stat, AT_SYMLINK_NOFOLLOW) < 0) {
			if (fstatat(root, new, &stat, AT_SYMLINK_NOFOLLOW) < 0)
				break;
			continue;
		}
		if (stat.st_ino != plain->st_ino)
			continue;
		if (renameat(root, made, root, new) < 0)
			return error_errno(err, "rename", "rename a compressed log");
		return unlinkat(root, old, 0) < 0 ? error_errno(err, "remove", "remove an old log") : 0;
	}
	unlinkat(root, made, 0);
	return 0;
}

static int compress_file(int root, const char *name, unsigned number, int from, struct error *err)
{
	char made[NAME_MAX + 1];
	struct stat plain;
	if (!log_file_name(name, 0, ".gz.new", made, sizeof made))
		return error_set(err, ENAMETOOLONG, "compress", "the log's name is too long");
	if (fstat(from, &plain) < 0 || !S_ISREG(plain.st_mode))
		return error_set(err, EINVAL, "compress", "a log is no file");
	int to = openat(root, made, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (to < 0)
		return error_errno(err, "open", "make a compressed log");
	int result = deflate_all(from, to, err);
	close(to);
	if (result < 0) {
		unlinkat(root, made, 0);
		return -1;
	}
	if (flock(root, LOCK_EX) < 0)
		return error_errno(err, "lock", "lock the folder of the log");
	result = replace(root, name, number, &plain, made, err);
	flock(root, LOCK_UN);
	return result;
}

int job_compress(const struct job_options *options, struct error *err)
{
	if (!options->root || !options->name)
		return error_set(err, EINVAL, "options", "--root or --name is missing");
	int root = open(options->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return error_errno(err, "open", "open \"%s\"", options->root);
	if (confine(CONFINE_COMPRESS, root, err) < 0)
		return -1;
	unsigned files = 0, number = 1;
	while (number < FILES_MAX) {
		int from = open_old(root, options->name, number);
		if (from < 0) {
			char path[NAME_MAX + 1];
			struct stat stat;
			if (!log_file_name(options->name, number, ".gz", path, sizeof path) || fstatat(root, path, &stat, AT_SYMLINK_NOFOLLOW) < 0)
				break;
			number++;
			continue;
		}
		int result = compress_file(root, options->name, number, from, err);
		close(from);
		if (result < 0)
			return -1;
		files++;
		// There may be a new one by now.
		number = 1;
	}
	char line[64];
	snprintf(line, sizeof line, "{\"ok\":true,\"files\":%u}\n", files);
	answer_line(line);
	return 0;
}
