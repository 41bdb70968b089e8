// The backend on a real engine, as a window sees it: the whole way from a pull to the image's removal, with the sentences
// it gets when something cannot be done.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createBackend, type Backend } from '../../runtime/backend/backend.ts';
import { DockerStats } from '../../runtime/backend/docker-stats.ts';
import { EngineStats } from '../../runtime/backend/engine-stats.ts';
import { unixEndpoint } from '../../runtime/client/endpoint.ts';
import { createEngineClient } from '../../runtime/client/engine-client.ts';
import { streamWindowBytes } from '../../runtime/contract/wire.ts';
import { type BerthEngine, removeContainers, startEngine } from '../fixtures/engine.ts';
import { busyboxProgram } from '../fixtures/packages.ts';
import type { TaskModel } from '../../runtime/contract/model.ts';
import type { StatsEvent } from '../../runtime/contract/streams.ts';
import { TestWindow, warmUp } from '../fixtures/window.ts';

const image = 'busybox';
const patience = { timeout: 60_000, interval: 20 };

let engine: BerthEngine;
let backend: Backend;
let window: TestWindow;
let folder: string;
let firstPull: TaskModel;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'bt-backend-'));
  engine = await startEngine();
  backend = createBackend(createEngineClient(unixEndpoint(engine.socket)));
  window = TestWindow.on(backend);
  await window.until('the engine', () => window.port.engine?.state === 'running');
  firstPull = await window.pull(image);
  await warmUp(window, image);
  await engine.renewBaseline();
});

afterAll(async () => {
  backend.dispose();
  await engine.stop();
  await rm(folder, { recursive: true, force: true });
});

beforeEach(() => {
  window = TestWindow.on(backend);
});

afterEach(async () => {
  window.port.disconnect();
  await removeContainers(engine.docker);
  await engine.leakCheck();
});

/** A container that goes on until it is stopped, at once. */
async function runSleeper(name: string): Promise<string> {
  const script = 'trap "exit 7" TERM; while :; do sleep 0.1; done';
  const { result } = await window.run({ image, name, command: ['sh', '-c', script] });
  await window.container(name, ({ state }) => state === 'running');
  return result?.id ?? '';
}

/** How a terminal session ended. */
function endOf(session: string) {
  return window.port.terminals.get(session)?.ended;
}

describe('images', () => {
  it('pulls one with progress per layer, counts its users and removes it', async () => {
    expect(firstPull).toMatchObject({ state: 'done', subject: 'busybox:latest', error: '' });
    expect(firstPull.parts).toContainEqual(
      expect.objectContaining({ id: expect.stringMatching(/^[0-9a-f]{12}$/), status: 'Pull complete' }),
    );
    expect(await window.pull('alpine')).toMatchObject({ state: 'done' });
    expect(await window.image('alpine:latest')).toMatchObject({ containers: 0 });

    await window.run({ image: 'alpine', name: 'user', command: ['true'] });
    const { id } = await window.image('alpine:latest', ({ containers }) => containers === 1);
    const user = await window.container('user', ({ state }) => state === 'exited');
    const refused = await window.call('images.remove', { id: 'alpine:latest', force: false });
    expect(refused.error).toMatchObject({
      code: 'conflict',
      message: expect.stringContaining(user.id.slice(0, 12)),
      hint: 'Remove the containers that use it first, or force the removal.',
    });

    expect((await window.call('containers.remove', { id: user.id, force: false })).result).toEqual({});
    await window.image('alpine:latest', ({ containers }) => containers === 0);
    const inspected = await window.call('images.inspect', { id });
    expect(JSON.parse(inspected.result?.json ?? '')).toMatchObject({ Id: id, RepoTags: ['alpine:latest'] });
    expect((await window.call('images.remove', { id: 'alpine:latest', force: false })).result).toEqual({});
    await window.until('the removal', () => !window.port.images.has(id));
    expect((await engine.cli(['images', '-q', 'alpine'])).stdout).toBe('');
  });

  it('are not there when their pull was cancelled', async () => {
    const { result } = await window.call('tasks.pull', { reference: 'python:3.11-slim' });
    const id = result?.id ?? '';
    await window.until('its layers', () => (window.port.tasks.get(id)?.parts.length ?? 0) > 0);
    expect((await window.call('tasks.cancel', { id })).result).toEqual({});
    await window.until('the cancellation', () => window.port.tasks.get(id)?.state === 'cancelled');
    expect((await engine.cli(['images', '-q', 'python'])).stdout).toBe('');
  });

  it('says that there is no such image to pull', async () => {
    const { result } = await window.call('tasks.pull', { reference: 'no-such-image:1' });
    const id = result?.id ?? '';
    const task = await window.until('its end', () => {
      const found = window.port.tasks.get(id);
      return found?.state === 'failed' && found;
    });
    expect(task).toMatchObject({ error: expect.stringContaining('no image no-such-image:1') });
    expect((await window.call('tasks.forget', { id })).result).toEqual({});
    await window.until('it is forgotten', () => !window.port.tasks.has(id));
  });
});

