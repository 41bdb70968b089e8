// One sampler for all who listen: a look each second at the union of what they ask for, each container read once. Without a
// listener there is no timer and nothing is remembered.
import { statfs } from 'node:fs/promises';
import { setImmediate as breathe, setTimeout as sleep } from 'node:timers/promises';
import type { MachineUsage, UsageReport, UsageSample, UsageService } from '../services.ts';
import type { ContainerIndex } from './container-names.ts';
import type { Container } from './container.ts';
import { cpuPercent, machineMemory, machineTicks } from './usage-counters.ts';
import { textOf, UsageReader } from './usage-reader.ts';

const intervalMs = 1000;
/** So many containers are read before others get their turn: about 3 ms. */
const readAtOnce = 16;

interface Listener {
  readonly ids: readonly string[];
  readonly report: (report: UsageReport) => void;
}

/** Looks at containers once a second while somebody listens. */
export class UsageSampler implements UsageService {
  readonly #index: Pick<ContainerIndex<Container>, 'get'>;
  readonly #dataRoot: string;
  readonly #listeners = new Set<Listener>();
  #reader = new UsageReader();
  /** The last look at each processor time, by container. */
  #before = new Map<string, { readonly cpuNanoseconds: number; readonly timeMs: number }>();
  #ticksBefore: ReturnType<typeof machineTicks> | undefined;
  /** Ends the looks; there while there are some. */
  #looking: AbortController | undefined;

  constructor(index: Pick<ContainerIndex<Container>, 'get'>, dataRoot: string) {
    this.#index = index;
    this.#dataRoot = dataRoot;
  }

  async listen(
    ids: readonly string[],
    report: (report: UsageReport) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const listener: Listener = { ids, report };
    await this.#sample([listener], true);
    if (!signal.aborted) {
      this.#listeners.add(listener);
      if (this.#looking === undefined) {
        this.#looking = new AbortController();
        void this.#look(this.#looking.signal);
      }
      await new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
      this.#listeners.delete(listener);
    }
    if (this.#listeners.size > 0) return;
    this.#looking?.abort();
    this.#looking = undefined;
    this.#reader = new UsageReader();
    this.#before = new Map();
    this.#ticksBefore = undefined;
  }

  /** Looks once a second; a late look does not put off those behind it. */
  async #look(over: AbortSignal): Promise<void> {
    for (let dueMs = performance.now(); ;) {
      dueMs = Math.max(dueMs + intervalMs, performance.now());
      await sleep(dueMs - performance.now(), undefined, { signal: over }).catch(() => undefined);
      if (over.aborted) return;
      await this.#sample([...this.#listeners], false);
    }
  }

  /** Reads what these listeners ask for and tells them. A first look says nothing of processors and spoils no other's. */
  async #sample(listeners: readonly Listener[], first: boolean): Promise<void> {
    const asked = new Set<string>();
    for (const { ids } of listeners) for (const id of ids) asked.add(id);
    const machine = await this.#machine(first);
    const samples = new Map<string, UsageSample>();
    let count = 0;
    for (const id of asked) {
      const sample = this.#container(id, machine.memoryTotalBytes, first);
      if (sample !== undefined) samples.set(id, sample);
      count += 1;
      if (count % readAtOnce === 0) await breathe();
    }
    const timeMs = Date.now();
    for (const { ids, report } of listeners) {
      const containers = ids.flatMap((id) => samples.get(id) ?? []);
      report({ timeMs, containers, machine });
    }
  }

  #container(id: string, machineBytes: number, first: boolean): UsageSample | undefined {
    const container = this.#index.get(id);
    const counters = container === undefined ? undefined : this.#reader.read(container);
    if (container === undefined || counters === undefined) {
      this.#before.delete(id);
      return undefined;
    }
    const { cpuNanoseconds, ...shown } = counters;
    const timeMs = performance.now();
    const before = this.#before.get(id);
    if (!first || before === undefined) this.#before.set(id, { cpuNanoseconds, timeMs });
    const limit = container.record.hostConfig.Memory;
    return {
      id,
      cpuPercent:
        first || before === undefined
          ? null
          : cpuPercent(cpuNanoseconds - before.cpuNanoseconds, timeMs - before.timeMs),
      memoryLimitBytes: limit > 0 ? Math.min(limit, machineBytes) : machineBytes,
      ...shown,
    };
  }

  async #machine(first: boolean): Promise<MachineUsage> {
    const ticks = machineTicks(textOf('/proc/stat'));
    const before = this.#ticksBefore;
    if (!first || before === undefined) this.#ticksBefore = ticks;
    const passed = before === undefined ? 0 : ticks.all - before.all;
    const disk = await statfs(this.#dataRoot).catch(() => ({ bsize: 0, blocks: 0, bfree: 0 }));
    return {
      cpuPercent:
        first || passed <= 0
          ? null
          : Math.round(((ticks.busy - (before?.busy ?? 0)) / passed) * 10_000) / 100,
      ...machineMemory(textOf('/proc/meminfo')),
      diskUsedBytes: (disk.blocks - disk.bfree) * disk.bsize,
      diskTotalBytes: disk.blocks * disk.bsize,
    };
  }
}
