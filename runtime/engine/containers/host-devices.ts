// The host's devices, for a privileged container: everything in /dev but what each container has its own of.
import type { Stats } from 'node:fs';
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
      const device = facts === undefined ? undefined : deviceOf(file, facts);
      if (device !== undefined) devices.push(device);
    }
  }
  return devices;
}

/** The device that was looked at, under the path it is to have; undefined when it is none. */
export function deviceOf(file: string, facts: Stats): OciDevice | undefined {
  if (!facts.isBlockDevice() && !facts.isCharacterDevice()) return undefined;
  return {
    path: file,
    type: facts.isBlockDevice() ? 'b' : 'c',
    ...deviceNumbers(facts.rdev),
    fileMode: facts.mode & 0o777,
    uid: facts.uid,
    gid: facts.gid,
  };
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
