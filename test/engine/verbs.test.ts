// What is done to a container that is there: another name, a pause, a look at its processes and at what it uses; through dockerode and through every docker CLI.
import { readdir, readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { cliOn, dockerClis } from '../fixtures/cli.ts';
import { startEngine, type BerthEngine } from '../fixtures/engine.ts';

const clis = await dockerClis();
const table = z.array(z.array(z.string()));
let engine: BerthEngine;

beforeAll(async () => {
  engine = await startEngine();
  await engine.cli(['pull', '-q', 'busybox']);
});
afterAll(() => engine.stop());

describe('rename', () => {
  it('holds over a restart of the engine, and frees the old name', async () => {
    const container = await engine.docker.createContainer({ name: 'old', Image: 'busybox', Cmd: ['true'] });
    await container.rename({ name: 'new' });
    await engine.restart();
    expect((await engine.docker.getContainer('new').inspect()).Name).toBe('/new');
    const next = await engine.docker.createContainer({ name: 'old', Image: 'busybox', Cmd: ['true'] });
    await expect(next.rename({ name: 'new' })).rejects.toMatchObject({
      statusCode: 409,
      json: {
        message:
          `Error when allocating new name: Conflict. The container name "/new" is already in use by container "${container.id}". ` +
          'You have to remove (or rename) that container to be able to reuse that name.',
      },
    });
    await Promise.all([container.remove(), next.remove()]);
  });

  it.each(clis)('of a running container by docker CLI $version', async (cli) => {
    const docker = (...args: string[]) => cliOn(cli, engine, args);
    await docker('run', '-d', '--name', 'first', 'busybox', 'sleep', '1000');
    expect(await docker('rename', 'first', 'second')).toMatchObject({ exitCode: 0, stdout: '', stderr: '' });
    expect((await docker('exec', 'second', 'echo', 'here')).stdout).toBe('here\n');
    expect((await docker('ps', '--format', '{{.Names}}')).stdout).toBe('second\n');
    expect((await docker('rename', 'first', 'third')).stderr).toContain('No such container: first');
    await docker('rm', '-f', 'second');
  });
});

describe('pause', () => {
  /** How often a container that counts has printed. */
  const lines = async (name: string): Promise<number> =>
    (await engine.cli(['logs', name])).stdout.split('\n').length;
  const script = 'i=0; while :; do i=$((i+1)); echo $i; usleep 20000; done';

  it('stops every process, over a restart of the engine too, until it is unpaused', async () => {
    await engine.cli(['run', '-d', '--name', 'counter', 'busybox', 'sh', '-c', script]);
    const container = engine.docker.getContainer('counter');
    await expect.poll(() => lines('counter')).toBeGreaterThan(3);
    await container.pause();
    const { State } = await container.inspect();
    expect(State).toMatchObject({ Status: 'paused', Paused: true, Running: true });
    await engine.kill('SIGKILL');
    await engine.restart();
    expect((await container.inspect()).State).toMatchObject({ Status: 'paused', Pid: State.Pid });
    const before = await lines('counter');
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await lines('counter')).toBe(before);
    await container.unpause();
    await expect.poll(() => lines('counter')).toBeGreaterThan(before + 3);
    await container.remove({ force: true });
  });

  it('is refused twice, and refuses what a stopped process cannot do', async () => {
    await engine.cli(['run', '-d', '--name', 'still', 'busybox', 'sleep', '1000']);
    const container = engine.docker.getContainer('still');
    const { Id } = await container.inspect();
    const refusal = (statusCode: number, message: string) => ({ statusCode, json: { message } });
    await expect(container.unpause()).rejects.toMatchObject(refusal(500, `Container ${Id} is not paused`));
    const exec = await container.exec({ Cmd: ['true'] });
    await container.pause();
    await expect(container.pause()).rejects.toMatchObject(refusal(409, `Container ${Id} is already paused`));
    await expect(container.start()).rejects.toMatchObject(
      refusal(409, 'cannot start a paused container, try unpause instead'),
    );
    const paused = refusal(409, 'Container still is paused, unpause the container before exec');
    await expect(container.exec({ Cmd: ['true'] })).rejects.toMatchObject(paused);
    // dockerode reads no sentence where a stream was to come.
    await expect(exec.start({})).rejects.toMatchObject({ statusCode: 409 });
    await expect(container.remove()).rejects.toMatchObject({ statusCode: 409 });
    await container.remove({ force: true });
  });

  it.each(['kill', 'stop', 'restart'] as const)('ends by a %s, with its events', async (verb) => {
    await engine.cli(['run', '-d', '--name', 'ending', '--init', 'busybox', 'sleep', '1000']);
    const container = engine.docker.getContainer('ending');
    const since = String(Date.now() / 1000);
    await container.pause();
    await container[verb]();
    const running = verb === 'restart';
    expect((await container.inspect()).State).toMatchObject({ Paused: false, Running: running });
    const { stdout } = await engine.cli(
      ['events', '--since', since, '--until', String(Date.now() / 1000), '--format', '{{.Action}}'].concat(
        ...['--filter', 'container=ending'],
      ),
    );
    expect(stdout.split('\n').slice(0, 4)).toEqual(['pause', 'kill', 'unpause', 'die']);
    await container.remove({ force: true });
  });

  it('is thawed when its monitor is lost', async () => {
    await engine.cli(['run', '-d', '--name', 'orphan', 'busybox', 'sleep', '1000']);
    const container = engine.docker.getContainer('orphan');
    await container.pause();
    const { Id, State } = await container.inspect();
    process.kill(await monitorOf(Id), 'SIGKILL');
    await expect.poll(async () => (await container.inspect()).State.Status).toBe('exited');
    await expect.poll(() => isAlive(State.Pid)).toBe(false);
    await container.remove();
  });

  it.each(clis)('by docker CLI $version', async (cli) => {
    const docker = (...args: string[]) => cliOn(cli, engine, args);
    await docker('run', '-d', '--name', 'asleep', 'busybox', 'sleep', '1000');
    expect(await docker('pause', 'asleep')).toMatchObject({ exitCode: 0, stdout: 'asleep\n' });
    expect((await docker('ps', '--format', '{{.Status}}')).stdout).toMatch(/^Up .* \(Paused\)\n$/);
    expect((await docker('exec', 'asleep', 'true')).stderr).toContain('unpause the container before exec');
    expect(await docker('unpause', 'asleep')).toMatchObject({ exitCode: 0, stdout: 'asleep\n' });
    expect((await docker('exec', 'asleep', 'echo', 'awake')).stdout).toBe('awake\n');
    await docker('rm', '-f', 'asleep');
  });
});

