// The options of a container on our engine and on a real dockerd: the same warnings and the same words of refusal, be it
// at the create or at the start; and what inspect says of what was taken.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { request } from '../fixtures/contract-table.ts';
import { startEngine, type BerthEngine, type TestEngine } from '../fixtures/engine.ts';
import { startPeer } from '../fixtures/peer.ts';

let engine: BerthEngine;
let peer: TestEngine;
beforeAll(async () => {
  [engine, peer] = await Promise.all([startEngine(), startPeer()]);
  for (const side of [engine, peer]) await side.cli(['pull', '-q', 'busybox']);
}, 120_000);
afterAll(async () => {
  await Promise.all([engine.stop(), peer.stop()]);
});

const answerSchema = z.object({
  Id: z.string().optional(),
  Warnings: z.array(z.string()).nullish(),
  message: z.string().optional(),
});

/** What became of a container: warnings, the words of a refusal, and its HostConfig. */
interface Outcome {
  readonly warnings: readonly string[];
  readonly refusal: string;
  readonly host: Readonly<Record<string, unknown>>;
}

async function outcome(side: TestEngine, body: object): Promise<Outcome> {
  const post = async (path: string, content?: string) =>
    answerSchema.parse(
      JSON.parse(
        (await request(side.socket, { method: 'POST', path: `/v1.41${path}`, body: content })).text || '{}',
      ),
    );
  const created = await post(
    '/containers/create',
    JSON.stringify({ Image: 'busybox', Cmd: ['true'], ...body }),
  );
  const warnings = created.Warnings ?? [];
  if (created.Id === undefined) return { warnings, refusal: created.message ?? '', host: {} };
  const { text } = await request(side.socket, {
    method: 'GET',
    path: `/v1.41/containers/${created.Id}/json`,
  });
  const { HostConfig: host } = z
    .object({ HostConfig: z.record(z.string(), z.unknown()) })
    .parse(JSON.parse(text));
  const { message = '' } = await post(`/containers/${created.Id}/start`);
  await request(side.socket, { method: 'DELETE', path: `/containers/${created.Id}?force=1` });
  return { warnings, refusal: message, host };
}

/** Takes out what the runtime puts before its words, and what may differ between two engines. */
const level = (text: string): string =>
  text
    .replace(/^failed to create (task for container|shim task): /, '')
    .replace(/^failed to create shim task: /, '')
    .replace(/^OCI runtime create failed: runc create failed: /, '')
    .replace(/: unknown$/, '')
    .replaceAll(/[0-9a-f]{64}/g, '<id>');

