// Linux capabilities of a container: Docker's default set, and what --cap-add and --cap-drop make of it.
import { EngineError } from '../errors.ts';

/** All capabilities in the kernel's order: the index is the number (linux/capability.h). */
export const allCapabilities: readonly string[] = (
  'CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE ' +
  'NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT ' +
  'SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE ' +
  'AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ ' +
  'PERFMON BPF CHECKPOINT_RESTORE'
)
  .split(' ')
  .map((name) => `CAP_${name}`);

/** What Docker gives every container. */
export const defaultCapabilities: readonly string[] = [
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_FSETID',
  'CAP_FOWNER',
  'CAP_MKNOD',
  'CAP_NET_RAW',
  'CAP_SETGID',
  'CAP_SETUID',
  'CAP_SETFCAP',
  'CAP_SETPCAP',
  'CAP_NET_BIND_SERVICE',
  'CAP_SYS_CHROOT',
  'CAP_KILL',
  'CAP_AUDIT_WRITE',
];

/** The capabilities in a hexadecimal mask, as `CapBnd:` of /proc/self/status shows them. */
export function capabilitiesOfMask(mask: string): string[] {
  const bits = BigInt(`0x${mask}`);
  return allCapabilities.filter((_, number) => (bits >> BigInt(number)) & 1n);
}

/**
 * The capabilities of a container, in the kernel's order. `available` is the engine's own bounding set: "all" means all
 * of it, since nobody can give more than they have. Throws invalid for an unknown name, in Docker's words.
 */
export function containerCapabilities(
  wanted: { readonly add: readonly string[]; readonly drop: readonly string[]; readonly privileged: boolean },
  available: readonly string[],
): string[] {
  const add = normalize(wanted.add, 'CapAdd');
  const drop = normalize(wanted.drop, 'CapDrop');
  if (wanted.privileged) return [...available];
  const chosen = new Set<string>();
  // Docker: "ALL" on one side makes the other side the exceptions.
  if (add.has('ALL')) {
    for (const name of available) if (!drop.has(name)) chosen.add(name);
  } else {
    if (!drop.has('ALL')) {
      for (const name of defaultCapabilities) {
        if (!drop.has(name) && available.includes(name)) chosen.add(name);
      }
    }
    for (const name of add) chosen.add(name);
  }
  return allCapabilities.filter((name) => chosen.has(name));
}

function normalize(names: readonly string[], field: string): Set<string> {
  const result = new Set<string>();
  for (const name of names) {
    const upper = name.toUpperCase();
    if (upper === 'ALL') {
      result.add(upper);
      continue;
    }
    const full = upper.startsWith('CAP_') ? upper : `CAP_${upper}`;
    if (!allCapabilities.includes(full)) {
      throw new EngineError('invalid', `invalid ${field}: unknown capability: "${full}"`);
    }
    result.add(full);
  }
  return result;
}