describe('stop', () => {
  it('waits as long as it is told, be it longer than a timer can', async () => {
    const script = 'trap "sleep 1; exit 5" TERM; echo ready; while :; do sleep 0.1; done';
    await engine.cli(['run', '-d', '--name', 'slow-to-end', 'busybox', 'sh', '-c', script]);
    await expect.poll(async () => (await engine.cli(['logs', 'slow-to-end'])).stdout).toBe('ready\n');
    expect((await engine.cli(['stop', '-t', '3000000', 'slow-to-end'])).exitCode).toBe(0);
    const { State } = await engine.docker.getContainer('slow-to-end').inspect();
    expect(State.ExitCode).toBe(5);
    await engine.cli(['rm', 'slow-to-end']);
  });
});

describe('top', () => {
  const script = 'sleep 1001 & sleep 1002 & wait';

  it('shows every process of the container, execs too, and no other', async () => {
    await engine.cli(['run', '-d', '--name', 'busy', 'busybox', 'sh', '-c', script]);
    const container = engine.docker.getContainer('busy');
    await engine.cli(['exec', '-d', 'busy', 'sleep', '1003']);
    const commands = async (): Promise<string[]> => {
      const { Processes } = z
        .object({ Processes: table })
        .parse(await container.top({ ps_args: '-o pid,args' }));
      return Processes.map((fields) => fields[1] ?? '').sort();
    };
    await expect.poll(commands).toEqual([`sh -c ${script}`, 'sleep 1001', 'sleep 1002', 'sleep 1003']);
    const { Pid } = (await container.inspect()).State;
    const plain = z.object({ Titles: z.array(z.string()), Processes: table }).parse(await container.top());
    expect(plain.Titles).toEqual(['UID', 'PID', 'PPID', 'C', 'STIME', 'TTY', 'TIME', 'CMD']);
    expect(plain.Processes.find((fields) => fields[1] === String(Pid))?.[7]).toBe(`sh -c ${script}`);
    await container.kill();
    await expect(container.top()).rejects.toMatchObject({ statusCode: 409 });
    await container.remove();
  });

  it.each(clis)('by docker CLI $version', async (cli) => {
    const docker = (...args: string[]) => cliOn(cli, engine, args);
    await docker('run', '-d', '--name', 'shown', 'busybox', 'sleep', '1000');
    const { exitCode, stdout } = await docker('top', 'shown', '-o', 'pid,args');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^PID\s+COMMAND\n\d+\s+sleep 1000\n$/);
    await docker('rm', '-f', 'shown');
  });
});

