// Attaching to real containers by websocket, and execs by what Docker says of them.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { request, valueAt } from '../fixtures/contract-table.ts';
import { type BerthEngine, removeContainers, startEngine, warmUp } from '../fixtures/engine.ts';

let engine: BerthEngine;
beforeAll(async () => {
  engine = await startEngine();
  await warmUp(engine);
});
afterEach(async () => {
  await removeContainers(engine.docker);
  await engine.leakCheck();
});
afterAll(() => engine.stop());

const post = async (path: string, body?: object) =>
  await request(engine.socket, {
    method: 'POST',
    path,
    body: body === undefined ? undefined : JSON.stringify(body),
  });
const get = async (path: string) => await request(engine.socket, { method: 'GET', path });

/** An open websocket, what came by it, and its end. */
async function open(target: string) {
  const client = new WebSocket(`ws+unix:${engine.socket}:${target}`);
  const state = { text: '' };
  const closed = new Promise<void>((resolve) => client.on('close', () => resolve()));
  client.on('message', (data: Buffer) => (state.text += data.toString()));
  await new Promise<void>((resolve, reject) => {
    client.on('open', () => resolve());
    client.on('error', reject);
  });
  const says = async (text: string): Promise<void> => {
    await expect.poll(() => state.text, { timeout: 10_000 }).toContain(text);
  };
  return { client, closed, says, text: () => state.text };
}

describe('by websocket', () => {
  it('gives stdin and gets both streams without frames, the log first', async () => {
    const script = 'echo before; while read line; do echo out $line; echo err $line >&2; done; echo over';
    await engine.cli(['run', '-d', '-i', '--name', 'ws', 'busybox', 'sh', '-c', script]);
    await expect.poll(async () => (await engine.cli(['logs', 'ws'])).stdout).toBe('before\n');
    const target = '/containers/ws/attach/ws?stream=1&stdin=1&stdout=1&stderr=1&logs=1';
    const first = await open(target);
    await first.says('before\n');
    first.client.send('one\n');
    await first.says('out one\n');
    await first.says('err one\n');
    first.client.close();
    await first.closed;
    // It goes on without its client.
    const second = await open(target);
    await second.says('err one\n');
    await engine.cli(['kill', 'ws']);
    await second.closed;
    expect(second.text().split('\n').filter(Boolean).sort()).toEqual(['before', 'err one', 'out one']);
  });

  it('leaves a terminal by its keys, though they come one by one, and sets its size', async () => {
    await engine.cli(['run', '-dit', '--name', 'tty', 'busybox', 'sh']);
    const target = '/containers/tty/attach/ws?stream=1&stdin=1&stdout=1&detachKeys=ctrl-x,y';
    const terminal = await open(target);
    expect((await post('/containers/tty/resize?h=31&w=97')).status).toBe(200);
    terminal.client.send('stty size\n');
    await terminal.says('31 97');
    terminal.client.send('\x18');
    await sleep(50);
    terminal.client.send('y');
    await terminal.closed;
    expect(valueAt((await get('/containers/tty/json')).text, ['State', 'Running'])).toBe('true');
  });
});

describe('who attaches and waits', () => {
  it('has the output before the wait is answered', async () => {
    for (let round = 0; round < 20; round += 1) {
      const container = await engine.docker.createContainer({
        Image: 'busybox',
        Cmd: ['head', '-c', '4'],
        ...{ AttachStdin: true, AttachStdout: true, OpenStdin: true, StdinOnce: true },
      });
      const attach = { stream: true, stdin: true, stdout: true, stderr: true, hijack: true };
      const stream = await container.attach(attach);
      let output = '';
      stream.on('data', (bytes: Buffer) => (output += bytes.toString()));
      await container.start();
      // The question and the end of the program at once: a client that is busy then finds both answers together.
      const waiting = container.wait().then(() => output);
      stream.write('said');
      expect(await waiting).toContain('said');
      await container.remove();
    }
  });
});

