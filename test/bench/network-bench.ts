// Published ports, names and networks: starts with many ports, throughput through a port, answers of the resolver, joining and
// leaving. All but the resolver in turn with a dockerd.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { output } from '../fixtures/command.ts';
import type { TestEngine } from '../fixtures/engine.ts';
import { ms, type Benches, type Figure } from './figure.ts';
import { alternate, median } from './measure.ts';

const containers = 20;
const portsEach = 10;
const seconds = 2;

async function elapsedMs(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

async function removeAll({ docker }: TestEngine): Promise<void> {
  const list = await docker.listContainers({ all: true });
  await Promise.all(list.map(({ Id }) => docker.getContainer(Id).remove({ force: true })));
}

/** Creates and starts containers with published ports, all at once. */
async function startWithPorts(engine: TestEngine): Promise<number> {
  const elapsed = await elapsedMs(() =>
    Promise.all(
      Array.from({ length: containers }, async (_, index) => {
        const exposed: Record<string, Record<string, never>> = {};
        const bindings: Record<string, { HostPort: string }[]> = {};
        for (let port = 0; port < portsEach; port++) {
          exposed[`${String(8000 + port)}/tcp`] = {};
          bindings[`${String(8000 + port)}/tcp`] = [{ HostPort: String(20_000 + index * portsEach + port) }];
        }
        const container = await engine.docker.createContainer({
          Image: 'busybox',
          Cmd: ['sleep', '600'],
          ExposedPorts: exposed,
          HostConfig: { PortBindings: bindings },
        });
        await container.start();
      }),
    ),
  );
  await removeAll(engine);
  return elapsed;
}

/** Builds a program of the fixtures and does something with it. */
async function withProgram<T>(source: string, use: (program: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'bt-bench-'));
  const program = path.join(folder, 'program');
  const text = fileURLToPath(new URL(`../fixtures/${source}`, import.meta.url));
  try {
    execFileSync('cc', ['-O2', '-Wall', '-Wextra', '-Werror', text, '-o', program]);
    return await use(program);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * A server in a container's network that sends for as long as it can, and the Gbit/s that a client gets from there. Both ends are the
 * same for both engines, and copy nothing: on a machine of two cores ends that copied hid what lies between them.
 */
async function throughput(engine: TestEngine, where: 'world' | 'loopback', program: string): Promise<number> {
  const container = await engine.docker.createContainer({
    Image: 'busybox',
    Cmd: ['sleep', '600'],
    ExposedPorts: { '80/tcp': {} },
    HostConfig: { PortBindings: { '80/tcp': [{ HostPort: '8080' }] } },
  });
  await container.start();
  const { Pid } = (await container.inspect()).State;
  const server = spawn('nsenter', ['-t', String(Pid), '-n', program, 'serve', '80'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  try {
    await new Promise((resolve) => server.stdout.once('data', resolve));
    const { run, runInWorld, address } = engine.machine;
    const answer = await (where === 'world' ? runInWorld : run)([
      ...[program, 'fetch', where === 'world' ? address : '127.0.0.1', '8080', String(seconds)],
    ]);
    return Number(answer.stdout);
  } finally {
    server.kill('SIGKILL');
    await container.remove({ force: true });
  }
}

async function joinAndLeave(engine: TestEngine): Promise<number> {
  const network = engine.docker.getNetwork('bench-other');
  return await elapsedMs(async () => {
    await network.connect({ Container: 'bench-member' });
    await network.disconnect({ Container: 'bench-member' });
  });
}

/** How often the resolver of a container in a network of twenty answers in a second. */
async function answersPerSecond(engine: TestEngine, program: string): Promise<number> {
  const network = await engine.docker.createNetwork({ Name: 'bench-names' });
  try {
    for (let index = 0; index < containers; index++) {
      const container = await engine.docker.createContainer({
        name: `bench-name-${String(index)}`,
        Image: 'busybox',
        Cmd: ['sleep', '600'],
        HostConfig: { NetworkMode: 'bench-names' },
      });
      await container.start();
    }
    const { State } = await engine.docker.getContainer('bench-name-0').inspect();
    const answer = await output([
      ...['nsenter', '-t', String(State.Pid), '-n', program],
      ...['127.0.0.11', `bench-name-${String(containers - 1)}`, String(seconds)],
    ]);
    return Number(answer);
  } finally {
    await removeAll(engine);
    await network.remove();
  }
}

/** The benches of networks; `pairs` runs of each side. */
export function networkBenches(ours: TestEngine, theirs: TestEngine, pairs: number): Benches {
  const slower = (name: string, bar: number, times: { ours: number[]; theirs: number[] }): Figure => {
    const [a, b] = [median(times.ours), median(times.theirs)];
    return { name, bar, unit: 'of dockerd', value: a / b, detail: `${ms(a)} against ${ms(b)}` };
  };
  const faster = async (where: 'world' | 'loopback', least: number): Promise<Figure> => {
    const rates = await withProgram('tcp-load.c', (program) =>
      alternate(
        pairs,
        () => throughput(ours, where, program),
        () => throughput(theirs, where, program),
      ),
    );
    const [a, b] = [median(rates.ours), median(rates.theirs)];
    return {
      name: `throughput of a published port, ${where}`,
      least,
      unit: 'of dockerd',
      value: a / b,
      detail: `${a.toFixed(1)} against ${b.toFixed(1)} Gbit/s`,
    };
  };
  return {
    ports: async () => {
      const times = await alternate(
        Math.min(pairs, 3),
        () => startWithPorts(ours),
        () => startWithPorts(theirs),
      );
      return [slower(`${String(containers)} containers of ${String(portsEach)} ports at once`, 0.12, times)];
    },
    throughput: async () => [await faster('world', 0.9), await faster('loopback', 1.2)],
    dns: async () => {
      const value = await withProgram('dns-load.c', (program) => answersPerSecond(ours, program));
      return [{ name: "the resolver's answers", least: 20_000, unit: 'a second', value, detail: '' }];
    },
    connect: async () => {
      const sides = [ours, theirs];
      for (const { docker } of sides) {
        await docker.createNetwork({ Name: 'bench-other' });
        await docker.createContainer({ name: 'bench-member', Image: 'busybox', Cmd: ['sleep', '600'] });
        await docker.getContainer('bench-member').start();
      }
      try {
        const times = await alternate(
          pairs,
          () => joinAndLeave(ours),
          () => joinAndLeave(theirs),
        );
        return [slower('docker network connect and disconnect', 0.3, times)];
      } finally {
        for (const side of sides) {
          await removeAll(side);
          await side.docker.getNetwork('bench-other').remove();
        }
      }
    },
  };
}
