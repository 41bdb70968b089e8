// Writes a tar archive (ustar, with PAX headers where that cannot say it) to a descriptor. Nothing in it depends on anything but the
// entries: the same ones give the same bytes.
#pragma once

#include <openssl/evp.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/error.h"
#include "worker/tar-split.h"
#include "worker/tar.h"

#define TAR_WRITE_BUFFER (256u << 10)

struct tar_writer {
	/** Where the archive goes; -1: nowhere, it is only hashed. */
	int fd;
	/** Hashes all of it, or NULL. */
	EVP_MD_CTX *hash;
	/** Remembers what is not a file's data, or NULL. */
	struct tar_split *split;
	/** What is written now is a file's data. */
	bool in_file;
	/** Bytes so far. */
	uint64_t total;
	size_t filled;
	uint8_t buffer[TAR_WRITE_BUFFER];
};

void tar_writer_open(struct tar_writer *writer, int fd);

/** The header of an entry. `size` bytes of data follow for a TAR_FILE, by tar_write_data() and then tar_write_padding(). */
int tar_write_entry(struct tar_writer *writer, const struct tar_entry *entry, struct error *err);
int tar_write_data(struct tar_writer *writer, const void *bytes, size_t length, struct error *err);
/** Fills up to a whole block behind `size` bytes of data. */
int tar_write_padding(struct tar_writer *writer, uint64_t size, struct error *err);
/** The archive's end; all is written when it returns. */
int tar_write_end(struct tar_writer *writer, struct error *err);
