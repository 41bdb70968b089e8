// The devices of a container, looked up on the host as it starts: nodes for its /dev, rules for its cgroup, and the
// numbers of the disks whose traffic is limited.
import { lstat, readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { EngineError } from '../errors.ts';
import type { OciDevice } from '../helper/spawn-requests.ts';
import type { HostConfig } from '../types.ts';
import { defaultDeviceRules, deviceRuleText, parseDeviceRule } from './device-rules.ts';
import { deviceNumbers, deviceOf, hostDevices } from './host-devices.ts';

/** What a container may do with devices. */
export interface ContainerDevices {
  /** Nodes beside those that every container has; all of the host's when it is privileged. */
  readonly nodes: readonly OciDevice[];
  /** Rules for its cgroup; undefined allows every device. */
  readonly rules: readonly string[] | undefined;
  /** `major:minor` of each disk that a blkio option names. */
  readonly disks: ReadonlyMap<string, string>;
}

type DeviceOptions = Pick<
  HostConfig,
  | 'Privileged'
  | 'Devices'
  | 'DeviceCgroupRules'
  | 'BlkioWeightDevice'
  | 'BlkioDeviceReadBps'
  | 'BlkioDeviceWriteBps'
  | 'BlkioDeviceReadIOps'
  | 'BlkioDeviceWriteIOps'
>;

/** Looks up what the options name. Throws in Docker's words for what is not there or no device. */
export async function containerDevices(host: DeviceOptions): Promise<ContainerDevices> {
  const disks = new Map<string, string>();
  for (const { Path } of [
    ...host.BlkioWeightDevice,
    ...host.BlkioDeviceReadBps,
    ...host.BlkioDeviceWriteBps,
    ...host.BlkioDeviceReadIOps,
    ...host.BlkioDeviceWriteIOps,
  ]) {
    if (!disks.has(Path)) disks.set(Path, await diskNumbers(Path));
  }
  const nodes: OciDevice[] = [];
  const rules: string[] = [...defaultDeviceRules];
  for (const wanted of host.Devices) {
    const inContainer = wanted.PathInContainer === '' ? wanted.PathOnHost : wanted.PathInContainer;
    for (const node of await devicesAt(wanted.PathOnHost, path.posix.resolve('/', inContainer))) {
      nodes.push(node);
      const { type, major, minor } = node;
      rules.push(deviceRuleText({ type, major, minor, access: wanted.CgroupPermissions || 'rwm' }));
    }
  }
  for (const rule of host.DeviceCgroupRules) rules.push(...parseDeviceRule(rule).map(deviceRuleText));
  if (!host.Privileged) return { nodes, rules, disks };
  const named = new Set(nodes.map((node) => node.path));
  const all = (await hostDevices()).filter((node) => !named.has(node.path));
  return { nodes: [...nodes, ...all], rules: undefined, disks };
}

/** The device at a path of the host, or all below a folder, as they are to be called in the container. */
async function devicesAt(onHost: string, inContainer: string): Promise<OciDevice[]> {
  const fail = (why: string, cause?: unknown): EngineError =>
    new EngineError(
      'internal',
      `error gathering device information while adding custom device "${onHost}": ${why}`,
      { cause },
    );
  const real = await realpath(onHost).catch((cause: unknown) => {
    throw fail('no such file or directory', cause);
  });
  const facts = await lstat(real);
  const single = deviceOf(inContainer, facts);
  if (single !== undefined) return [single];
  if (!facts.isDirectory()) throw fail('not a device node');
  const found: OciDevice[] = [];
  for (const name of await readdir(real, { recursive: true })) {
    const child = await lstat(path.join(real, name)).catch(() => undefined);
    const node = child === undefined ? undefined : deviceOf(path.posix.join(inContainer, name), child);
    if (node !== undefined) found.push(node);
  }
  if (found.length === 0) throw fail('not a device node');
  return found;
}

async function diskNumbers(file: string): Promise<string> {
  const facts = await stat(file).catch((cause: unknown) => {
    throw new EngineError('internal', `stat ${file}: no such file or directory`, { cause });
  });
  if (!facts.isBlockDevice()) throw new EngineError('invalid', `${file}: not a block device`);
  const { major, minor } = deviceNumbers(facts.rdev);
  return `${String(major)}:${String(minor)}`;
}
