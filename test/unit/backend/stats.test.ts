import type http from 'node:http';
import { beforeEach, describe, expect, it } from 'vitest';
import { toStatsSample } from '../../../runtime/backend/docker-stats.ts';
import { dockerStatsLine } from '../../../runtime/client/engine-answers.ts';
import type { StatsEvent } from '../../../runtime/contract/streams.ts';
import { TestWindow, type OpenStream } from '../../fixtures/window.ts';
import { useBackend } from './backend-on-socket.ts';
import { inspection, until } from './engine-on-socket.ts';

function events(stream: OpenStream<'stats'>): StatsEvent[] {
  return stream.events() as StatsEvent[];
}

const idsOf = ({ samples }: StatsEvent): string[] => samples.map(({ id }) => id);

function sample(id: string, cpuPercent: number | null) {
  return {
    id,
    cpuPercent,
    memoryBytes: 1,
    memoryLimitBytes: 2,
    receivedBytes: 3,
    sentBytes: 4,
    readBytes: 5,
    writtenBytes: 6,
    pids: 7,
  };
}

const machine = {
  cpuPercent: 12,
  memoryBytes: 1,
  memoryTotalBytes: 2,
  diskUsedBytes: 3,
  diskTotalBytes: 4,
};

describe('figures of an engine that offers them', () => {
  const on = useBackend();
  let asked: string[];
  let upstream: http.ServerResponse | undefined;
  let open: number;

  /** What the engine says of one second. */
  const say = (containers: object[], timeMs = Date.now()) =>
    upstream?.write(`${JSON.stringify({ timeMs, containers, machine })}\n`);

  beforeEach(async () => {
    asked = [];
    open = 0;
    upstream = undefined;
    const { engine } = on;
    engine.json('GET /berth/features', () => ({ Engine: 'Berth', Features: ['stats'] }));
    engine.routes.set('POST /berth/stats', (request, response) => {
      response.on('close', () => (open -= 1));
      open += 1;
      request.on('data', (body: Buffer) => {
        asked.push((JSON.parse(body.toString()) as { ids: string[] }).ids.join());
        response.writeHead(200).flushHeaders();
        upstream = response;
      });
    });
    for (const id of ['b', 'c']) engine.containers.set(id, inspection(id));
    engine.containers.set('off', inspection('off', { status: 'exited' }));
    // The engine that the backend has met was not yet one that offers figures.
    await engine.kill();
    await until(() => on.window.port.engine?.state === 'down');
    await engine.listen();
    await until(() => on.window.port.engine?.state === 'running' && on.window.port.containers.size === 4);
    expect(on.window.port.engine).toMatchObject({ product: 'Berth', features: ['stats'] });
  });

  it('come from one stream for all windows, each its own, with the machine', async () => {
    const first = on.window.open('stats', { ids: ['a', 'off'] });
    const other = TestWindow.on(on.backend);
    const second = other.open('stats', { ids: ['b'] });
    await until(() => asked.at(-1) === 'a,b');
    expect(open).toBe(1);
    say([sample('a', 50), sample('b', null)], 5000);
    await until(() => events(second).length > 0);
    expect(events(first)).toEqual([{ timeMs: 5000, samples: [sample('a', 50)], machine }]);
    expect(events(second)).toEqual([{ timeMs: 5000, samples: [sample('b', null)], machine }]);
  });

  it('follow the ids; a CPU figure is not lost when the stream is opened anew', async () => {
    const stream = on.window.open('stats', { ids: ['a'] });
    await until(() => asked.length === 1);
    say([sample('a', 50)]);
    await until(() => events(stream).length === 1);
    for (const ids of [
      ['a', 'b'],
      ['a', 'c'],
      ['c', 'a', 'b'],
    ])
      stream.control({ ids });
    await until(() => asked.length === 2 && open === 1);
    expect(asked).toEqual(['a', 'a,b,c']);
    say([sample('a', null), sample('b', null)]);
    await until(() => events(stream).length === 2);
    expect(events(stream)[1]?.samples.map(({ cpuPercent }) => cpuPercent)).toEqual([50, null]);
  });

  it('are not asked for while every window is hidden, or has closed its stream', async () => {
    const stream = on.window.open('stats', { ids: ['a'] });
    await until(() => open === 1);
    on.window.port.say({ type: 'visible', visible: false });
    await until(() => open === 0);
    on.window.port.say({ type: 'visible', visible: true });
    await until(() => open === 1);
    stream.close();
    await until(() => open === 0);
  });

  it('are asked for again when a container starts, and when the stream breaks off', async () => {
    on.window.open('stats', { ids: ['a', 'off'] });
    await until(() => asked.length === 1);
    on.engine.containers.set('off', inspection('off'));
    on.engine.emit('container', 'start', 'off');
    await until(() => asked.at(-1) === 'a,off');
    const before = asked.length;
    upstream?.destroy();
    await until(() => asked.length === before + 1 && open === 1);
  });

  it('come again when the engine does', async () => {
    const stream = on.window.open('stats', { ids: ['a'] });
    await until(() => open === 1);
    await on.engine.kill();
    await until(() => on.window.port.engine?.state === 'down' && open === 0);
    await on.engine.listen();
    await until(() => open === 1);
    say([sample('a', 1)]);
    await until(() => events(stream).length === 1);
  });
});

