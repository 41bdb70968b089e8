import type http from 'node:http';
import type { Duplex } from 'node:stream';
import { beforeEach, describe, expect, it } from 'vitest';
import { streamWindowBytes } from '../../../runtime/contract/wire.ts';
import { TestWindow, type OpenStream } from '../../fixtures/window.ts';
import { useBackend } from './backend-on-socket.ts';
import { inspection, send, until } from './engine-on-socket.ts';

async function readBody(request: http.IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString());
}

const on = useBackend();
let program: Duplex | undefined;
let created: unknown;
let heard: string;
let sizes: string[];

beforeEach(() => {
  program = undefined;
  heard = '';
  sizes = [];
  const { engine } = on;
  engine.routes.set('POST /containers/a/exec', (request, response) => {
    void readBody(request).then((body) => {
      created = body;
      send(response, 201, { Id: 'e' });
    });
  });
  for (const route of ['POST /exec/e/resize', 'POST /containers/a/resize']) {
    engine.routes.set(route, (_request, response, url) => {
      sizes.push(url.search);
      send(response, 200, '');
    });
  }
  engine.json('GET /exec/e/json', () => ({ Running: false, ExitCode: 7 }));
  engine.upgrade = (_request, socket) => {
    // What the session writes: the body of its request, and what is typed after it, in any number of pieces.
    socket.on('data', (chunk: Buffer) => (heard += chunk.toString()));
    socket.write(
      'HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n$ ',
    );
    socket.on('error', () => undefined);
    program = socket;
  };
});

const model = (session: string) => on.window.port.terminals.get(session);