describe('an exec', () => {
  const make = async (body: object): Promise<string> => {
    const created = await post('/containers/up/exec', body);
    return valueAt(created.text, ['Id']) ?? created.text;
  };

  it('is what inspect says before, while and after it runs', async () => {
    await engine.cli(['run', '-d', '--name', 'up', 'busybox', 'sleep', '1000']);
    const id = await make({
      Cmd: ['sh', '-c', 'sleep 1000 & wait; exit 3'],
      User: '5:6',
      WorkingDir: '/tmp',
      Tty: true,
      AttachStdout: true,
      DetachKeys: 'a',
    });
    const inspect = async (): Promise<unknown> => JSON.parse((await get(`/exec/${id}/json`)).text);
    const fixed = {
      ID: id,
      OpenStdin: false,
      OpenStdout: true,
      OpenStderr: false,
      DetachKeys: 'a',
      ProcessConfig: {
        tty: true,
        entrypoint: 'sh',
        arguments: ['-c', 'sleep 1000 & wait; exit 3'],
        privileged: false,
        user: '5:6',
      },
    };
    expect(await inspect()).toMatchObject({ ...fixed, Running: false, ExitCode: null, Pid: 0 });
    expect(valueAt((await get('/containers/up/json')).text, ['ExecIDs', '0'])).toBe(id);
    expect((await post(`/exec/${id}/start`, { Detach: true })).status).toBe(200);
    expect(await inspect()).toMatchObject({ ...fixed, Running: true, ExitCode: null });
    expect((await post(`/exec/${id}/start`, { Detach: true })).text).toContain(
      `Error: Exec command ${id} is already running`,
    );
    expect((await post(`/exec/${id}/resize?h=10&w=20`)).status).toBe(200);
    const processes = await engine.cli(['exec', 'up', 'sh', '-c', 'ps -o user,args | grep "[s]leep 1000 &"']);
    expect(processes.stdout).toMatch(/^5 /);
    await engine.cli([
      'exec',
      'up',
      'sh',
      '-c',
      'kill $(ps -o pid,args | grep "[s]leep 1000$" | tail -1 | cut -c1-5)',
    ]);
    await expect.poll(inspect, { timeout: 10_000 }).toMatchObject({ Running: false, ExitCode: 3 });
    expect(valueAt((await get('/containers/up/json')).text, ['ExecIDs'])).toBe('null');
    expect((await post(`/exec/${id}/start`, { Detach: true })).status).toBe(409);
  });

  it('has its environment, its folder and its size', async () => {
    await engine.cli(['run', '-d', '--name', 'up', '-e', 'A=1', '-e', 'B=2', 'busybox', 'sleep', '1000']);
    const inside = await engine.cli([
      ...['exec', '-e', 'B=3', '-e', 'C=4', '-w', '/etc', 'up', 'sh', '-c', 'echo $A$B$C; pwd'],
    ]);
    expect(inside.stdout).toBe('134\n/etc\n');
    const id = await make({ Cmd: ['stty', 'size'], Tty: true, AttachStdin: true, AttachStdout: true });
    const started = await post(`/v1.42/exec/${id}/start`, { Tty: true, ConsoleSize: [33, 77] });
    expect(started.text).toContain('33 77');
  });

  it('is refused where there is nobody to run it', async () => {
    await engine.cli(['run', '-d', '--name', 'up', 'busybox', 'sleep', '1000']);
    const id = await make({ Cmd: ['true'] });
    const container = valueAt((await get('/containers/up/json')).text, ['Id']) ?? '';
    await engine.cli(['pause', 'up']);
    const paused = {
      status: 409,
      text: `{"message":"Container up is paused, unpause the container before exec"}\n`,
    };
    expect(await post('/containers/up/exec', { Cmd: ['true'] })).toMatchObject(paused);
    expect(await post(`/exec/${id}/start`, { Detach: true })).toMatchObject({
      status: 409,
      text: `{"message":"Container ${container} is paused, unpause the container before exec"}\n`,
    });
    await engine.cli(['unpause', 'up']);
    await engine.cli(['kill', 'up']);
    expect(await post('/containers/up/exec', { Cmd: ['true'] })).toMatchObject({
      status: 409,
      text: `{"message":"Container ${container} is not running"}\n`,
    });
    expect((await post(`/exec/${id}/start`, { Detach: true })).status).toBe(409);
    await engine.cli(['rm', 'up']);
    expect(await get(`/exec/${id}/json`)).toMatchObject({
      status: 404,
      text: `{"message":"No such exec instance: ${id}"}\n`,
    });
  });

  it.each([
    [
      { Cmd: ['true'], User: 'nosuch' },
      'unable to find user nosuch: no matching entries in passwd file',
      500,
    ],
    [
      { Cmd: ['nosuch'] },
      'OCI runtime exec failed: exec failed: unable to start container process: exec: "nosuch": executable file not found in $PATH: unknown',
      400,
    ],
    [
      { Cmd: ['true'], WorkingDir: '/nosuch' },
      'OCI runtime exec failed: exec failed: unable to start container process: chdir to cwd ("/nosuch") set in config.json failed: no such file or directory: unknown',
      400,
    ],
  ])('that cannot run says why: %j', async (body, message, status) => {
    await engine.cli(['run', '-d', '--name', 'up', 'busybox', 'sleep', '1000']);
    const id = await make(body);
    const answer = await post(`/exec/${id}/start`, { Detach: true });
    expect({ status: answer.status, message: valueAt(answer.text, ['message']) }).toEqual({
      status,
      message,
    });
    expect(Number(valueAt((await get(`/exec/${id}/json`)).text, ['ExitCode']))).toBeGreaterThan(125);
  });

  it('whose reader is slow holds its program back, not the engine', async () => {
    await engine.cli(['run', '-d', '--name', 'up', 'busybox', 'sleep', '1000']);
    const before = await memoryOf(engine.pid);
    const exec = await engine.docker.getContainer('up').exec({
      Cmd: ['sh', '-c', 'yes | head -c 200000000; echo done > /tmp/done'],
      AttachStdout: true,
    });
    const stream = await exec.start({ hijack: true, stdin: false });
    stream.pause();
    await sleep(1500);
    const there = await engine.cli(['exec', 'up', 'cat', '/tmp/done']);
    expect(there.exitCode).toBe(1);
    expect((await memoryOf(engine.pid)) - before).toBeLessThan(40 * 1024);
    stream.destroy();
    await expect
      .poll(async () => (await engine.cli(['exec', 'up', 'cat', '/tmp/done'])).stdout, { timeout: 60_000 })
      .toBe('done\n');
  });
});

/** Resident kilobytes of a process. */
async function memoryOf(pid: number): Promise<number> {
  const status = (await engine.run(['cat', `/proc/${String(pid)}/status`])).stdout;
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]);
}
