// The program comes from the engine; the kernel's verifier looks at it, so nothing in it is trusted here.
#include "spawn/device-program.h"

#include <fcntl.h>
#include <linux/bpf.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/cleanup.h"

#define STEP "devices"
/** Some six instructions a rule. */
#define MAX_INSTRUCTIONS 65536

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/** The bytes that `hex` stands for, or NULL when it is not a whole number of instructions. */
static uint8_t *read_hex(const char *hex, size_t *length)
{
	size_t digits = strlen(hex);
	*length = digits / 2;
	if (digits == 0 || digits % (2 * sizeof(struct bpf_insn)) != 0 ||
	    *length > MAX_INSTRUCTIONS * sizeof(struct bpf_insn))
		return NULL;
	uint8_t *bytes = calloc(1, *length);
	for (size_t i = 0; bytes && i < *length; i++) {
		int high = digit(hex[2 * i]), low = digit(hex[2 * i + 1]);
		if (high < 0 || low < 0) {
			free(bytes);
			return NULL;
		}
		bytes[i] = (uint8_t)(high << 4 | low);
	}
	return bytes;
}

static int bpf(int command, union bpf_attr *attributes)
{
	return (int)syscall(SYS_bpf, command, attributes, sizeof *attributes);
}

int device_program_attach(const char *path, const char *hex, struct error *err)
{
	size_t length = 0;
	cleanup_free uint8_t *instructions = read_hex(hex, &length);
	if (!instructions)
		return error_set(err, EINVAL, STEP, "the program for the devices of \"%s\" is malformed", path);
	cleanup_close int cgroup = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (cgroup < 0)
		return error_errno(err, STEP, "open the cgroup \"%s\"", path);

	static const char license[] = "Apache-2.0";
	union bpf_attr load;
	memset(&load, 0, sizeof load);
	load.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
	load.insns = (uint64_t)(uintptr_t)instructions;
	load.insn_cnt = (uint32_t)(length / sizeof(struct bpf_insn));
	load.license = (uint64_t)(uintptr_t)license;
	cleanup_close int program = bpf(BPF_PROG_LOAD, &load);
	if (program < 0)
		return error_errno(err, STEP, "load the program for the devices of \"%s\"", path);

	union bpf_attr attach;
	memset(&attach, 0, sizeof attach);
	attach.target_fd = (uint32_t)cgroup;
	attach.attach_bpf_fd = (uint32_t)program;
	attach.attach_type = BPF_CGROUP_DEVICE;
	// Beside those of the cgroups above: a device must be allowed by all of them.
	attach.attach_flags = BPF_F_ALLOW_MULTI;
	if (bpf(BPF_PROG_ATTACH, &attach) < 0)
		return error_errno(err, STEP, "attach the program for the devices of \"%s\"", path);
	return 0;
}
