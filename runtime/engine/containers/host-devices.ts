// The host's devices, for a privileged container: everything in /dev but what each container has its own of.
import { lstat, readdir } from 'node:fs/promises';
import path from 'node:path';
import type { OciDevice } from '../helper/spawn-requests.ts';

const skippedFolders = new Set(['pts', 'shm', 'fd', 'mqueue', '.lxc', '.lxd-mounts', '.udev']);
const skippedDevices = new Set(['/dev/console', '/dev/ptmx']);
const maxDepth = 4;

/** Reads the devices of `folder`. What disappears meanwhile is left out. */
export async function hostDevices(folder = '/dev', depth = 0): Promise<OciDevice[]> {
  const devices: OciDevice[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) {
      if (depth < maxDepth && !skippedFolders.has(entry.name)) {
        devices.push(...(await hostDevices(file, depth + 1)));
      }
    } else if ((entry.isCharacterDevice() || entry.isBlockDevice()) && !skippedDevices.has(file)) {
      const facts = await lstat(file).catch(() => undefined);
      if (facts === undefined) continue;
      devices.push({
        path: file,
        type: entry.isBlockDevice() ? 'b' : 'c',
        ...deviceNumbers(facts.rdev),
        fileMode: facts.mode & 0o777,
        uid: facts.uid,
        gid: facts.gid,
      });
    }
  }
  return devices;
}

/** Major and minor of a dev_t, as glibc encodes it (sys/sysmacros.h). */
export function deviceNumbers(rdev: number): { major: number; minor: number } {
  const low = rdev % 2 ** 32;
  const high = Math.floor(rdev / 2 ** 32);
  return {
    major: ((low >>> 8) & 0xfff) | (high & ~0xfff),
    minor: (low & 0xff) | ((low >>> 12) & 0xfff00),
  };
}