/** Reads it as a window that keeps up, until it ends. */
async function drain(view: OpenStream<'terminal'>, ended: () => boolean): Promise<void> {
  let taken = 0;
  while (!ended()) {
    const bytes = view.bytes().length;
    view.acknowledge(bytes - taken);
    taken = bytes;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

describe('a session', () => {
  it('joins a window to a shell with its size, and tells its exit code', async () => {
    const terminal = await on.window.show({ container: 'a' });
    await until(() => terminal.text() === '$ ');
    expect(created).toMatchObject({ Tty: true, Env: ['TERM=xterm-256color'] });
    expect(created).not.toHaveProperty('User');
    await until(() => heard.endsWith('}'));
    expect(JSON.parse(heard)).toEqual({ Detach: false, Tty: true, ConsoleSize: [24, 80] });
    expect(model(terminal.session)).toMatchObject({ container: 'a', kind: 'exec', command: [], user: '' });
    expect(model(terminal.session)).not.toHaveProperty('ended');
    terminal.input('ls\r');
    await until(() => heard.endsWith('}ls\r'));
    terminal.control({ resize: { rows: 30, columns: 100 } });
    await until(() => sizes.includes('?h=30&w=100'));
    program?.end('bye');
    expect(await terminal.ended()).toBeUndefined();
    expect(terminal.text()).toBe('$ bye');
    expect(model(terminal.session)?.ended).toMatchObject({ exitCode: 7, reason: '' });
  });

  it('goes on without a view, and shows the next one, and others beside it, what it showed', async () => {
    const first = await on.window.show({ container: 'a' });
    await until(() => first.text() === '$ ');
    on.window.port.disconnect();
    program?.write('said to nobody ');
    const later = TestWindow.on(on.backend);
    const { session } = first;
    const views = [1, 2].map(() => later.open('terminal', { session, rows: 24, columns: 80 }));
    await until(() => views.every((view) => view.text() === '$ said to nobody '));
    program?.end('end');
    for (const view of views) expect(await view.ended()).toBeUndefined();
    const after = later.open('terminal', { session, rows: 24, columns: 80 });
    expect(await after.ended()).toBeUndefined();
    expect(after.text()).toBe('$ said to nobody end');
  });

  it('lets the program wait while a view does not take its output, and loses nothing', async () => {
    const terminal = await on.window.show({ container: 'a' });
    await until(() => program !== undefined);
    const total = 8 * 1024 * 1024;
    program?.end(Buffer.alloc(total, 'z'));
    await until(() => terminal.bytes().length > streamWindowBytes / 2);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(terminal.bytes().length).toBeLessThanOrEqual(streamWindowBytes);
    expect(program?.writableLength).toBeGreaterThan(total / 2);
    await drain(terminal, () => model(terminal.session)?.ended !== undefined);
    expect(await terminal.ended()).toBeUndefined();
    expect(terminal.bytes().length).toBe(total + 2);
  });

  it('lets the program go on when the view that waited is closed', async () => {
    const terminal = await on.window.show({ container: 'a' });
    await until(() => program !== undefined);
    program?.end(Buffer.alloc(4 * 1024 * 1024, 'z'));
    await until(() => terminal.bytes().length > streamWindowBytes / 2);
    terminal.close();
    await until(() => model(terminal.session)?.ended !== undefined);
  });

  it('whose program reads nothing ends, rather than grow', async () => {
    const terminal = await on.window.show({ container: 'a' });
    await until(() => program !== undefined && terminal.bytes().length > 0);
    program?.pause();
    for (let count = 0; count < 12; count += 1) terminal.input('x'.repeat(512 * 1024));
    expect(await terminal.ended()).toBeUndefined();
    expect(model(terminal.session)?.ended).toMatchObject({
      exitCode: null,
      reason: 'The program does not read its input: the session was ended.',
    });
    program?.resume();
  });

  it('that is closed is told to end and is forgotten', async () => {
    const terminal = await on.window.show({ container: 'a' });
    await until(() => program !== undefined);
    let gone = false;
    program?.on('close', () => (gone = true));
    expect((await on.window.call('terminals.close', { id: terminal.session })).result).toEqual({});
    expect(await terminal.ended()).toBeUndefined();
    await until(() => heard.endsWith('\x03\x04') && gone && model(terminal.session) === undefined);
    const late = on.window.open('terminal', { session: terminal.session, rows: 24, columns: 80 });
    expect(await late.ended()).toMatchObject({ code: 'notFound' });
    const again = await on.window.call('terminals.close', { id: terminal.session });
    expect(again.error).toMatchObject({ code: 'notFound' });
  });

  it('is forgotten with its container', async () => {
    const terminal = await on.window.show({ container: 'a' });
    on.engine.containers.delete('a');
    on.engine.emit('container', 'destroy', 'a');
    expect(await terminal.ended()).toBeUndefined();
    await until(() => model(terminal.session) === undefined);
  });

  it('that loses its engine says so', async () => {
    const terminal = await on.window.show({ container: 'a' });
    await until(() => program !== undefined);
    await on.engine.kill();
    expect(await terminal.ended()).toBeUndefined();
    expect(model(terminal.session)?.ended).toMatchObject({
      exitCode: null,
      reason: expect.stringContaining('The engine cannot be reached'),
    });
  });

  it('says why it cannot begin', async () => {
    on.engine.refuse('POST /containers/a/exec', 409, 'container a is not running');
    expect((await on.window.terminal({ container: 'a' })).error).toEqual({
      code: 'conflict',
      message: 'container a is not running',
      hint: 'Start the container first.',
    });
    expect(on.window.port.terminals.size).toBe(0);
  });

  it('gives way to new ones once it has ended; running ones do not', async () => {
    const open = async () => (await on.window.terminal({ container: 'a' })).result?.id ?? '';
    const first = await open();
    const firstProgram = program;
    await Promise.all(Array.from({ length: 63 }, open));
    expect((await on.window.terminal({ container: 'a' })).error).toMatchObject({ code: 'unavailable' });
    firstProgram?.end();
    await until(() => model(first)?.ended !== undefined);
    expect((await on.window.terminal({ container: 'a' })).error).toBeUndefined();
    await until(() => model(first) === undefined);
    expect(on.window.port.terminals.size).toBe(64);
  });
});

describe('a session on the main process', () => {
  beforeEach(async () => {
    on.engine.containers.set('a', inspection('a', { tty: true }));
  });

  it('has it drawn anew, is shared, and tells the container’s exit code', async () => {
    const terminal = await on.window.show({ container: 'a', kind: 'attach' });
    await until(() => terminal.text() === '$ ');
    await until(() => sizes.length >= 2);
    expect(sizes.slice(0, 2)).toEqual(['?h=25&w=81', '?h=24&w=80']);
    expect((await on.window.terminal({ container: 'a', kind: 'attach' })).result?.id).toBe(terminal.session);
    const stopped = inspection('a', { tty: true, status: 'exited' });
    on.engine.containers.set('a', { ...stopped, State: { ...stopped.State, ExitCode: 9 } });
    program?.end();
    expect(await terminal.ended()).toBeUndefined();
    expect(model(terminal.session)?.ended).toMatchObject({ exitCode: 9, reason: '' });
  });

  it.each([
    ['has no terminal', { tty: false }, 'invalid', 'has no terminal'],
    ['does not run', { tty: true, status: 'exited' }, 'conflict', 'not running'],
  ])('is refused where that %s', async (_, container, code, message) => {
    on.engine.containers.set('a', inspection('a', container));
    expect((await on.window.terminal({ container: 'a', kind: 'attach' })).error).toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
  });
});
