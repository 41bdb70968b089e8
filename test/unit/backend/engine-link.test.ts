import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createBackend, type Backend } from '../../../runtime/backend/backend.ts';
import { explainLoss } from '../../../runtime/backend/engine-link.ts';
import { createEngineClient } from '../../../runtime/client/engine-client.ts';
import { EngineFailure } from '../../../runtime/client/engine-failure.ts';
import { unixEndpoint } from '../../../runtime/client/endpoint.ts';
import { EngineOnSocket, inspection, send, until } from './engine-on-socket.ts';
import { WindowPort } from './window-port.ts';

const times = { pingEveryMs: 20, hungAfterMs: 60, abandonAfterMs: 5000, firstRetryMs: 20, lastRetryMs: 60 };

let engine: EngineOnSocket;
let backend: Backend | undefined;
let window: WindowPort;

beforeEach(() => {
  engine = new EngineOnSocket();
  window = new WindowPort();
});

afterEach(async () => {
  backend?.dispose();
  backend = undefined;
  await until(() => engine.sockets.size === 0);
  await engine.remove();
});

function connect(): void {
  backend = createBackend(createEngineClient(unixEndpoint(engine.socketPath)), { times });
  backend.connect(window.port);
}

const running = () => until(() => window.engine?.state === 'running');