describe('figures of another engine', () => {
  const on = useBackend();
  const running = new Map<string, http.ServerResponse>();

  beforeEach(() => {
    running.clear();
    on.engine.containers.set('b', inspection('b'));
    on.engine.emit('container', 'create', 'b');
    for (const id of ['a', 'b']) {
      on.engine.routes.set(`GET /containers/${id}/stats`, (_request, response, url) => {
        expect(url.search).toBe('?stream=true');
        running.set(id, response);
        response.on('close', () => running.delete(id));
        response.write(`${JSON.stringify(dockerLine())}\n`);
      });
    }
  });

  it('come from a stream per container and are told together', async () => {
    const stream = on.window.open('stats', { ids: ['a', 'b'] });
    await until(() => events(stream).some((event) => idsOf(event).join() === 'a,b'));
    expect(events(stream)[0]).not.toHaveProperty('machine');
    const kept = running.get('a');
    stream.control({ ids: ['a'] });
    await until(() => !running.has('b'));
    expect(running.get('a')).toBe(kept);
    on.window.port.say({ type: 'visible', visible: false });
    await until(() => running.size === 0);
  });
});

/** A line of Docker's stats, on cgroup v2. */
function dockerLine(memory: object = { usage: 1000, limit: 4000, stats: { inactive_file: 400 } }) {
  const cpu = (total: number, system: number) => ({
    cpu_usage: { total_usage: total },
    system_cpu_usage: system,
    online_cpus: 2,
  });
  return {
    cpu_stats: cpu(300, 2000),
    precpu_stats: cpu(100, 1000),
    memory_stats: memory,
    networks: { eth0: { rx_bytes: 1, tx_bytes: 2 }, eth1: { rx_bytes: 10, tx_bytes: 20 } },
    blkio_stats: {
      io_service_bytes_recursive: [
        { op: 'Read', value: 5 },
        { op: 'write', value: 7 },
        { op: 'read', value: 50 },
      ],
    },
    pids_stats: { current: 3 },
  };
}

describe('a line of Docker’s statistics', () => {
  const read = (line: object) => toStatsSample('a', dockerStatsLine.parse(line));

  it('is counted as docker stats does', () => {
    expect(read(dockerLine())).toEqual({
      id: 'a',
      cpuPercent: 40,
      memoryBytes: 600,
      memoryLimitBytes: 4000,
      receivedBytes: 11,
      sentBytes: 22,
      readBytes: 55,
      writtenBytes: 7,
      pids: 3,
    });
  });

  it.each([
    ['of cgroup v1', { usage: 1000, limit: 1, stats: { total_inactive_file: 300, inactive_file: 1 } }, 700],
    ['with more cache than use', { usage: 100, limit: 1, stats: { inactive_file: 300 } }, 100],
    ['without figures', {}, 0],
  ])('%s has its memory', (_, memory, bytes) => {
    expect(read(dockerLine(memory)).memoryBytes).toBe(bytes);
  });

  it('has no CPU figure when there is nothing to compare with, and is 0 when nothing was used', () => {
    const line = dockerLine();
    expect(read({ ...line, precpu_stats: { cpu_usage: { total_usage: 0 } } }).cpuPercent).toBeNull();
    expect(read({ ...line, precpu_stats: line.cpu_stats }).cpuPercent).toBe(0);
  });

  it('of a container that has just stopped is nothing', () => {
    const cpu = { cpu_usage: { total_usage: 0 } };
    const line = { cpu_stats: cpu, precpu_stats: cpu, memory_stats: {}, pids_stats: {}, blkio_stats: {} };
    expect(read(line)).toMatchObject({ cpuPercent: null, memoryBytes: 0, pids: 0, readBytes: 0 });
  });
});
