// The parent cgroups of this engine's containers, made at its start. On v2 the controllers are handed down to them; on
// v1 a cpuset must be filled before anything can be put below it.
import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import { cgroupLayout, type CgroupLayout } from './cgroup-files.ts';

const wantedV2 = ['memory', 'cpu', 'cpuset', 'pids', 'io'];

/** Where this machine's controllers are. */
export async function readCgroupLayout(): Promise<CgroupLayout> {
  return cgroupLayout(
    await readFile('/proc/self/mountinfo', 'utf8'),
    (mountPoint) => {
      const file = path.join(mountPoint, 'cgroup.controllers');
      return existsSync(file) ? readFileSync(file, 'utf8') : '';
    },
    existsSync,
  );
}

/** Makes the parents. What cannot be made is logged: the start of a container will say it again, in its own words. */
export async function makeCgroupParents(layout: CgroupLayout, parent: string, log: Logger): Promise<void> {
  try {
    for (const root of new Set(layout.v1.values())) {
      await mkdir(path.join(root, parent), { recursive: true, mode: 0o755 });
    }
    const cpuset = layout.v1.get('cpuset');
    if (cpuset !== undefined) {
      for (const file of ['cpuset.cpus', 'cpuset.mems']) {
        const own = path.join(cpuset, parent, file);
        if ((await readFile(own, 'utf8')).trim() === '') {
          await writeFile(own, await readFile(path.join(cpuset, file), 'utf8'));
        }
      }
    }
    if (layout.v2 !== undefined) {
      const folder = path.join(layout.v2, parent);
      await mkdir(folder, { recursive: true, mode: 0o755 });
      const offered = new Set(
        (await readFile(path.join(layout.v2, 'cgroup.controllers'), 'utf8')).trim().split(/\s+/),
      );
      const enable = wantedV2.filter((name) => offered.has(name)).map((name) => `+${name}`);
      const between = path.relative(layout.v2, folder).split(path.sep);
      for (const place of [
        layout.v2,
        ...between.map((_, depth) => path.join(layout.v2 ?? '', ...between.slice(0, depth + 1))),
      ]) {
        await writeFile(path.join(place, 'cgroup.subtree_control'), enable.join(' '));
      }
    }
  } catch (error) {
    log.warn('cgroups cannot be prepared', { error: messageOf(error) });
  }
}

/** Removes the parents again; only when no container runs. */
export async function removeCgroupParents(layout: CgroupLayout, parent: string): Promise<void> {
  const roots = new Set(layout.v1.values());
  if (layout.v2 !== undefined) roots.add(layout.v2);
  for (const root of roots) await rmdir(path.join(root, parent)).catch(() => undefined);
}
