// What containers use: a sample of the kernel's counters, and samples one second apart for as long as somebody listens.
import { readFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { StatsRequest } from '../services.ts';
import { untrustedMap, type BlkioStats, type ContainerStats, type CpuStats } from '../types.ts';
import { never } from './container-record.ts';
import type { Container } from './container.ts';
import { parseNetworkMode } from './network-mode.ts';
import {
  blkioV1,
  blkioV2,
  cpuV1,
  cpuV2,
  machineCpu,
  memoryV1,
  memoryV2,
  networkStats,
  pidsStats,
  type Files,
} from './stats-counters.ts';

const intervalMs = 1000;

const noCpu: CpuStats = {
  cpu_usage: { total_usage: 0, usage_in_kernelmode: 0, usage_in_usermode: 0 },
  throttling_data: { periods: 0, throttled_periods: 0, throttled_time: 0 },
};
const noBlkio: BlkioStats = {
  io_service_bytes_recursive: null,
  io_serviced_recursive: null,
  io_queue_recursive: null,
  io_service_time_recursive: null,
  io_wait_time_recursive: null,
  io_merged_recursive: null,
  io_time_recursive: null,
  sectors_recursive: null,
};

/** Samples until the signal or the container's removal; one that does not run is all zeros, as Docker has it. */
export async function* sampleStats(
  container: Container,
  request: StatsRequest,
  signal: AbortSignal,
): AsyncGenerator<ContainerStats> {
  if (!request.stream && (request.oneShot || !container.running)) {
    yield await sampleOf(container, undefined);
    return;
  }
  let before: ContainerStats | undefined;
  for (let count = 0; !container.removing && !signal.aborted; count += 1) {
    const sample = await sampleOf(container, before);
    before = sample;
    // Without a stream the first only gives the second something to compare with.
    if (request.stream || count > 0) yield sample;
    if (!request.stream && count > 0) return;
    await sleep(intervalMs, undefined, { signal });
  }
}

async function sampleOf(container: Container, before: ContainerStats | undefined): Promise<ContainerStats> {
  const { state, hostConfig } = container.record;
  const compared = { preread: before?.read ?? never, precpu_stats: before?.cpu_stats ?? noCpu };
  const empty: ContainerStats = {
    name: `/${container.name}`,
    id: container.id,
    read: never,
    ...compared,
    pids_stats: {},
    blkio_stats: noBlkio,
    num_procs: 0,
    storage_stats: {},
    cpu_stats: noCpu,
    memory_stats: {},
  };
  if (!container.running) return empty;
  const read = new Date().toISOString();
  const { files, version } = await readFiles(state.cgroups);
  const host = parseNetworkMode(hostConfig.NetworkMode).type === 'host';
  const [processors, devices] = await Promise.all([
    textOf('/proc/stat'),
    host ? '' : textOf(`/proc/${String(state.pid)}/net/dev`),
  ]);
  // It may have ended while it was looked at: half a sample is none.
  if (!container.running || container.record.state.pid !== state.pid) return empty;
  const networks = networkStats(devices);
  return {
    ...empty,
    read,
    pids_stats: pidsStats(files),
    blkio_stats: version('blkio.throttle.io_service_bytes') ? blkioOfV1(files) : blkioOfV2(files),
    cpu_stats: {
      ...(version('cpuacct.usage') ? cpuV1(files) : cpuV2(files)),
      ...machineCpu(processors),
    },
    memory_stats: version('memory.usage_in_bytes')
      ? memoryV1(files, os.totalmem())
      : memoryV2(files, os.totalmem()),
    ...(networks.size === 0 ? {} : { networks: untrustedMap(networks) }),
  };
}

function blkioOfV1(files: Files): BlkioStats {
  const of = (name: string) =>
    blkioV1(files(`blkio.throttle.${name}_recursive`) || files(`blkio.throttle.${name}`));
  return {
    io_service_bytes_recursive: of('io_service_bytes'),
    io_serviced_recursive: of('io_serviced'),
    io_queue_recursive: [],
    io_service_time_recursive: [],
    io_wait_time_recursive: [],
    io_merged_recursive: [],
    io_time_recursive: [],
    sectors_recursive: [],
  };
}

function blkioOfV2(files: Files): BlkioStats {
  return { ...noBlkio, io_service_bytes_recursive: blkioV2(files('io.stat')) };
}

/** The files that statistics come from; a name is in one hierarchy only, but for cpu.stat, which v1 has beside cpuacct. */
const names = {
  1: (
    'cpuacct.usage cpuacct.usage_percpu cpuacct.stat cpu.stat memory.usage_in_bytes memory.max_usage_in_bytes ' +
    'memory.stat memory.failcnt memory.limit_in_bytes pids.current pids.max blkio.throttle.io_service_bytes ' +
    'blkio.throttle.io_service_bytes_recursive blkio.throttle.io_serviced blkio.throttle.io_serviced_recursive'
  ).split(' '),
  2: 'cpu.stat memory.current memory.stat memory.events memory.max pids.current pids.max io.stat'.split(' '),
} as const;

/** Reads all of them; `version` says whether a file of version 1 is there. */
async function readFiles(
  places: readonly { readonly path: string; readonly version: 1 | 2 }[],
): Promise<{ files: Files; version: (v1Name: string) => boolean }> {
  const texts = new Map<string, string>();
  // Version 1 last: a controller that is mounted there is not in version 2.
  for (const place of [...places].sort((a, b) => b.version - a.version)) {
    await Promise.all(
      names[place.version].map(async (name) => {
        const text = await textOf(path.join(place.path, name));
        if (text !== '') texts.set(name, text);
      }),
    );
  }
  return {
    files: (name) => texts.get(name) ?? '',
    version: (v1Name) => texts.has(v1Name),
  };
}

function textOf(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(() => '');
}
