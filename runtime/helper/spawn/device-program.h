// Which devices a cgroup of version 2 may use: a BPF program, where version 1 has files.
#pragma once

#include "common/error.h"

/**
 * Loads a program of type BPF_PROG_TYPE_CGROUP_DEVICE, given as hexadecimal digits of its struct bpf_insn[], and
 * attaches it to the cgroup at `path`. It lives as long as the cgroup.
 */
int device_program_attach(const char *path, const char *hex, struct error *err);
