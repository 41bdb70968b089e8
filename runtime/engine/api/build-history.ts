// What a history of builds tells: the list, one build, and either of them as it changes: lines of JSON, the first with everything, each
// further one with what is new. They follow what is kept and not what happens, so a slow client misses nothing and nothing queues up.
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BuildRecord } from '../build/build-recorder.ts';
import type { BuildService } from '../build/build-service.ts';
import type { Call } from './route.ts';

/** Changes are gathered so long. */
const gatherMs = 50;

/** Values of arguments may be secrets: a history tells that they were given. */
export function inspectedBuild(record: BuildRecord): object {
  const buildArgs = record.request.buildArgs.map(([name]) => name);
  return { ...record, request: { ...record.request, buildArgs } };
}

/** A build in the list. */
export function buildSummary(record: BuildRecord) {
  const { id, state, startedAt, finishedAt, image, names, error, steps, request } = record;
  return {
    ...{ id, state, startedAt, finishedAt, image, names, error },
    steps: steps.length,
    finished: steps.filter((step) => step.state === 'done').length,
    cached: steps.filter((step) => step.cached).length,
    ...{ tags: request.tags, target: request.target, source: request.source },
  };
}

/** `{set: [summary], remove: [id]}` a line, until the client goes. */
export async function followHistory(builds: BuildService, call: Call): Promise<void> {
  const told = new Map<string, string>();
  await follow(builds, call, () => {
    const summaries = builds.history().map(buildSummary);
    const here = new Set(summaries.map(({ id }) => id));
    const remove = [...told.keys()].filter((id) => !here.has(id));
    for (const id of remove) told.delete(id);
    const isFirst = told.size === 0 && remove.length === 0;
    const set = summaries.filter((one) => {
      const text = JSON.stringify(one);
      if (told.get(one.id) === text) return false;
      told.set(one.id, text);
      return true;
    });
    const line = isFirst || set.length > 0 || remove.length > 0 ? { set, remove } : undefined;
    return { line, ended: false };
  });
  call.response.end();
}

/** `{build?, steps?: [step]}` a line, where the log of a step is what is new of it; until the build has ended. */
export async function followBuild(builds: BuildService, call: Call): Promise<void> {
  // Not found is told with a status of its own.
  const record = builds.record(call.name);
  const follower = new BuildFollower();
  await follow(
    builds,
    call,
    () => ({ line: follower.next(record), ended: record.state !== 'running' }),
    call.name,
  );
  call.response.end();
}

/** Knows what of a build was told. */
export class BuildFollower {
  #head = '';
  readonly #steps = new Map<number, { head: string; logLength: number }>();

  /** What is new; undefined when nothing is. */
  next(record: BuildRecord): object | undefined {
    const { state, dockerfile, steps } = record;
    const head = `${state} ${String(dockerfile.length)} ${String(steps.length)}`;
    const changed = steps.flatMap((step) => {
      const { log, ...rest } = step;
      const text = JSON.stringify(rest);
      const before = this.#steps.get(step.number);
      if (before?.head === text && before.logLength === log.length) return [];
      this.#steps.set(step.number, { head: text, logLength: log.length });
      return [{ ...rest, log: log.slice(before?.logLength ?? 0) }];
    });
    const isNew = head !== this.#head;
    this.#head = head;
    if (!isNew && changed.length === 0) return undefined;
    return { ...(isNew ? { build: { ...inspectedBuild(record), steps: undefined } } : {}), steps: changed };
  }
}

/** Writes what `next` tells, now and after each change of the builds, or of `only` one, until it tells of the end or the client goes. */
export async function follow(
  builds: Pick<BuildService, 'watch'>,
  { response, signal }: Call,
  next: () => { line: object | undefined; ended: boolean },
  only?: string,
): Promise<void> {
  let wake: () => void = () => undefined;
  let changed = Promise.resolve();
  const arm = (): void => {
    changed = new Promise((resolve) => (wake = resolve));
  };
  arm();
  const unwatch = builds.watch((id) => {
    if (only === undefined || id === only) wake();
  });
  signal.addEventListener('abort', () => wake(), { once: true });
  response.writeHead(200, { 'Content-Type': 'application/json' });
  response.flushHeaders();
  try {
    while (!signal.aborted) {
      const { line, ended } = next();
      if (line !== undefined && !response.write(`${JSON.stringify(line)}\n`)) {
        await once(response, 'drain', { signal });
      }
      if (ended) break;
      await changed;
      arm();
      await sleep(gatherMs, undefined, { signal });
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    unwatch();
  }
}
