// The engine may be killed at any moment: containers go on, and nothing that they print is lost.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { request } from '../fixtures/contract-table.ts';
import { startEngine, type BerthEngine } from '../fixtures/engine.ts';
import { endProcess } from '../fixtures/process.ts';
import { busyboxProgram } from '../fixtures/packages.ts';

const helper = 'runtime/helper/build';
const programs = ['berth-spawn', 'berth-worker', 'berth-monitor'];

/** The first lines of `GET /berth/events`. */
async function readEvents(from: BerthEngine, query: string, lines: number): Promise<unknown[]> {
  const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
    const options = { socketPath: from.socket, path: `/berth/events${query}`, agent: false };
    http.get(options, resolve).on('error', reject);
  });
  const read: unknown[] = [];
  for await (const line of createInterface({ input: response })) {
    read.push(JSON.parse(line));
    if (read.length === lines) break;
  }
  response.destroy();
  return read;
}

describe('an engine that is killed and started again', () => {
  let engine: BerthEngine;
  beforeAll(async () => {
    engine = await startEngine();
    await engine.cli(['pull', '-q', 'busybox']);
  });
  afterAll(() => engine.stop());

  it('finds its containers running and their logs whole', async () => {
    const script = 'i=0; while :; do i=$((i+1)); echo line $i; usleep 10000; done';
    await engine.cli(['run', '-d', '--name', 'printer', 'busybox', 'sh', '-c', script]);
    const before = await engine.docker.getContainer('printer').inspect();
    for (let round = 0; round < 3; round++) {
      await new Promise((resolve) => setTimeout(resolve, 300));
      await engine.kill('SIGKILL');
      await new Promise((resolve) => setTimeout(resolve, 300));
      await engine.restart();
      const after = await engine.docker.getContainer('printer').inspect();
      expect(after.State).toMatchObject({
        Running: true,
        Pid: before.State.Pid,
        StartedAt: before.State.StartedAt,
      });
    }
    expect((await engine.cli(['exec', 'printer', 'echo', 'still here'])).stdout).toBe('still here\n');
    await engine.cli(['stop', '-t', '0', 'printer']);
    const lines = (await engine.cli(['logs', 'printer'])).stdout.trimEnd().split('\n');
    expect(lines.length).toBeGreaterThan(50);
    expect(lines).toEqual(lines.map((_, index) => `line ${String(index + 1)}`));
    await engine.cli(['rm', 'printer']);
  });

  it('learns how a container ended while it was away, and removes one that asked for it', async () => {
    const script = 'trap "exit 9" TERM; echo ready; while :; do sleep 0.1; done';
    await engine.cli(['run', '-d', '--name', 'brief', 'busybox', 'sh', '-c', script]);
    await engine.cli(['run', '-d', '--rm', '--name', 'gone', 'busybox', 'sleep', '1000']);
    await expect.poll(async () => (await engine.cli(['logs', 'brief'])).stdout).toBe('ready\n');
    const brief = await engine.docker.getContainer('brief').inspect();
    const gone = await engine.docker.getContainer('gone').inspect();
    await engine.kill('SIGKILL');
    await endProcess(brief.State.Pid, 'SIGTERM');
    await endProcess(gone.State.Pid, 'SIGKILL');
    await engine.restart();
    expect((await engine.docker.getContainer('brief').inspect()).State).toMatchObject({
      Status: 'exited',
      ExitCode: 9,
    });
    await expect.poll(async () => (await engine.cli(['ps', '-aq', '--filter', 'name=gone'])).stdout).toBe('');
    await engine.cli(['rm', 'brief']);
  });

  it('leaves containers running when it is asked to stop', async () => {
    await engine.cli([
      'run',
      '-d',
      '--name',
      'steady',
      '-p',
      '18081:80',
      'busybox',
      'httpd',
      '-f',
      '-p',
      '80',
      '-h',
      '/etc',
    ]);
    await engine.kill('SIGTERM');
    const fetched = await engine.run([
      await busyboxProgram(),
      'wget',
      '-qO-',
      'http://127.0.0.1:18081/hostname',
    ]);
    expect(fetched.stdout.trim()).toMatch(/^[0-9a-f]{12}$/);
    await engine.restart();
    expect((await engine.cli(['rm', '-f', 'steady'])).exitCode).toBe(0);
  });

  it('tells a client that was away the events that it missed, and that it cannot after a restart', async () => {
    const first = await readEvents(engine, '', 1);
    const { Life, Sequence } = first[0] as { Life: string; Sequence: number };
    await engine.docker.createVolume({ Name: 'missed' });
    await engine.docker.getVolume('missed').remove();
    const resume = `?life=${Life}&after=${String(Sequence)}`;
    expect(await readEvents(engine, resume, 3)).toEqual([
      { Life, Sequence: Sequence + 2 },
      expect.objectContaining({ Action: 'create', sequence: Sequence + 1 }),
      expect.objectContaining({ Action: 'destroy', sequence: Sequence + 2 }),
    ]);
    await engine.kill('SIGKILL');
    await engine.restart();
    const answer = await request(engine.socket, { method: 'GET', path: `/berth/events${resume}` });
    expect(answer.status).toBe(409);
  });

  it('takes what ran in an earlier boot for ended, and starts again what its policy says', async () => {
    const names = ['ran', 'restarts'] as const;
    await engine.cli(['run', '-d', '--name', 'ran', 'busybox', 'sleep', '1000']);
    await engine.cli(['run', '-d', '--name', 'restarts', '--restart', 'always', 'busybox', 'sleep', '1000']);
    const before = await Promise.all(names.map((name) => engine.docker.getContainer(name).inspect()));
    await engine.kill('SIGKILL');
    for (const { Id } of before) {
      process.kill(await monitorOf(Id), 'SIGKILL');
      const file = `${engine.folder}/data/containers/${Id}/container.json`;
      const record = JSON.parse(await readFile(file, 'utf8')) as object;
      await writeFile(file, JSON.stringify({ ...record, bootId: 'an earlier one' }));
    }
    await engine.restart();
    const [ran, restarts] = names.map((name) => engine.docker.getContainer(name));
    expect((await ran?.inspect())?.State).toMatchObject({ Status: 'exited', ExitCode: 255, Pid: 0 });
    await expect.poll(async () => (await restarts?.inspect())?.State.Status).toBe('running');
    expect((await restarts?.inspect())?.State.Pid).not.toBe(before[1]?.State.Pid);
    await engine.cli(['rm', '-f', ...names]);
  });

  it('says so when a monitor is lost', async () => {
    await engine.cli(['run', '-d', '--name', 'orphan', 'busybox', 'sleep', '1000']);
    process.kill(await monitorOf((await engine.docker.getContainer('orphan').inspect()).Id), 'SIGKILL');
    await expect
      .poll(async () => (await engine.docker.getContainer('orphan').inspect()).State)
      .toMatchObject({ Status: 'exited', ExitCode: 137 });
    await engine.cli(['rm', 'orphan']);
  });
});