describe('a container', () => {
  it('runs with a port, a mount and an environment, and the model shows them', async () => {
    await writeFile(path.join(folder, 'page'), 'mounted page');
    const { result } = await window.run({
      image,
      name: 'web',
      command: ['sh', '-c', 'echo "greeting is $GREETING"; exec httpd -f -p 80 -h /data'],
      environment: [{ name: 'GREETING', value: 'a=b c' }],
      ports: [{ hostIp: '', hostPort: 18091, containerPort: 80, protocol: 'tcp' }],
      mounts: [{ type: 'bind', source: folder, destination: '/data', readOnly: true, sizeBytes: 0 }],
    });
    const web = await window.container('web', ({ state }) => state === 'running');
    expect(web.id).toBe(result?.id);
    expect(web.ports).toContainEqual({
      protocol: 'tcp',
      containerPort: 80,
      hostIp: '0.0.0.0',
      hostPort: 18091,
    });
    expect(web.mounts).toEqual([{ type: 'bind', source: folder, destination: '/data', readOnly: true }]);
    const wget = [await busyboxProgram(), 'wget', '-qO-', 'http://127.0.0.1:18091/page'];
    await expect.poll(async () => (await engine.run(wget)).stdout, patience).toBe('mounted page');

    const logs = window.logs({ id: web.id, tail: 10, follow: false });
    expect(await logs.ended()).toBeUndefined();
    expect(logs.records().map(({ text }) => text)).toEqual(['greeting is a=b c']);
  });

  it.each([
    [
      'a name that is taken',
      { name: 'first' },
      { code: 'conflict', hint: 'Choose another name, or remove the container that has it.' },
      /"\/first" is already in use/,
    ],
    [
      'a port that is taken',
      { ports: [{ hostIp: '', hostPort: 18092, containerPort: 80, protocol: 'tcp' as const }] },
      { hint: 'Choose another host port, or stop what uses this one.' },
      /was created, but it does not start: .*18092/,
    ],
    [
      'an image that is not there',
      { image: 'no-such' },
      { code: 'notFound', hint: 'Pull the image first.' },
      /no-such/,
    ],
    ['a name with other letters', { name: 'bad name!' }, { code: 'invalid' }, /bad name!/],
    [
      'a program that is not there',
      { command: ['/no/such/program'] },
      { hint: 'The image has no such program: check the command for a typing error.' },
      /does not start: .*\/no\/such\/program/,
    ],
  ])('says what is wrong with %s', async (_, options, error, sentence) => {
    await window.run({
      image,
      name: 'first',
      command: ['sleep', '1000'],
      ports: [{ hostIp: '', hostPort: 18092, containerPort: 80, protocol: 'tcp' }],
    });
    await window.container('first', ({ state }) => state === 'running');
    const refused = await window.run({ image, command: ['true'], ...options });
    expect(refused.error).toMatchObject({ ...error, message: expect.stringMatching(sentence) });
  });

  it('is stopped, started, killed, restarted, inspected and removed', async () => {
    const id = await runSleeper('steady');
    expect((await window.call('containers.stop', { id })).result).toEqual({});
    await window.container('steady', ({ state, exitCode }) => state === 'exited' && exitCode === 7);
    expect((await window.call('containers.start', { id })).result).toEqual({});
    const { startedMs } = await window.container('steady', ({ state }) => state === 'running');
    expect((await window.call('containers.restart', { id })).result).toEqual({});
    await window.container(
      'steady',
      (container) => container.state === 'running' && container.startedMs !== startedMs,
    );
    expect((await window.call('containers.kill', { id })).result).toEqual({});
    await window.container('steady', ({ state, exitCode }) => state === 'exited' && exitCode === 137);
    const inspected = await window.call('containers.inspect', { id });
    expect(JSON.parse(inspected.result?.json ?? '')).toMatchObject({ Id: id, State: { ExitCode: 137 } });
    expect((await window.call('containers.remove', { id, force: false })).result).toEqual({});
    await window.until('the removal', () => !window.port.containers.has(id));
    expect((await window.call('containers.start', { id })).error).toMatchObject({ code: 'notFound' });
  });

  it('is not removed while it runs, unless by force', async () => {
    const id = await runSleeper('busy');
    expect((await window.call('containers.remove', { id, force: false })).error).toMatchObject({
      code: 'conflict',
    });
    expect((await window.call('containers.remove', { id, force: true })).result).toEqual({});
    await window.until('the removal', () => !window.port.containers.has(id));
  });
});

