import type http from 'node:http';
import type { Duplex } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createBackend, type Backend } from '../../../runtime/backend/backend.ts';
import { createEngineClient } from '../../../runtime/client/engine-client.ts';
import { unixEndpoint } from '../../../runtime/client/endpoint.ts';
import type { RunOptions } from '../../../runtime/contract/methods.ts';
import { streamWindowBytes } from '../../../runtime/contract/wire.ts';
import { EngineOnSocket, inspection, send, until } from './engine-on-socket.ts';
import { readRecords, WindowPort } from './window-port.ts';

let engine: EngineOnSocket;
let backend: Backend;
let window: WindowPort;

beforeEach(async () => {
  engine = new EngineOnSocket();
  engine.containers.set('a', inspection('a'));
  await engine.listen();
  window = new WindowPort();
  backend = createBackend(createEngineClient(unixEndpoint(engine.socketPath)));
  backend.connect(window.port);
});

afterEach(async () => {
  backend.dispose();
  await until(() => engine.sockets.size === 0);
  await engine.remove();
});

async function readBody(request: http.IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString());
}

async function call(method: string, params: unknown) {
  const id = window.messages.length + 1000;
  window.say({ type: 'call', id, method, params });
  await until(() => window.answer(id) !== undefined);
  return window.answer(id);
}

async function closed(id: number) {
  await until(() => window.end(id) !== undefined);
  return window.end(id)?.error;
}

const runOptions: RunOptions = {
  image: 'busybox',
  name: 'web',
  command: ['httpd', '-f'],
  environment: [{ name: 'A', value: 'b=c' }],
  ports: [
    { hostIp: '', hostPort: 8080, containerPort: 80, protocol: 'tcp' },
    { hostIp: '127.0.0.1', hostPort: 0, containerPort: 80, protocol: 'tcp' },
  ],
  mounts: [{ source: '/srv', destination: '/data', readOnly: true }],
  tty: false,
  openStdin: false,
  autoRemove: true,
};

describe('methods', () => {
  it('runs a container with what the dialog says', async () => {
    let body: unknown;
    let name: string | null = null;
    engine.routes.set('POST /containers/create', (request, response, url) => {
      name = url.searchParams.get('name');
      void readBody(request).then((parsed) => {
        body = parsed;
        send(response, 201, { Id: 'new', Warnings: null });
      });
    });
    engine.routes.set('POST /containers/new/start', (_request, response) => response.writeHead(204).end());
    expect(await call('containers.run', runOptions)).toMatchObject({
      type: 'result',
      value: { id: 'new', warnings: [] },
    });
    expect(name).toBe('web');
    expect(body).toEqual({
      Image: 'busybox',
      Cmd: ['httpd', '-f'],
      Env: ['A=b=c'],
      Tty: false,
      OpenStdin: false,
      ExposedPorts: { '80/tcp': {} },
      HostConfig: {
        PortBindings: {
          '80/tcp': [
            { HostIp: '', HostPort: '8080' },
            { HostIp: '127.0.0.1', HostPort: '' },
          ],
        },
        Mounts: [{ Type: 'bind', Source: '/srv', Target: '/data', ReadOnly: true }],
        AutoRemove: true,
      },
    });
  });

  it('names the container that was created but does not start', async () => {
    engine.routes.set('POST /containers/create', (_request, response) => send(response, 201, { Id: 'new' }));
    engine.refuse(
      'POST /containers/new/start',
      500,
      'Bind for 0.0.0.0:8080 failed: port is already allocated',
    );
    expect(await call('containers.run', runOptions)).toMatchObject({
      type: 'error',
      error: {
        code: 'conflict',
        message:
          'The container web was created, but it does not start: Bind for 0.0.0.0:8080 failed: port is already allocated',
        hint: 'Choose another host port, or stop what uses this one.',
      },
    });
  });

  it.each([
    [400, 'invalid'],
    [401, 'unauthorized'],
    [404, 'notFound'],
    [409, 'conflict'],
    [500, 'internal'],
    [503, 'unavailable'],
  ])('turns status %i into the code %s and keeps the sentence', async (status, code) => {
    engine.refuse('POST /containers/a/stop', status, 'in the engine’s words');
    expect(await call('containers.stop', { id: 'a' })).toMatchObject({
      type: 'error',
      error: { code, message: 'in the engine’s words' },
    });
  });

  it('takes "is so already" for done', async () => {
    engine.routes.set('POST /containers/a/start', (_request, response) => response.writeHead(304).end());
    expect(await call('containers.start', { id: 'a' })).toMatchObject({ type: 'result', value: {} });
  });

  it('does not let a name wander about in the path', async () => {
    await call('containers.remove', { id: '../images/x', force: true });
    await call('images.remove', { id: 'localhost:5000/me/app:1', force: false });
    const asked = engine.requests.filter((request) => request.startsWith('DELETE'));
    expect(asked).toEqual([
      'DELETE /containers/..%2Fimages%2Fx',
      'DELETE /images/localhost%3A5000/me/app%3A1',
    ]);
  });

  it('refuses what is not in the contract', async () => {
    expect(await call('constructor', {})).toMatchObject({ type: 'error', error: { code: 'invalid' } });
    expect(await call('containers.start', { id: '' })).toMatchObject({
      type: 'error',
      error: { code: 'invalid' },
    });
    expect(await call('containers.start', { id: 'a', more: 1 })).toMatchObject({
      error: { code: 'invalid' },
    });
    expect(window.closed).toBe(false);
  });

  it('rejects when the engine breaks off in the middle of an answer', async () => {
    engine.routes.set('GET /images/x/json', (_request, response) => {
      response.writeHead(200, { 'Content-Length': 100 });
      response.write('{"Id":', () => response.destroy());
    });
    expect(await call('images.inspect', { id: 'x' })).toMatchObject({
      type: 'error',
      error: { code: 'unavailable' },
    });
  });

  it.each([['not json'], ['{"type":"what"}'], ['{"type":"ack","id":0,"bytes":1}'], [new Uint8Array(3)]])(
    'ends a connection that says %j',
    (message) => {
      window.raw(message);
      expect(window.closed).toBe(true);
    },
  );
});