describe('the link to an engine', () => {
  it('says whose engine it is and what is there', async () => {
    engine.containers.set('a', inspection('a'));
    engine.images = [
      { Id: 'sha256:aa', RepoTags: ['busybox:latest', '<none>:<none>'], Created: 5, Size: 7, Labels: null },
    ];
    await engine.listen();
    connect();
    await running();
    expect(window.engine).toMatchObject({
      product: 'Test',
      version: '9.9',
      apiVersion: '1.51',
      cpus: 2,
      reason: '',
    });
    expect(window.containers.get('a')?.state).toBe('running');
    expect(window.images.get('sha256:aa')).toEqual({
      id: 'sha256:aa',
      tags: ['busybox:latest'],
      createdMs: 5000,
      sizeBytes: 7,
      sharedBytes: null,
      containers: 1,
      labels: {},
    });
    expect(window.diffs.map(({ sequence }) => sequence)).toEqual(window.diffs.map((_, index) => index + 1));
  });

  it('asks again only for the container that an event touched', async () => {
    engine.containers.set('a', inspection('a')).set('b', inspection('b'));
    await engine.listen();
    connect();
    await running();
    engine.requests.length = 0;
    engine.containers.set('b', inspection('b', { status: 'exited' }));
    engine.emit('container', 'prune', '', { reclaimed: '0' });
    engine.emit('container', 'die', 'b');
    engine.emit('container', 'exec_start: sh', 'a');
    await until(() => window.containers.get('b')?.state === 'exited');
    expect(engine.requests.filter((request) => request !== 'GET /_ping')).toEqual(['GET /containers/b/json']);
    expect(window.diffs.at(-1)?.containers?.set.map(({ id }) => id)).toEqual(['b']);
  });

  it('asks an engine that tells all containers at once for none by itself, and works in what happens meanwhile', async () => {
    engine.json('GET /berth/features', () => ({ Engine: 'Berth', Features: ['containers'] }));
    engine.containers.set('a', inspection('a')).set('gone', inspection('gone')).set('b', inspection('b'));
    engine.routes.set('GET /berth/containers', (_request, response) => {
      const all = [...engine.containers.values()];
      engine.containers.delete('gone');
      engine.emit('container', 'destroy', 'gone');
      engine.containers.set('b', inspection('b', { status: 'exited' }));
      engine.emit('container', 'die', 'b');
      setTimeout(() => send(response, 200, all), 50);
    });
    await engine.listen();
    connect();
    await running();
    await until(() => window.containers.get('b')?.state === 'exited');
    expect([...window.containers.keys()].sort()).toEqual(['a', 'b']);
    expect(window.containers.get('a')?.state).toBe('running');
    expect(engine.requests).not.toContain('GET /containers/json');
    expect(engine.requests).not.toContain('GET /containers/a/json');
  });

  it('works in what happens while it lists', async () => {
    engine.containers.set('old', inspection('old'));
    engine.routes.set('GET /containers/json', (_request, response) => {
      const list = [...engine.containers.keys()].map((Id) => ({ Id }));
      // Between the list and its answer one goes and one comes.
      engine.containers.delete('old');
      engine.emit('container', 'destroy', 'old');
      engine.containers.set('new', inspection('new'));
      engine.emit('container', 'create', 'new');
      setTimeout(() => send(response, 200, list), 50);
    });
    await engine.listen();
    connect();
    await running();
    await until(() => window.containers.size === 1);
    expect([...window.containers.keys()]).toEqual(['new']);
  });

  it('does not bring back a container that was removed while it was asked for', async () => {
    engine.containers.set('a', inspection('a'));
    await engine.listen();
    connect();
    await running();
    let answer: () => void = () => undefined;
    engine.routes.set('GET /containers/a/json', (_request, response) => {
      answer = () => send(response, 200, inspection('a', { status: 'exited' }));
    });
    engine.requests.length = 0;
    engine.emit('container', 'die', 'a');
    await until(() => engine.requests.includes('GET /containers/a/json'));
    engine.emit('container', 'destroy', 'a');
    await until(() => window.containers.size === 0);
    engine.containers.set('b', inspection('b'));
    answer();
    engine.emit('container', 'create', 'b');
    await until(() => window.containers.has('b'));
    expect([...window.containers.keys()]).toEqual(['b']);
  });

  it('does not list images for each event of a burst', async () => {
    await engine.listen();
    connect();
    await running();
    engine.requests.length = 0;
    engine.images = [{ Id: 'sha256:bb', RepoTags: null, Created: 1, Size: 1 }];
    for (let count = 0; count < 20; count += 1) engine.emit('image', 'tag', 'sha256:bb');
    await until(() => window.images.size === 1);
    // On a busy machine the burst may arrive in a few pieces.
    expect(engine.requests.filter((request) => request === 'GET /images/json').length).toBeLessThan(5);
  });

  it('knows volumes and networks, and lists them again after their events', async () => {
    let volumes = [
      {
        Name: 'v1',
        Driver: 'local',
        Mountpoint: '/v1',
        CreatedAt: '2026-01-02T03:04:05Z',
        Labels: { a: 'b' },
      },
    ];
    const network = {
      Id: 'n1',
      Name: 'net',
      Driver: 'bridge',
      Scope: 'local',
      Internal: true,
      Created: '0001-01-01T00:00:00Z',
      IPAM: { Config: [{ Subnet: '10.1.0.0/16' }] },
    };
    engine.json('GET /volumes', () => ({ Volumes: volumes, Warnings: null }));
    engine.json('GET /networks', () => [network]);
    await engine.listen();
    connect();
    await running();
    expect([...window.volumes.values()]).toEqual([
      {
        id: 'v1',
        driver: 'local',
        mountpoint: '/v1',
        createdMs: Date.parse('2026-01-02T03:04:05Z'),
        labels: { a: 'b' },
        containers: 0,
      },
    ]);
    expect([...window.networks.values()]).toEqual([
      {
        id: 'n1',
        name: 'net',
        driver: 'bridge',
        scope: 'local',
        internal: true,
        attachable: false,
        ipv6: false,
        pools: [{ subnet: '10.1.0.0/16', range: '', gateway: '' }],
        options: {},
        createdMs: null,
        labels: {},
        containers: 0,
      },
    ]);
    volumes = [];
    engine.requests.length = 0;
    engine.emit('volume', 'mount', 'v1', { container: 'a' });
    engine.emit('volume', 'destroy', 'v1');
    await until(() => window.volumes.size === 0);
    expect(engine.requests.filter((request) => request === 'GET /volumes')).toHaveLength(1);
    expect(engine.requests).not.toContain('GET /networks');
  });

  it('takes an engine without volumes for one that has none', async () => {
    engine.refuse('GET /volumes', 501, 'volumes are not implemented');
    await engine.listen();
    connect();
    await running();
    expect(window.volumes.size).toBe(0);
  });

  it('keeps its data when the engine dies and comes back by itself', async () => {
    engine.containers.set('a', inspection('a'));
    await engine.listen();
    connect();
    await running();
    await engine.kill();
    await until(() => window.engine?.state === 'down');
    expect(window.engine?.reason).toMatch(/has gone|No engine is running/);
    expect(window.containers.size).toBe(1);
    engine.containers.clear();
    engine.containers.set('c', inspection('c'));
    await engine.listen();
    await running();
    expect([...window.containers.keys()]).toEqual(['c']);
  });

  it('notices at once that the socket appears', async () => {
    backend = createBackend(createEngineClient(unixEndpoint(engine.socketPath)), {
      times: { ...times, firstRetryMs: 3_600_000, lastRetryMs: 3_600_000 },
    });
    backend.connect(window.port);
    await until(() => window.engine?.state === 'down');
    expect(window.engine?.reason).toContain('there is no socket');
    await engine.listen();
    await running();
  });

  it('says that the engine hangs, and that it goes on', async () => {
    await engine.listen();
    connect();
    await running();
    const waiting: (() => void)[] = [];
    let frozen = true;
    engine.routes.set('GET /_ping', (_request, response) => {
      if (frozen) waiting.push(() => send(response, 200, 'OK'));
      else send(response, 200, 'OK');
    });
    await until(() => window.engine?.state === 'hung');
    expect(window.engine?.reason).toContain('does not answer');
    frozen = false;
    for (const answer of waiting) answer();
    await running();
  });

  it('pings only while a window is visible, and sends a hidden one nothing', async () => {
    await engine.listen();
    connect();
    await running();
    window.say({ type: 'visible', visible: false });
    engine.requests.length = 0;
    const told = window.messages.length;
    engine.containers.set('a', inspection('a'));
    engine.emit('container', 'create', 'a');
    await until(() => engine.requests.includes('GET /containers/a/json'));
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(engine.requests.filter((request) => request !== 'GET /_ping')).toEqual(['GET /containers/a/json']);
    // One that was under way may still have arrived.
    expect(engine.requests.filter((request) => request === 'GET /_ping').length).toBeLessThanOrEqual(1);
    expect(window.messages.length).toBe(told);
    window.say({ type: 'visible', visible: true });
    expect(window.diffs.at(-1)?.reset).toBe(true);
    expect([...window.containers.keys()]).toEqual(['a']);
    engine.requests.length = 0;
    await until(() => engine.requests.includes('GET /_ping'));
  });

  it('says what an engine that is no engine answers', async () => {
    engine.refuse('GET /version', 500, 'the database is on fire');
    await engine.listen();
    connect();
    await until(() => window.engine?.state === 'down');
    expect(window.engine?.reason).toContain('the database is on fire');
  });

  it('holds nothing open after its end', async () => {
    await engine.listen();
    connect();
    await running();
    backend?.dispose();
    expect(window.closed).toBe(true);
    await until(() => engine.sockets.size === 0);
    const requests = engine.requests.length;
    engine.emit('container', 'create', 'x');
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(engine.requests.length).toBe(requests);
  });
});

describe('a lost connection', () => {
  it.each([
    ['EACCES', 'denied', 'usermod -aG berth'],
    ['ENOENT', 'down', 'there is no socket'],
    ['ECONNREFUSED', 'down', 'No engine is running'],
    ['ECONNRESET', 'down', 'has gone'],
    ['ETIMEDOUT', 'hung', 'does not answer'],
    ['EWHATEVER', 'down', 'it broke'],
  ])('%s is %s', (errno, state, words) => {
    const explained = explainLoss(new EngineFailure('it broke', { errno }), 'unix:///run/x.sock');
    expect(explained.state).toBe(state);
    expect(explained.reason).toContain(words);
  });
});
