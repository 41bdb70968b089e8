import type http from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createBackend, type Backend } from '../../../runtime/backend/backend.ts';
import { createEngineClient } from '../../../runtime/client/engine-client.ts';
import { unixEndpoint } from '../../../runtime/client/endpoint.ts';
import { RemoteKeptEngine } from '../../../runtime/client/kept-engine.ts';
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
  mounts: [{ type: 'bind', source: '/srv', destination: '/data', readOnly: true, sizeBytes: 0 }],
  networks: [],
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

  it('shows processes in rows of one length', async () => {
    engine.json('GET /containers/a/top', () => ({
      Titles: ['PID', 'CMD'],
      Processes: [['1', 'sh', '-c', 'x y'], ['7']],
    }));
    expect(await call('containers.top', { id: 'a' })).toMatchObject({
      value: {
        titles: ['PID', 'CMD'],
        processes: [
          ['1', 'sh -c x y'],
          ['7', ''],
        ],
      },
    });
  });

  it('renames, pauses, prunes', async () => {
    const asked: string[] = [];
    for (const route of [
      'POST /containers/a/rename',
      'POST /containers/a/pause',
      'POST /containers/a/unpause',
    ]) {
      engine.routes.set(route, (_request, response, url) => {
        asked.push(url.pathname + url.search);
        response.writeHead(204).end();
      });
    }
    engine.json('POST /containers/prune', () => ({ ContainersDeleted: null, SpaceReclaimed: 5 }));
    await call('containers.rename', { id: 'a', name: 'new name' });
    await call('containers.pause', { id: 'a' });
    await call('containers.unpause', { id: 'a' });
    expect(asked).toEqual([
      '/containers/a/rename?name=new%20name',
      '/containers/a/pause',
      '/containers/a/unpause',
    ]);
    expect(await call('containers.prune', {})).toMatchObject({
      value: { removed: [], reclaimedBytes: 5 },
    });
  });

  it('says what a full disk needs', async () => {
    engine.refuse('POST /containers/a/start', 500, 'write /x: no space left on device');
    expect(await call('containers.start', { id: 'a' })).toMatchObject({
      error: {
        code: 'unavailable',
        message: 'write /x: no space left on device',
        hint: expect.stringContaining('The disk that holds the data of the engine is full'),
      },
    });
  });

  it('has the engine’s log and its restart from who keeps it, and neither where nobody does', async () => {
    expect(await call('engine.log', {})).toMatchObject({ value: { text: '' } });
    expect(await call('engine.restart', {})).toMatchObject({ error: { code: 'invalid' } });
    let restarts = 0;
    const keeper = new RemoteKeptEngine((ask) => {
      restarts += ask.ask === 'restart' ? 1 : 0;
      keeper.hear({ id: ask.id, text: 'its log', error: restarts > 1 ? 'It does not start.' : '' });
    });
    backend.setKeeper(keeper);
    await until(() => window.engine?.keeper === true);
    expect(await call('engine.log', {})).toMatchObject({ value: { text: 'its log' } });
    expect(await call('engine.restart', {})).toMatchObject({ value: {} });
    expect(await call('engine.restart', {})).toMatchObject({ error: { message: 'It does not start.' } });
    keeper.lose('Gone.');
    expect(await call('engine.log', {})).toMatchObject({ error: { message: 'Gone.' } });
    backend.setKeeper(undefined);
    await until(() => window.engine?.keeper === false);
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
  const always = { sinceMs: null, untilMs: null, tellsCaughtUp: false };
  const open = (id: number, follow = true) =>
    window.say({ type: 'open', id, stream: 'logs', params: { id: 'a', tail: 10, follow, ...always } });
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

  it('asks for the lines of a time', async () => {
    let query = new URLSearchParams();
    engine.routes.set('GET /containers/a/logs', (_request, response, url) => {
      query = url.searchParams;
      response.end();
    });
    const params = {
      id: 'a',
      tail: 10,
      follow: false,
      sinceMs: 1_700_000_000_123.5,
      untilMs: 1_700_000_001_000,
      tellsCaughtUp: false,
    };
    window.say({ type: 'open', id: 1, stream: 'logs', params });
    expect(await closed(1)).toBeUndefined();
    // One microsecond outside the line that was read, since its time lost its last digits.
    expect(query.get('since')).toBe('1700000000.123499');
    expect(query.get('until')).toBe('1700000001.000001');
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
    window.say({
      type: 'open',
      id: 1,
      stream: 'logs',
      params: { id: 'gone', tail: 1, follow: true, ...always },
    });
    expect(await closed(1)).toEqual({ code: 'notFound', message: 'No such container: gone' });
  });

  it('refuses unknown streams and bad parameters', async () => {
    window.say({ type: 'open', id: 1, stream: 'toString', params: {} });
    expect(await closed(1)).toMatchObject({ code: 'invalid' });
    window.say({
      type: 'open',
      id: 2,
      stream: 'logs',
      params: { id: 'a', tail: -1, follow: true, ...always },
    });
    expect(await closed(2)).toMatchObject({ code: 'invalid' });
  });
});
