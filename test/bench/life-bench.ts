// What is asked of an engine all day over the API, without the CLI's own start in the figure: stopping a container, the list of
// a thousand, and the memory that each of them costs.
import { once } from 'node:events';
import http from 'node:http';
import type { TestEngine } from '../fixtures/engine.ts';
import { ms, type Benches, type Figure } from './figure.ts';
import { alternate, median, pssMegabytes } from './measure.ts';

const many = 1000;
const madeAtOnce = 8;
const quickMs = 15;

/** Benches of ours beside a dockerd; both have busybox. `pairs` runs of each side. */
export function lifeBenches(ours: TestEngine, theirs: TestEngine, pairs: number): Benches {
  return {
    stop: async () => [await stop(ours, theirs, pairs)],
    many: () => manyContainers(ours, theirs, pairs),
  };
}

/** The program ends at the signal and at once: all that `stop` takes is the engine's. */
async function stop(ours: TestEngine, theirs: TestEngine, pairs: number): Promise<Figure> {
  const timed = async ({ docker }: TestEngine): Promise<number> => {
    const container = await docker.createContainer({
      Image: 'busybox',
      Cmd: ['sh', '-c', 'trap "exit 0" TERM; echo ready; while :; do read line; done'],
      OpenStdin: true,
    });
    try {
      await container.start();
      const log = await container.logs({ follow: true, stdout: true });
      await once(log, 'data'); // the trap is set
      const began = performance.now();
      await container.stop({ t: 60 });
      return performance.now() - began;
    } finally {
      await container.remove({ force: true });
    }
  };
  const times = await alternate(
    pairs,
    () => timed(ours),
    () => timed(theirs),
  );
  return {
    name: 'stop of a program that ends at the signal',
    bar: 10,
    unit: 'ms',
    value: median(times.ours),
    detail: `dockerd ${ms(median(times.theirs))}`,
  };
}

async function manyContainers(ours: TestEngine, theirs: TestEngine, pairs: number): Promise<Figure[]> {
  const before = await pssMegabytes([ours.pid]);
  try {
    await makeMany(ours);
    const perContainer = ((await pssMegabytes([ours.pid])) - before) / many;
    return [
      {
        name: 'the engine grows for each container',
        bar: 0.1,
        unit: 'MB PSS',
        value: perContainer,
        detail: 'more than its heap: with all that waits to be collected',
      },
      await list(ours, theirs, pairs),
    ];
  } finally {
    await Promise.all([ours, theirs].map(removeAll));
  }
}

/** Good enough when it is quick by itself; else dockerd gets as many, and it must take half as long. */
async function list(ours: TestEngine, theirs: TestEngine, pairs: number): Promise<Figure> {
  const name = `list of ${String(many)} containers`;
  const alone: number[] = [];
  for (let time = 0; time <= pairs; time += 1) alone.push(await timeList(ours));
  if (median(alone) <= quickMs) {
    return { name, bar: quickMs, unit: 'ms', value: median(alone), detail: 'to its last byte' };
  }
  await makeMany(theirs);
  const times = await alternate(
    pairs,
    () => timeList(ours),
    () => timeList(theirs),
  );
  const [a, b] = [median(times.ours), median(times.theirs)];
  return { name, bar: 0.5, unit: 'of dockerd', value: a / b, detail: `${ms(a)} against ${ms(b)}` };
}

/** Calls `work` for each, several at a time. */
async function inTurns<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  const waiting = [...items];
  await Promise.all(
    Array.from({ length: madeAtOnce }, async () => {
      for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item);
    }),
  );
}

async function makeMany({ docker }: TestEngine): Promise<void> {
  const numbers = Array.from({ length: many }, (_, index) => index);
  await inTurns(numbers, (index) =>
    docker.createContainer({ name: `one-of-many-${String(index)}`, Image: 'busybox', Cmd: ['true'] }),
  );
}

async function removeAll({ docker }: TestEngine): Promise<void> {
  const containers = await docker.listContainers({ all: true });
  await inTurns(containers, ({ Id }) => docker.getContainer(Id).remove({ force: true }));
}

/** One list of all containers, to its last byte. */
function timeList({ socket }: TestEngine): Promise<number> {
  return new Promise((resolve, reject) => {
    const began = performance.now();
    const sent = http.get(
      { socketPath: socket, path: '/containers/json?all=1', agent: false },
      (response) => {
        response.on('error', reject).on('end', () => resolve(performance.now() - began));
        response.resume();
      },
    );
    sent.on('error', reject);
  });
}
