// A program copied into sealed memory: nobody can write to it through /proc/PID/exe (CVE-2019-5736).
#pragma once

#include "common/error.h"

/** Copies the file into a sealed, executable memfd called `name`. Returns its close-on-exec descriptor or -1. */
int memfd_of_program(const char *path, const char *name, struct error *err);
