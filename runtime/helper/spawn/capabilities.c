// Capabilities.
#include "spawn/capabilities.h"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char *const names[] = {
	"CHOWN",	  "DAC_OVERRIDE",   "DAC_READ_SEARCH",	"FOWNER",	   "FSETID",
	"KILL",		  "SETGID",	    "SETUID",		"SETPCAP",	   "LINUX_IMMUTABLE",
	"NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN",	"NET_RAW",	   "IPC_LOCK",
	"IPC_OWNER",	  "SYS_MODULE",	    "SYS_RAWIO",	"SYS_CHROOT",	   "SYS_PTRACE",
	"SYS_PACCT",	  "SYS_ADMIN",	    "SYS_BOOT",		"SYS_NICE",	   "SYS_RESOURCE",
	"SYS_TIME",	  "SYS_TTY_CONFIG", "MKNOD",		"LEASE",	   "AUDIT_WRITE",
	"AUDIT_CONTROL",  "SETFCAP",	    "MAC_OVERRIDE",	"MAC_ADMIN",	   "SYSLOG",
	"WAKE_ALARM",	  "BLOCK_SUSPEND",  "AUDIT_READ",	"PERFMON",	   "BPF",
	"CHECKPOINT_RESTORE",
};

#define NAME_COUNT ((int)(sizeof names / sizeof *names))

int capability_bit(const char *name)
{
	if (strncmp(name, "CAP_", 4) != 0)
		return -1;
	for (int bit = 0; bit < NAME_COUNT; bit++)
		if (strcmp(name + 4, names[bit]) == 0)
			return bit;
	return -1;
}

uint64_t capabilities_available(void)
{
	static uint64_t set; // spawn never drops any: asked once
	if (set)
		return set;
	for (int bit = 0; bit < 64; bit++) {
		int has = prctl(PR_CAPBSET_READ, bit, 0, 0, 0);
		if (has < 0)
			break; // past the kernel's last one
		if (has)
			set |= 1ULL << bit;
	}
	return set;
}

int capabilities_bound(uint64_t kept, struct error *err)
{
	for (int bit = 0; bit < 64; bit++) {
		if (kept & (1ULL << bit))
			continue;
		if (prctl(PR_CAPBSET_DROP, bit, 0, 0, 0) < 0) {
			if (errno == EINVAL)
				break; // past the kernel's last one
			return error_errno(err, "capabilities", "drop capability %d from the bounding set", bit);
		}
	}
	return 0;
}

static int set_three(uint64_t effective, uint64_t permitted, uint64_t inheritable, struct error *err)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = {
		{ (uint32_t)effective, (uint32_t)permitted, (uint32_t)inheritable },
		{ (uint32_t)(effective >> 32), (uint32_t)(permitted >> 32), (uint32_t)(inheritable >> 32) },
	};
	if (syscall(SYS_capset, &header, data) < 0)
		return error_errno(err, "capabilities", "capset");
	return 0;
}

int capabilities_raise(struct error *err)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { 0 };
	if (syscall(SYS_capget, &header, data) < 0)
		return error_errno(err, "capabilities", "capget");
	uint64_t permitted = data[0].permitted | (uint64_t)data[1].permitted << 32;
	return set_three(permitted, permitted, 0, err);
}

int capabilities_set(uint64_t effective, uint64_t permitted, uint64_t inheritable, uint64_t ambient, struct error *err)
{
	// An ambient capability must be permitted and inheritable too. A plain process gets no inheritable ones: they
	// would come back through a file with inheritable capabilities (CVE-2022-24769).
	ambient &= permitted;
	inheritable = (inheritable | ambient) & permitted;
	if (set_three(effective & permitted, permitted, inheritable, err) < 0)
		return -1;
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0 && errno != EINVAL)
		return error_errno(err, "capabilities", "clear the ambient capabilities");
	for (int bit = 0; bit < 64; bit++)
		if ((ambient & (1ULL << bit)) && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, bit, 0, 0) < 0)
			return error_errno(err, "capabilities", "raise the ambient capability %d", bit);
	return 0;
}