describe('stats', () => {
  it('tell what a container uses, with a second before to compare with', async () => {
    const script = 'while :; do :; done';
    await engine.cli(['run', '-d', '--name', 'used', '-m', '64m', 'busybox', 'sh', '-c', script]);
    const container = engine.docker.getContainer('used');
    const sample = await container.stats({ stream: false });
    const before = sample.precpu_stats.cpu_usage.total_usage;
    expect(before).toBeGreaterThan(0);
    expect(sample.cpu_stats.cpu_usage.total_usage).toBeGreaterThan(before);
    expect(sample.cpu_stats.system_cpu_usage).toBeGreaterThan(sample.precpu_stats.system_cpu_usage);
    expect(sample.memory_stats.limit).toBe(64 << 20);
    expect(sample.memory_stats.usage).toBeGreaterThan(0);
    expect(sample.pids_stats?.current).toBe(1);
    expect(Object.keys(sample.networks)).toEqual(['eth0']);
    await container.kill();
    const ended = await container.stats({ stream: false });
    expect(ended).toMatchObject({ name: '/used', read: '0001-01-01T00:00:00Z', memory_stats: {} });
    await container.remove();
  });

  it('go on until the container is removed', async () => {
    await engine.cli(['run', '-d', '--name', 'watched', 'busybox', 'sleep', '1000']);
    const container = engine.docker.getContainer('watched');
    const stream = await container.stats({ stream: true });
    let text = '';
    stream.on('data', (bytes: Buffer) => (text += bytes.toString('utf8')));
    const ended = new Promise((resolve) => stream.once('end', resolve));
    await expect.poll(() => text.split('\n').length, { timeout: 10_000 }).toBeGreaterThan(2);
    await container.remove({ force: true });
    await ended;
  });

  it.each(clis)('by docker CLI $version', async (cli) => {
    const docker = (...args: string[]) => cliOn(cli, engine, args);
    await docker('run', '-d', '--name', 'seen', '-m', '64m', 'busybox', 'sleep', '1000');
    const format = '{{.Name}}|{{.PIDs}}|{{.MemUsage}}';
    expect((await docker('stats', '--no-stream', '--format', format, 'seen')).stdout).toMatch(
      /^seen\|1\|[1-9][\d.]*.?iB \/ 64MiB\n$/,
    );
    await docker('rm', '-f', 'seen');
  });
});

/** The pid of the monitor that owns a container. */
async function monitorOf(id: string): Promise<number> {
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    const words = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0');
    if (words[0]?.includes('berth-monitor') === true && words.includes(id)) return Number(pid);
  }
  throw new Error(`no monitor for ${id}`);
}

/** Whether a process can still do anything: it is there, and no zombie. */
async function isAlive(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${String(pid)}/stat`, 'utf8').catch(() => '');
  return stat !== '' && !stat.slice(stat.lastIndexOf(')')).startsWith(') Z');
}