describe('a running container', () => {
  it('is paused, renamed and looked into', async () => {
    const id = await runSleeper('before');
    expect((await window.call('containers.pause', { id })).result).toEqual({});
    await window.container('before', ({ state }) => state === 'paused');
    expect((await window.call('containers.unpause', { id })).result).toEqual({});
    await window.container('before', ({ state }) => state === 'running');
    expect((await window.call('containers.rename', { id, name: 'after' })).result).toEqual({});
    expect((await window.container('after')).id).toBe(id);
    const { result } = await window.call('containers.top', { id });
    expect(result?.titles).toContain('PID');
    expect(result?.processes[0]).toHaveLength(result?.titles.length ?? 0);
    expect(result?.processes[0]?.join(' ')).toContain('while :; do sleep 0.1; done');
    const network = await window.until('its network', () =>
      [...window.port.networks.values()].find(({ containers }) => containers === 1),
    );
    const inspected = await window.call('networks.inspect', { id: network.id });
    expect(JSON.parse(inspected.result?.json ?? '')).toMatchObject({ Name: network.name });
  });

  it.each([
    ['the engine’s own stream', ['stats'], true],
    ['Docker’s stream of each container', [], false],
  ])('tells what it uses by %s', async (_, features, hasMachine) => {
    const id = await runSleeper('busy');
    const client = createEngineClient(unixEndpoint(engine.socket));
    const events: StatsEvent[] = [];
    const tell = (event: StatsEvent) => void events.push(event);
    const source = features.length > 0 ? new EngineStats(client, tell) : new DockerStats(client, tell);
    try {
      source.setIds(new Set([id]));
      const { samples, machine } = await window.until('a figure of its CPU', () =>
        events.find((event) => event.samples.some(({ cpuPercent }) => cpuPercent !== null)),
      );
      expect(samples).toHaveLength(1);
      expect(samples[0]).toMatchObject({ id, pids: expect.any(Number) });
      expect(samples[0]?.memoryBytes).toBeGreaterThan(0);
      expect(samples[0]?.memoryLimitBytes).toBeGreaterThan(samples[0]?.memoryBytes ?? 0);
      expect(machine !== undefined).toBe(hasMachine);
    } finally {
      source.dispose();
      client.close();
    }
  });
});