describe('an upgrade', () => {
  const installed = path.join(import.meta.dirname, '../..');
  const before = path.join(os.tmpdir(), `berth-before-${String(process.pid)}`);
  let engine: BerthEngine;
  beforeAll(async () => {
    const bundles = (await readdir(path.join(installed, 'dist'))).filter((name) =>
      /^berthd.*\.js$/.test(name),
    );
    const parts = [...bundles.map((name) => `dist/${name}`), ...programs.map((name) => `${helper}/${name}`)];
    for (const part of ['package.json', ...parts])
      await cp(path.join(installed, part), path.join(before, part));
    engine = await startEngine({ program: path.join(before, 'dist/berthd.js') });
    await engine.cli(['pull', '-q', 'busybox']);
  });
  afterAll(async () => {
    await engine.stop();
    await rm(before, { recursive: true, force: true });
  });

  it('leaves containers running whose programs it takes away', async () => {
    const script = 'trap "exit 4" TERM; while :; do echo on; sleep 0.1; done';
    await engine.cli(['run', '-d', '--name', 'older', '-p', '18082:80', 'busybox', 'sh', '-c', script]);
    const { Pid } = (await engine.docker.getContainer('older').inspect()).State;
    await engine.kill('SIGTERM');
    await rm(before, { recursive: true });
    await engine.restart(path.join(installed, 'dist/berthd.js'));
    const { State, NetworkSettings } = await engine.docker.getContainer('older').inspect();
    expect(State).toMatchObject({ Status: 'running', Pid });
    expect(NetworkSettings.Ports['80/tcp']?.[0]?.HostPort).toBe('18082');
    expect((await engine.cli(['exec', 'older', 'echo', 'in'])).stdout).toBe('in\n');
    expect((await engine.cli(['logs', '--tail', '1', 'older'])).stdout).toBe('on\n');
    await engine.cli(['stop', 'older']);
    expect((await engine.docker.getContainer('older').inspect()).State.ExitCode).toBe(4);
    expect((await engine.cli(['start', 'older'])).exitCode).toBe(0);
    await engine.cli(['rm', '-f', 'older']);
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
