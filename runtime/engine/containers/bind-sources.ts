// The folders and files of the host that a container binds: there or not, made when they may be, and shared as the propagation needs it.
import { mkdir, realpath, stat } from 'node:fs/promises';
import { EngineError } from '../errors.ts';
import { mountOf, readMountTable } from '../mount-table.ts';
import type { BindMount, ContainerMount } from './container-mounts.ts';
import type { MountRequest } from './mount-requests.ts';

/** Throws invalid in Docker's words when a source of --mount is not there. */
export async function checkSources(mounts: readonly MountRequest[]): Promise<void> {
  for (const mount of bindsOf(mounts)) if (!mount.createSource) await demandSource(mount);
}

/** Before a start: makes what is missing of --volume, as Docker does; of --mount it must be there. */
export async function prepareSources(mounts: readonly ContainerMount[]): Promise<void> {
  const binds = bindsOf(mounts);
  for (const mount of binds) {
    if (!mount.createSource) await demandSource(mount);
    else if (!(await isThere(mount.source))) await mkdir(mount.source, { recursive: true, mode: 0o755 });
  }
  const spreading = binds.filter(({ propagation }) => /shared|slave/.test(propagation));
  if (spreading.length === 0) return;
  const table = await readMountTable();
  for (const { source, propagation } of spreading) {
    const entry = mountOf(table, await realpath(source));
    const wants = propagation.endsWith('shared') ? 'shared' : 'shared or slave';
    if (entry?.shared === true || (wants !== 'shared' && entry?.slave === true)) continue;
    const on = entry?.point ?? '/';
    throw new EngineError('internal', `path ${source} is mounted on ${on} but it is not a ${wants} mount`);
  }
}

function bindsOf(mounts: readonly (ContainerMount | MountRequest)[]): BindMount[] {
  return mounts.filter((mount) => mount.type === 'bind');
}

async function demandSource({ source }: BindMount): Promise<void> {
  if (await isThere(source)) return;
  throw new EngineError(
    'invalid',
    `invalid mount config for type "bind": bind source path does not exist: ${source}`,
  );
}

function isThere(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