describe('the logs stream', () => {
  const open = (id: number, follow = true) =>
    window.say({ type: 'open', id, stream: 'logs', params: { id: 'a', tail: 10, follow } });
  const line = (text: string) => {
    const payload = Buffer.from(`2026-01-02T03:04:05Z ${text}\n`);
    const header = Buffer.alloc(8);
    header.writeUInt8(1, 0);
    header.writeUInt32BE(payload.length, 4);
    return Buffer.concat([header, payload]);
  };

  it('asks for what the window wants and ends with the log', async () => {
    let query = '';
    engine.routes.set('GET /containers/a/logs', (_request, response, url) => {
      query = url.search;
      response.end(Buffer.concat([line('one'), line('two')]));
    });
    open(1, false);
    expect(await closed(1)).toBeUndefined();
    expect(query).toBe('?follow=false&stdout=true&stderr=true&timestamps=true&tail=10');
    expect(readRecords(window.bytes(1)).map(({ text }) => text)).toEqual(['one', 'two']);
  });

  it('reads no more than the window takes, and everything when it takes it', async () => {
    const text = 'x'.repeat(1000);
    const total = 6000;
    let written = 0;
    engine.routes.set('GET /containers/a/logs', (_request, response) => {
      const pump = () => {
        while (written < total) {
          written += 1;
          if (!response.write(line(`${String(written)} ${text}`))) {
            response.once('drain', pump);
            return;
          }
        }
        response.end();
      };
      pump();
    });
    open(1);
    await until(() => window.bytes(1).length > streamWindowBytes / 2);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(window.bytes(1).length).toBeLessThanOrEqual(streamWindowBytes);
    expect(written).toBeLessThan(total);
    let taken = 0;
    while (window.end(1) === undefined) {
      const bytes = window.bytes(1).length;
      window.say({ type: 'ack', id: 1, bytes: bytes - taken });
      taken = bytes;
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    const numbers = readRecords(window.bytes(1)).map((record) => Number(record.text.split(' ')[0]));
    expect(numbers).toEqual(Array.from({ length: total }, (_, index) => index + 1));
  });

  it('breaks off when the window closes it', async () => {
    let ended = false;
    engine.routes.set('GET /containers/a/logs', (_request, response) => {
      response.on('close', () => (ended = true));
      response.write(line('one'));
    });
    open(1);
    await until(() => window.bytes(1).length > 0);
    window.say({ type: 'close', id: 1 });
    await until(() => ended);
    expect(window.end(1)).toBeUndefined();
  });

  it('says when the engine breaks off', async () => {
    engine.routes.set('GET /containers/a/logs', (_request, response) => {
      response.write(line('one'), () => setTimeout(() => response.destroy(), 20));
    });
    open(1);
    expect(await closed(1)).toMatchObject({ code: 'unavailable' });
    expect(readRecords(window.bytes(1)).map(({ text }) => text)).toEqual(['one']);
  });

  it('says that there is no such container', async () => {
    window.say({ type: 'open', id: 1, stream: 'logs', params: { id: 'gone', tail: 1, follow: true } });
    expect(await closed(1)).toEqual({ code: 'notFound', message: 'No such container: gone' });
  });

  it('refuses unknown streams and bad parameters', async () => {
    window.say({ type: 'open', id: 1, stream: 'toString', params: {} });
    expect(await closed(1)).toMatchObject({ code: 'invalid' });
    window.say({ type: 'open', id: 2, stream: 'logs', params: { id: 'a', tail: -1, follow: true } });
    expect(await closed(2)).toMatchObject({ code: 'invalid' });
  });
});

describe('the terminal stream', () => {
  const params = { id: 'a', command: [], user: '', rows: 24, columns: 80 };
  let session: Duplex | undefined;
  let created: unknown;
  let heard: string;
  let sizes: string[];

  beforeEach(() => {
    session = undefined;
    heard = '';
    sizes = [];
    engine.routes.set('POST /containers/a/exec', (request, response) => {
      void readBody(request).then((body) => {
        created = body;
        send(response, 201, { Id: 'e' });
      });
    });
    engine.routes.set('POST /exec/e/resize', (_request, response, url) => {
      sizes.push(url.search);
      send(response, 200, '');
    });
    engine.json('GET /exec/e/json', () => ({ Running: false, ExitCode: 7 }));
    engine.upgrade = (_request, socket) => {
      // What the session writes: the body of its request, and what is typed after it, in any number of pieces.
      socket.on('data', (chunk: Buffer) => (heard += chunk.toString()));
      socket.write(
        'HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n$ ',
      );
      socket.on('error', () => undefined);
      session = socket;
    };
  });

  it('joins the window to a shell with its size, and tells its exit code', async () => {
    window.say({ type: 'open', id: 1, stream: 'terminal', params });
    window.input(1, Buffer.from('early '));
    await until(() => window.bytes(1).toString() === '$ ');
    await until(() => heard.endsWith('}early '));
    expect(created).toMatchObject({ Tty: true, Env: ['TERM=xterm-256color'] });
    expect(created).not.toHaveProperty('User');
    const body = heard.slice(0, heard.indexOf('}') + 1);
    expect(JSON.parse(body)).toEqual({ Detach: false, Tty: true, ConsoleSize: [24, 80] });
    window.input(1, Buffer.from('ls\r'));
    await until(() => heard.endsWith('ls\r'));
    expect(heard).toBe(`${body}early ls\r`);
    window.say({ type: 'control', id: 1, message: { resize: { rows: 30, columns: 100 } } });
    await until(() => sizes.includes('?h=30&w=100'));
    session?.end('bye');
    expect(await closed(1)).toBeUndefined();
    expect(window.bytes(1).toString()).toBe('$ bye');
    expect(window.events(1)).toEqual([{ exitCode: 7 }]);
  });

  it('lets the program wait while the window does not take its output', async () => {
    window.say({ type: 'open', id: 1, stream: 'terminal', params });
    await until(() => session !== undefined);
    const total = 8 * 1024 * 1024;
    session?.end(Buffer.alloc(total, 'z'));
    await until(() => window.bytes(1).length > streamWindowBytes / 2);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(window.bytes(1).length).toBeLessThanOrEqual(streamWindowBytes);
    expect(window.end(1)).toBeUndefined();
    let taken = 0;
    while (window.end(1) === undefined) {
      const bytes = window.bytes(1).length;
      window.say({ type: 'ack', id: 1, bytes: bytes - taken });
      taken = bytes;
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    expect(window.bytes(1).length).toBe(total + 2);
    expect(window.events(1)).toEqual([{ exitCode: 7 }]);
  });

  it('ends a session whose program reads nothing, rather than grow', async () => {
    window.say({ type: 'open', id: 1, stream: 'terminal', params });
    await until(() => session !== undefined && window.bytes(1).length > 0);
    session?.pause();
    for (let count = 0; count < 12; count += 1) window.input(1, Buffer.alloc(512 * 1024));
    expect(await closed(1)).toMatchObject({ code: 'unavailable' });
    session?.resume();
  });

  it('closes the connection when the window closes the stream', async () => {
    window.say({ type: 'open', id: 1, stream: 'terminal', params });
    await until(() => session !== undefined);
    let gone = false;
    session?.on('close', () => (gone = true));
    window.say({ type: 'close', id: 1 });
    await until(() => gone);
  });

  it('says why the shell cannot be opened', async () => {
    engine.refuse('POST /containers/a/exec', 409, 'container a is not running');
    window.say({ type: 'open', id: 1, stream: 'terminal', params });
    expect(await closed(1)).toEqual({
      code: 'conflict',
      message: 'container a is not running',
      hint: 'Start the container first.',
    });
  });
});

describe('the pull stream', () => {
  const layer = 'a'.repeat(12);
  const open = (reference: string) =>
    window.say({ type: 'open', id: 1, stream: 'pull', params: { reference } });

  it('shows progress by layer and ends well', async () => {
    let asked: string | null = '';
    engine.routes.set('POST /images/create', (_request, response, url) => {
      asked = url.searchParams.get('fromImage');
      response.write('{"status":"Pulling from library/busybox","id":"latest"}\n');
      for (let current = 0; current <= 1000; current += 1) {
        response.write(
          `${JSON.stringify({ status: 'Downloading', id: layer, progressDetail: { current, total: 1000 } })}\r\n`,
        );
      }
      response.end('{"status":"Status: Downloaded newer image for busybox:latest"}');
    });
    open('busybox');
    expect(await closed(1)).toBeUndefined();
    expect(asked).toBe('busybox:latest');
    const events = window.events(1);
    expect(events).toContainEqual({
      layer: '',
      status: 'Pulling from library/busybox',
      current: 0,
      total: 0,
    });
    expect(events).toContainEqual({ layer, status: 'Downloading', current: 1000, total: 1000 });
    expect(events.length).toBeLessThan(100);
  });

  it.each([
    ['manifest for nosuch:latest not found: manifest unknown', 'notFound'],
    ['pull access denied for x, repository does not exist or may require docker login', 'unauthorized'],
    ['dial tcp 127.0.0.1:5000: connect: connection refused', 'unavailable'],
    ['no space left on device', 'internal'],
  ])('turns the error %j into %s', async (message, code) => {
    engine.routes.set('POST /images/create', (_request, response) => {
      response.end(`${JSON.stringify({ errorDetail: { message }, error: message })}\n`);
    });
    open('nosuch');
    const error = await closed(1);
    expect(error?.code).toBe(code);
    expect(error?.message).toContain('nosuch');
    expect(error?.hint).toContain(message);
  });

  it('breaks the request off when the window closes the stream', async () => {
    let gone = false;
    engine.routes.set('POST /images/create', (_request, response) => {
      response.on('close', () => (gone = true));
      response.write('{"status":"Waiting"}\n');
    });
    open('busybox');
    await until(() => window.events(1).length > 0);
    window.say({ type: 'close', id: 1 });
    await until(() => gone);
  });

  it('refuses what is no image name without asking the engine', async () => {
    open('Not An Image');
    expect(await closed(1)).toMatchObject({ code: 'invalid' });
    expect(engine.requests).not.toContain('POST /images/create');
  });
});