const mb = 1024 * 1024;
const same: readonly object[] = [
  { Memory: 1000 },
  { Memory: 64 * mb },
  { Memory: 64 * mb, MemorySwap: 1000 },
  { MemorySwap: 64 * mb },
  { MemorySwappiness: 101 },
  { MemorySwappiness: 50 },
  { MemoryReservation: 1000 },
  { Memory: 64 * mb, MemoryReservation: 65 * mb },
  { KernelMemoryTCP: 64 * mb },
  { OomKillDisable: true },
  { OomKillDisable: true, Memory: 64 * mb },
  { PidsLimit: 10 },
  { NanoCpus: 5e8, CpuPeriod: 100_000 },
  { NanoCpus: 5e8, CpuQuota: 100_000 },
  { NanoCpus: 5e11 },
  { NanoCpus: -1 },
  { CpuShares: -1 },
  { CpuPeriod: 1 },
  { CpuQuota: 1 },
  { CpuPercent: 1 },
  { CpuCount: 1 },
  { CpusetCpus: 'a' },
  { CpusetCpus: '0-100' },
  { CpusetCpus: '0,1' },
  { CpusetMems: 'a' },
  { CpusetMems: '7' },
  { BlkioWeight: 500 },
  { BlkioWeightDevice: [{ Path: '/dev/vda', Weight: 100 }] },
  { BlkioDeviceReadBps: [{ Path: '/dev/nosuch', Rate: 100 }] },
  { IOMaximumBandwidth: 1 },
  { IOMaximumIOps: 1 },
  { CpuRealtimeRuntime: 950_000, CpuRealtimePeriod: 1000 },
  { OomScoreAdj: 1001 },
  { Devices: [{ PathOnHost: '/dev/nosuch', PathInContainer: '/dev/x', CgroupPermissions: 'rwm' }] },
  { Devices: [{ PathOnHost: '/etc', PathInContainer: '/dev/x', CgroupPermissions: 'rwm' }] },
  { DeviceCgroupRules: ['c 1:3 rwx'] },
  { DeviceCgroupRules: ['c 10:200 rwm'] },
  { DeviceRequests: [{ Driver: '', Count: -1, Capabilities: [['gpu']] }] },
  { ShmSize: -1 },
  { Tmpfs: { '/x': 'size=1m,evil' } },
  { Tmpfs: { relative: '' } },
  { Tmpfs: { '/': '' } },
  { Sysctls: { 'kernel.core_pattern': 'x' } },
  { Sysctls: { 'kernel.shm_rmid_forced': '1' } },
  { CapAdd: ['NOSUCH'] },
  { CapDrop: ['NOSUCH'] },
  { SecurityOpt: ['what=ever'] },
  { SecurityOpt: ['whatever'] },
  { SecurityOpt: ['no-new-privileges=maybe'] },
  { SecurityOpt: ['no-new-privileges:true'] },
  { SecurityOpt: ['seccomp={"defaultAction":"NOSUCH"}'] },
  { SecurityOpt: ['seccomp={}'] },
  {
    SecurityOpt: [
      'seccomp={"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"name":"a","names":["b"],"action":"SCMP_ACT_ERRNO"}]}',
    ],
  },
  { PidMode: 'host' },
  { PidMode: 'container:nosuch' },
  { IpcMode: 'container:nosuch' },
  { IpcMode: 'shareable' },
  { CgroupnsMode: 'nonsense' },
  { NetworkMode: 'container:' },
  { NetworkMode: 'container:nosuch' },
  { NetworkMode: 'nosuch' },
  { Isolation: 'hyperv' },
  { StorageOpt: { size: '1G' } },
  { StorageOpt: { x: '1G' } },
  { GroupAdd: ['nosuch'] },
  { ExtraHosts: ['bad'] },
  { ExtraHosts: ['a:b'] },
  { RestartPolicy: { Name: 'always' }, AutoRemove: true },
];
const sameConfig: readonly object[] = [
  { Hostname: 'x', HostConfig: { UTSMode: 'host' } },
  { User: 'nosuch' },
  { User: '0:nosuch' },
  { User: '99999999999' },
  { User: '-1' },
  { WorkingDir: 'rel' },
  { StopSignal: 'NOPE' },
  { Env: ['=x'] },
  { MacAddress: '02:42:ac:11:00:05', HostConfig: { NetworkMode: 'host' } },
];

/** Fields of HostConfig that differ whatever is asked, and why. */
const ownWays: ReadonlyMap<string, string> = new Map([
  ['CgroupnsMode', 'ours is private on cgroup v1, too'],
  ['Runtime', 'ours has another name'],
  ['KernelMemory', 'newer Docker has it no more'],
  ['KernelMemoryTCP', 'newer Docker leaves it out when it is zero'],
  ['LogConfig', 'newer Docker and 20.10 fill it in alike, but for null'],
  ['Annotations', 'newer than 20.10'],
  ['MaskedPaths', 'newer Docker masks more'],
  ['NetworkMode', 'newer Docker names the network: bridge, where 20.10 says default'],
  ['RestartPolicy', 'newer Docker says no where 20.10 has an empty name'],
]);

const settled = ({ host, ...rest }: Outcome): unknown => ({
  warnings: rest.warnings,
  refusal: level(rest.refusal),
  // null, [], {} and nothing at all are one: versions of Docker differ in which of them they write.
  host: Object.fromEntries(
    Object.entries(host).filter(
      ([field, value]) =>
        !ownWays.has(field) &&
        value !== null &&
        value !== false &&
        !(typeof value === 'object' && Object.keys(value).length === 0),
    ),
  ),
});

describe('dockerd and we say the same of', () => {
  it.each([...same.map((HostConfig) => ({ HostConfig })), ...sameConfig])('%j', async (body) => {
    const [ours, theirs] = await Promise.all([outcome(engine, body), outcome(peer, body)]);
    const [mine, other] = [settled(ours), settled(theirs)].map((each) =>
      z.looseObject({ host: z.record(z.string(), z.unknown()) }).parse(each),
    );
    // What is refused at once has no HostConfig to compare.
    const compared = Object.keys(ours.host).length === 0 || Object.keys(theirs.host).length === 0;
    expect(compared ? { ...mine, host: {} } : mine).toEqual(compared ? { ...other, host: {} } : other);
  });
});
