// Writes the data of an archive's file.
#pragma once

#include "common/error.h"
#include "worker/tar.h"

/** Writes the entry's data into `fd`, holes left as holes. */
int file_data_write(struct tar *tar, const struct tar_entry *entry, int fd, struct error *err);
