// Small tools for fair figures: alternated pairs, medians, and the memory and CPU of processes as the kernel counts them.
import { readFile, readdir } from 'node:fs/promises';
import http from 'node:http';
import type { TestEngine } from '../fixtures/engine.ts';

/** Runs `ours` and `theirs` in turn, `pairs` times after one warm-up each; every time in ms. */
export async function alternate(
  pairs: number,
  ours: () => Promise<number>,
  theirs: () => Promise<number>,
): Promise<{ ours: number[]; theirs: number[] }> {
  await ours();
  await theirs();
  const times = { ours: [] as number[], theirs: [] as number[] };
  for (let pair = 0; pair < pairs; pair++) {
    times.ours.push(await ours());
    times.theirs.push(await theirs());
  }
  return times;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

/** Begins a GET over an engine's socket; the answer's body is to be read or destroyed. */
export function open(engine: TestEngine, target: string): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    http.get({ socketPath: engine.socket, path: target, agent: false }, resolve).on('error', reject);
  });
}

/** One request, to its last byte. */
export async function request(engine: TestEngine, target: string): Promise<{ totalMs: number }> {
  const began = performance.now();
  const response = await open(engine, target);
  for await (const chunk of response) void chunk;
  if (response.statusCode !== 200) throw new Error(`${target}: ${String(response.statusCode)}`);
  return { totalMs: performance.now() - began };
}

/** All processes that have `pid` as an ancestor, and itself. */
export async function processTree(pid: number): Promise<number[]> {
  const children = new Map<number, number[]>();
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => undefined);
    if (stat === undefined) continue;
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const tree = [pid];
  for (const member of tree) tree.push(...(children.get(member) ?? []));
  return tree;
}

/** Proportional set size in MB (10^6 bytes) of these processes together; those that ended count nothing. */
export async function pssMegabytes(pids: readonly number[]): Promise<number> {
  let kilobytes = 0;
  for (const pid of pids) {
    const rollup = await readFile(`/proc/${String(pid)}/smaps_rollup`, 'utf8').catch(() => '');
    kilobytes += Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? 0);
  }
  return (kilobytes * 1024) / 1e6;
}

/** CPU time that all threads of these processes have used so far, in seconds, as exactly as the scheduler counts. */
export async function cpuSeconds(pids: readonly number[]): Promise<number> {
  let nanoseconds = 0;
  for (const pid of pids) {
    const threads = `/proc/${String(pid)}/task`;
    for (const thread of await readdir(threads).catch(() => [])) {
      const schedstat = await readFile(`${threads}/${thread}/schedstat`, 'utf8').catch(() => '0');
      nanoseconds += Number(schedstat.split(' ')[0]);
    }
  }
  return nanoseconds / 1e9;
}

/** Pids of an engine's monitors: they name the exec-root in their options. */
export async function monitorsOf(execRoot: string): Promise<number[]> {
  const found: number[] = [];
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (commandLine.startsWith('berth-monitor') && commandLine.includes(`\0${execRoot}/`))
      found.push(Number(pid));
  }
  return found;
}