describe('logs', () => {
  it('come live from both streams, with times, and end with the container', async () => {
    const gate = path.join(folder, 'gate');
    const script = `echo early; while [ ! -e /data/gate ]; do usleep 20000; done; echo late; echo error >&2`;
    await window.run({
      image,
      name: 'talker',
      command: ['sh', '-c', script],
      mounts: [{ type: 'bind', source: folder, destination: '/data', readOnly: true, sizeBytes: 0 }],
    });
    const { id } = await window.container('talker');
    const logs = window.logs({ id, tail: 1000 });
    await window.until('the early line', () => logs.records().length === 1);
    await writeFile(gate, '');
    expect(await logs.ended()).toBeUndefined();
    await rm(gate);
    const found = logs.records();
    // Two pipes have no order between them.
    expect(found.map(({ stream, text }) => [stream, text])).toEqual(
      expect.arrayContaining([
        [1, 'early'],
        [1, 'late'],
        [2, 'error'],
      ]),
    );
    expect(found).toHaveLength(3);
    const inspected = await engine.docker.getContainer('talker').inspect();
    const startedMs = Date.parse(inspected.State.StartedAt);
    for (const { timeMs } of found) {
      // The clock of both is the engine's host's; a monitor stamps a line when it reads it.
      expect(timeMs).toBeGreaterThanOrEqual(startedMs - 1000);
      expect(timeMs).toBeLessThanOrEqual(Date.now());
    }
  });

  it('begin and end at the times that are asked for', async () => {
    const script = 'for word in one two three; do echo $word; sleep 0.2; done';
    await window.run({ image, name: 'slow', command: ['sh', '-c', script] });
    const { id } = await window.container('slow', ({ state }) => state === 'exited');
    const all = window.logs({ id, tail: 1000, follow: false });
    await all.ended();
    const middleMs = all.records()[1]?.timeMs ?? 0;
    const ended = async (times: { sinceMs?: number; untilMs?: number }) => {
      const logs = window.logs({ id, tail: 1000, follow: false, ...times });
      expect(await logs.ended()).toBeUndefined();
      return logs.records().map(({ text }) => text);
    };
    expect(await ended({ sinceMs: middleMs - 50 })).toEqual(['two', 'three']);
    expect(await ended({ untilMs: middleMs + 50 })).toEqual(['one', 'two']);
    expect(await ended({ sinceMs: middleMs, untilMs: middleMs })).toEqual(['two']);
  });

  it('tell, when asked, that all is sent that was written before', async () => {
    const script = 'i=0; while [ $i -lt 3000 ]; do i=$((i+1)); echo "line $i"; done; exec sleep 600';
    await window.run({ image, name: 'full', command: ['sh', '-c', script] });
    await window.run({ image, name: 'empty', command: ['sleep', '600'] });
    await expect.poll(async () => (await engine.cli(['logs', 'full'])).stdout).toContain('line 3000\n');
    const full = window.logs({ id: (await window.container('full')).id, tail: 2000, tellsCaughtUp: true });
    await window.until('the event', () => full.events().length > 0);
    expect(full.records().at(-1)?.text).toBe('line 3000');
    expect(full.records()).toHaveLength(2000);
    const empty = window.logs({ id: (await window.container('empty')).id, tail: 10, tellsCaughtUp: true });
    await window.until('the event', () => empty.events().length > 0);
    expect([full.events(), empty.events()]).toEqual([[{ caughtUp: true }], [{ caughtUp: true }]]);
  });

  it('of a container with a terminal are plain lines', async () => {
    await window.run({ image, name: 'tty', tty: true, command: ['sh', '-c', 'echo one; echo two >&2'] });
    const { id } = await window.container('tty', ({ state }) => state === 'exited');
    const logs = window.logs({ id, tail: 1000 });
    expect(await logs.ended()).toBeUndefined();
    expect(logs.records().map(({ text }) => text.trimEnd())).toEqual(['one', 'two']);
  });
});

