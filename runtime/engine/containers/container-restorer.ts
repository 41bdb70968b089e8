// What an engine does at its start: reads the records of an earlier one, takes over the containers that still run, and
// undoes or finishes what was under way when that engine ended, at whatever line.
import { readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { messageOf } from '../errors.ts';
import { connectMonitor } from '../helper/monitor-client.ts';
import { readRecord } from '../store/records.ts';
import { killCgroups } from './cgroup-kill.ts';
import { never, parseContainerRecord, type ContainerRecord } from './container-record.ts';
import type { ContainerRunner } from './container-runner.ts';
import { reserveLinks } from './container-links.ts';
import type { ContainerRemover } from './container-remover.ts';
import { Container } from './container.ts';
import { isFrozen, thaw } from './freezer.ts';
import { startsWithEngine } from './restart-policy.ts';
import { intentSchema } from './start-plan.ts';
import type { Surroundings } from './surroundings.ts';

const SIGKILL = 9;
/** Docker's exit code for what a reboot ended. */
const rebootExitCode = 255;

/** Brings memory, disk and kernel into line. Nothing else may use the containers before it is done. */
export async function restoreContainers(
  around: Surroundings,
  runner: ContainerRunner,
  remover: ContainerRemover,
): Promise<void> {
  for (const id of await readdir(around.folders.containers)) {
    const container = await loadContainer(around, id);
    if (container !== undefined) around.index.add(container);
  }
  for (const container of around.index.values()) {
    const { name, record } = container;
    const links = record.links.filter(({ id }) => around.index.get(id) !== undefined);
    container.record = { ...record, links };
    try {
      reserveLinks(around.index, name, links);
    } catch (error) {
      around.log.warn('the names of links are taken', { container: record.id, error: messageOf(error) });
    }
  }
  for (const container of [...around.index.values()]) await settle(around, runner, remover, container);
  await around.volumes.restored();
  await removeStrayRooms(around);
  await removeStrayCgroups(around);
  const links = [...around.index.values()].flatMap(({ record }) =>
    record.state.endpoints.map(({ hostName }) => hostName),
  );
  await around.networks.removeStrayLinks(new Set(links));
  for (const container of around.index.values()) {
    if (startsNow(container)) container.become({ status: 'restarting', restartCount: 0 });
  }
  runner.restarts.open();
}

/** Whether a container that does not run is to be started, now that the engine is there again. */
function startsNow(container: Container): boolean {
  const { state, hostConfig } = container.record;
  const { exitCode, restartCount, manuallyStopped } = state;
  return (
    state.status === 'exited' &&
    state.startedAt !== never &&
    startsWithEngine(hostConfig.RestartPolicy, { exitCode, restartCount, manuallyStopped })
  );
}

/** Reads one container; a folder without a record is what a create left behind. */
async function loadContainer(around: Surroundings, id: string): Promise<Container | undefined> {
  let record: ContainerRecord | undefined;
  try {
    const written = await readRecord(around.folders.record(id), z.unknown());
    if (written !== undefined) record = parseContainerRecord(written);
  } catch (error) {
    around.log.error('a container is left alone: its record cannot be used', {
      container: id,
      reason: messageOf(error),
    });
    return undefined;
  }
  if (record === undefined) {
    await around.trash.discard(around.folders.container(id));
    return undefined;
  }
  try {
    around.index.reserve(record.name, record.id);
  } catch {
    // Two records with one name: a removal that was cut short. The folder that lost is shown by its id.
    record = { ...record, name: record.id.slice(0, 12) };
    around.index.reserve(record.name, record.id);
  }
  return new Container(record);
}

async function settle(
  around: Surroundings,
  runner: ContainerRunner,
  remover: ContainerRemover,
  container: Container,
): Promise<void> {
  const { state, hostConfig, bootId } = container.record;
  if (container.running && bootId === around.bootId) {
    await runner.adopt(container);
    return;
  }
  if (container.running) {
    container.become({
      status: 'exited',
      exitCode: rebootExitCode,
      pid: 0,
      finishedAt: new Date().toISOString(),
      endpoints: [],
      ports: [],
      cgroups: [],
    });
    if (!hostConfig.AutoRemove) await runner.save(container);
  }
  const ended = container.record.state.status === 'exited';
  // One to be removed at its end that was never started belongs to a client that is gone.
  if (hostConfig.AutoRemove && (ended || state.status === 'created')) {
    await remover.discard(container, { durable: false, volumes: true });
  }
}

/** Ends what runs in a room no running container has: a start that was cut short before it was recorded. */
async function removeStrayRooms(around: Surroundings): Promise<void> {
  const { folders, index, spawn } = around;
  for (const id of await readdir(folders.rooms)) {
    if (index.get(id)?.running === true) continue;
    const room = folders.room(id);
    const intent = await readRecord(folders.intent(id), intentSchema).catch(() => undefined);
    try {
      const monitor = await connectMonitor(room, { control: true });
      monitor.go();
      monitor.signal(SIGKILL);
      if (intent !== undefined && isFrozen(intent.cgroups)) thaw(intent.cgroups);
      await monitor.closed;
    } catch {
      // Nobody is there.
    }
    if (intent !== undefined) {
      const paths = intent.cgroups.map((cgroup) => cgroup.path);
      await killCgroups(paths);
      await spawn.deleteCgroups(paths);
      for (const { hostName } of intent.endpoints) if (hostName !== '') await spawn.deleteLink(hostName);
    }
    await rm(room, { recursive: true, force: true });
  }
}

/** Removes cgroups of this instance that no running container is in. */
async function removeStrayCgroups(around: Surroundings): Promise<void> {
  const { cgroups, names, spawn, index } = around;
  const roots = new Set(cgroups.v1.values());
  if (cgroups.v2 !== undefined) roots.add(cgroups.v2);
  const stray: string[] = [];
  for (const root of roots) {
    const parent = path.join(root, names.cgroupParent);
    const children = await readdir(parent, { withFileTypes: true }).catch(() => []);
    for (const child of children) {
      if (!child.isDirectory() || index.get(child.name)?.running === true) continue;
      stray.push(path.join(parent, child.name));
    }
  }
  if (stray.length === 0) return;
  await killCgroups(stray);
  await spawn.deleteCgroups(stray);
}

/** The kernel's name of this boot. */
export async function readBootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
}
