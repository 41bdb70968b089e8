// `docker update`: a container's limits and its restart policy change, in its record and, while it runs, in its cgroups.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { EngineError, messageOf } from '../errors.ts';
import type { CgroupPlace } from '../helper/spawn-requests.ts';
import { hostConfig, type ContainerUpdateBody, type HostConfig } from '../types.ts';
import { containerCgroups } from './cgroup-files.ts';
import { cgroupPids } from './cgroup-pids.ts';
import { containerDevices } from './container-devices.ts';
import { publishContainerEvent } from './container-events.ts';
import type { ContainerRunner } from './container-runner.ts';
import type { Container } from './container.ts';
import { checkLimits } from './limit-checks.ts';
import { changedFiles, updatedHost } from './limit-update.ts';
import { resourceLimits } from './resource-limits.ts';
import { checkRestartPolicy } from './restart-policy.ts';
import type { Surroundings } from './surroundings.ts';

/** How often to look for processes that were forked while the others were moved. */
const movingRounds = 10;

/** What of an update this machine can do, and what the user should know. Throws invalid. */
export function checkUpdate(
  abilities: Surroundings['abilities'],
  update: ContainerUpdateBody,
): { update: ContainerUpdateBody; warnings: string[] } {
  checkRestartPolicy(update.RestartPolicy);
  const { host, warnings } = checkLimits({ ...hostConfig.parse({}), ...update }, abilities, true);
  return { update: host, warnings };
}

/** Updates a container. The caller holds its lock. Throws conflict in Docker's words; nothing has changed then. */
export async function updateContainer(
  around: Surroundings,
  runner: Pick<ContainerRunner, 'save'>,
  container: Container,
  update: ContainerUpdateBody,
): Promise<void> {
  const before = container.record.hostConfig;
  if (container.removing) {
    throw new EngineError(
      'conflict',
      `Cannot update container ${container.id}: container is marked for removal and cannot be "update".`,
    );
  }
  const after = updatedHost(container.id, before, update);
  if (container.running) {
    // One that does not run may get its memory limit later.
    if (after.Memory === 0 && after.MemorySwap > 0) {
      throw new EngineError(
        'invalid',
        'You should always set the Memory limit when using Memoryswap limit, see usage',
      );
    }
    try {
      await writeLimits(around, container, before, after);
    } catch (cause) {
      throw new EngineError('internal', `Cannot update container ${container.id}: ${messageOf(cause)}`, {
        cause,
      });
    }
  }
  container.record = { ...container.record, hostConfig: after };
  await runner.save(container);
  publishContainerEvent(around.events, container, 'update');
}

/** Writes what differs; when the kernel refuses one, those before it are put back. */
async function writeLimits(
  around: Surroundings,
  container: Container,
  before: HostConfig,
  after: HostConfig,
): Promise<void> {
  const devices = await containerDevices(after);
  const parent =
    after.CgroupParent === '' ? around.names.cgroupParent : path.posix.resolve('/', after.CgroupParent);
  const places = (host: HostConfig): CgroupPlace[] =>
    containerCgroups(around.cgroups, parent, container.id, resourceLimits(host, devices));
  const old = new Map(places(before).map((place) => [place.path, place.files]));
  const written: (readonly [string, string])[] = [];
  try {
    for (const place of places(after)) {
      if (!container.record.state.cgroups.some((cgroup) => cgroup.path === place.path)) {
        await joinCgroup(container, place);
        continue;
      }
      for (const [name, value] of changedFiles(old.get(place.path) ?? [], place.files)) {
        const file = path.join(place.path, name);
        const held = readFileSync(file, 'utf8').trim();
        writeLimit(file, value);
        written.unshift([file, held]);
      }
    }
  } catch (error) {
    for (const [file, held] of written) writeFileSync(file, held, { flag: 'r+' });
    throw error;
  }
}

/** Writes one limit. Throws in words that say which one the kernel refuses. */
function writeLimit(file: string, value: string): void {
  try {
    writeFileSync(file, value, { flag: 'r+' });
  } catch (cause) {
    throw new EngineError(
      'internal',
      `failed to write ${JSON.stringify(value)}: ${file}: ${messageOf(cause)}`,
      {
        cause,
      },
    );
  }
}

/** v1: a controller that the container had no use for so far; all its processes are moved there. */
async function joinCgroup(container: Container, place: CgroupPlace): Promise<void> {
  const { cgroups } = container.record.state;
  mkdirSync(place.path, { recursive: true, mode: 0o755 });
  fillCpuset(place.path);
  for (const [name, value] of place.files) writeLimit(path.join(place.path, name), value);
  const moved = new Set<number>();
  for (let round = 0; round < movingRounds; round += 1) {
    const left = [...(await cgroupPids(cgroups))].filter((pid) => !moved.has(pid));
    if (left.length === 0) break;
    for (const pid of left) {
      moved.add(pid);
      try {
        writeFileSync(path.join(place.path, 'cgroup.procs'), String(pid), { flag: 'r+' });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // it has ended
      }
    }
  }
  container.note({ cgroups: [...cgroups, { path: place.path, version: place.version }] });
}

/** A cpuset of v1 is empty at first, and takes no process until it is filled. */
function fillCpuset(folder: string): void {
  for (const name of ['cpuset.cpus', 'cpuset.mems']) {
    const file = path.join(folder, name);
    let text: string;
    try {
      text = readFileSync(file, 'utf8').trim();
    } catch {
      return; // another controller, or the top
    }
    if (text !== '') continue;
    fillCpuset(path.dirname(folder));
    writeFileSync(file, readFileSync(path.join(path.dirname(folder), name), 'utf8').trim(), { flag: 'r+' });
  }
}