describe('a terminal', () => {
  it('has its size, resizes, and tells the exit code', async () => {
    const id = await runSleeper('shell');
    const terminal = await window.show({ container: id, rows: 30, columns: 111 });
    await window.until('a prompt', () => terminal.bytes().length > 0);
    terminal.input('stty size\r');
    await window.until('its size', () => terminal.text().includes('30 111'));
    terminal.control({ resize: { rows: 40, columns: 132 } });
    // The resize goes its own way to the engine: the shell is asked until it has arrived.
    await expect
      .poll(
        () => {
          terminal.input('stty size\r');
          return terminal.text();
        },
        { timeout: 60_000, interval: 200 },
      )
      .toContain('40 132');
    terminal.input('exit 3\r');
    expect(await terminal.ended()).toBeUndefined();
    expect(endOf(terminal.session)).toMatchObject({ exitCode: 3, reason: '' });
  });

  it('says that there is no such program', async () => {
    const id = await runSleeper('shell');
    const { result, error } = await window.terminal({ container: id, command: ['/no/such'] });
    let said = error?.message ?? '';
    if (result !== undefined) {
      const terminal = window.open('terminal', { session: result.id, rows: 24, columns: 80 });
      await terminal.ended();
      said = terminal.text();
      expect(endOf(result.id)?.exitCode).not.toBe(0);
    }
    expect(said).toContain('/no/such');
  });

  it('is held at the stream window until bytes are taken, and Ctrl-C still reaches its program', async () => {
    const id = await runSleeper('shell');
    const command = ['cat', '/dev/zero'];
    const terminal = await window.show({ container: id, command });
    const received = () => terminal.bytes().length;
    await window.until('a full window', () => received() > streamWindowBytes - 64 * 1024);
    // Whatever else is asked meanwhile is answered: one full stream does not stop the others.
    expect((await window.call('containers.inspect', { id })).error).toBeUndefined();
    expect(received()).toBeLessThanOrEqual(streamWindowBytes);
    let taken = received();
    terminal.acknowledge(taken);
    await window.until('the next bytes', () => received() > streamWindowBytes);
    expect(received()).toBeLessThanOrEqual(taken + streamWindowBytes);
    terminal.input('\x03');
    await window.until('the end of the program', () => {
      terminal.acknowledge(received() - taken);
      taken = received();
      return endOf(terminal.session) !== undefined;
    });
    expect(await terminal.ended()).toBeUndefined();
    expect(endOf(terminal.session)).toMatchObject({ exitCode: 130 });
  });

  it('loses no byte of a flood while a view takes it', async () => {
    const id = await runSleeper('shell');
    const total = 8_000_000;
    const command = ['sh', '-c', `head -c ${String(total)} /dev/zero | tr '\\0' x`];
    const terminal = await window.show({ container: id, command });
    let taken = 0;
    await window.until('its end', () => {
      const received = terminal.bytes().length;
      terminal.acknowledge(received - taken);
      taken = received;
      return received >= total && endOf(terminal.session) !== undefined;
    });
    expect(terminal.bytes().equals(Buffer.alloc(total, 'x'))).toBe(true);
  });

  it('outlives its window and shows the next one what it showed', async () => {
    const id = await runSleeper('shell');
    const first = await window.show({ container: id });
    first.input('echo kept $((40+2))\r');
    await window.until('the answer', () => first.text().includes('kept 42'));
    window.port.disconnect();

    window = TestWindow.on(backend);
    expect(window.port.terminals.get(first.session)).toMatchObject({ container: id, kind: 'exec' });
    const again = window.open('terminal', { session: first.session, rows: 24, columns: 80 });
    await window.until('the replay', () => again.text().includes('kept 42'));
    again.input('echo and $((1+1))\r');
    await window.until('the shell', () => again.text().includes('and 2'));
    await window.call('containers.remove', { id, force: true });
    await window.until('it is forgotten', () => !window.port.terminals.has(first.session));
  });

  it('whose session is closed ends its shell', async () => {
    const id = await runSleeper('shell');
    const terminal = await window.show({ container: id });
    await window.until('a prompt', () => terminal.text().length > 0);
    const execs = async () => (await engine.docker.getContainer(id).inspect()).ExecIDs ?? [];
    await expect.poll(execs, patience).toHaveLength(1);
    expect((await window.call('terminals.close', { id: terminal.session })).result).toEqual({});
    await expect.poll(execs, patience).toHaveLength(0);
    await window.until('it is forgotten', () => !window.port.terminals.has(terminal.session));
  });

  it('attaches to the main process, and only where that has a terminal', async () => {
    await window.run({ image, name: 'main', tty: true, openStdin: true, command: ['sh'] });
    const { id } = await window.container('main', ({ state }) => state === 'running');
    const terminal = await window.show({ container: id, kind: 'attach', rows: 31, columns: 99 });
    // The terminal has the size once the engine was told; until then the shell is asked again.
    await expect
      .poll(
        () => {
          terminal.input('stty size\r');
          return terminal.text();
        },
        { timeout: 60_000, interval: 200 },
      )
      .toContain('31 99');
    expect((await window.terminal({ container: id, kind: 'attach' })).result?.id).toBe(terminal.session);
    terminal.input('exit 5\r');
    expect(await terminal.ended()).toBeUndefined();
    expect(endOf(terminal.session)).toMatchObject({ exitCode: 5, reason: '' });

    const plain = await runSleeper('plain');
    expect((await window.terminal({ container: plain, kind: 'attach' })).error).toMatchObject({
      code: 'invalid',
      message: expect.stringContaining('has no terminal'),
    });
  });
});
