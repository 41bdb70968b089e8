// berth-monitor: published UDP ports, one socket to the container for each client.
import dgram from 'node:dgram';
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { MonitorBench, type MonitorKind, type MonitorRun } from './monitor-driver.ts';

let bench: MonitorBench;
const sockets: dgram.Socket[] = [];
beforeAll(() => {
  bench = new MonitorBench();
});
afterEach(async () => {
  await bench.stopAll();
  for (const socket of sockets.splice(0)) socket.close();
});
afterAll(() => {
  bench.remove();
});

/** A socket on a free port of 127.0.0.1. */
async function open(): Promise<dgram.Socket> {
  const socket = dgram.createSocket('udp4');
  sockets.push(socket);
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return socket;
}

/** Sends a datagram until something comes back, as somebody who knows UDP does. */
function ask(
  socket: dgram.Socket,
  port: number,
  bytes: Buffer,
  host = '127.0.0.1',
): Promise<[Buffer, dgram.RemoteInfo]> {
  return new Promise((resolve) => {
    const send = (): void => socket.send(bytes, port, host, () => undefined);
    const timer = setInterval(send, 200);
    socket.once('message', (answer, from) => {
      clearInterval(timer);
      resolve([answer, from]);
    });
    send();
  });
}

describe.each<{ kind: MonitorKind }>([{ kind: 'build' }, { kind: 'sanitized' }])(
  'the UDP proxy ($kind)',
  ({ kind }) => {
    const publish = async (server: dgram.Socket): Promise<MonitorRun> =>
      await bench.start(
        kind,
        ['--publish-udp', `127.0.0.1:${String(server.address().port)}`],
        ['sleep', '60'],
      );

    it('gives each client its answers, small and large', async () => {
      const server = await open();
      const seen = new Set<number>();
      server.on('message', (bytes, from) => {
        seen.add(from.port);
        server.send(bytes, from.port, from.address);
      });
      const run = await publish(server);
      const port = run.ports[0] ?? 0;
      // Of what came before the monitor was there nobody knows which address it was sent to.
      await ask(await open(), port, Buffer.from('first'));
      seen.clear();
      for (const size of [0, 1, 1400, 60_000]) {
        const client = await open();
        for (let again = 0; again < 3; again++) {
          const [answer, from] = await ask(client, port, Buffer.alloc(size, size % 251));
          expect(answer.equals(Buffer.alloc(size, size % 251))).toBe(true);
          expect([from.address, from.port]).toEqual(['127.0.0.1', port]);
        }
      }
      expect(seen.size).toBe(4);
    });

    it('lives on when nobody listens behind it, and when somebody does again', async () => {
      const gone = await open();
      const target = gone.address().port;
      const run = await publish(gone);
      sockets.splice(sockets.indexOf(gone), 1);
      await new Promise<void>((resolve) => gone.close(() => resolve()));
      const client = await open();
      for (let i = 0; i < 5; i++) client.send('lost', run.ports[0] ?? 0, '127.0.0.1');
      const server = dgram.createSocket('udp4');
      sockets.push(server);
      server.on('message', (bytes, from) => server.send(bytes, from.port, from.address));
      await new Promise<void>((resolve) => server.bind(target, '127.0.0.1', resolve));
      const [answer] = await ask(client, run.ports[0] ?? 0, Buffer.from('found'));
      expect(answer.toString()).toMatch(/found|lost/);
    });

    it('keeps a bounded number of clients, the latest of them', async () => {
      const server = await open();
      server.on('message', (bytes, from) => server.send(bytes, from.port, from.address));
      const run = await publish(server);
      const port = run.ports[0] ?? 0;
      for (let round = 0; round < 13; round++) {
        const clients = await Promise.all(Array.from({ length: 100 }, open));
        const answers = await Promise.all(clients.map((client) => ask(client, port, Buffer.from('x'))));
        expect(answers).toHaveLength(100);
        for (const client of clients) client.close();
        sockets.splice(-100);
      }
      const rollup = readFileSync(`/proc/${String(run.pid)}/smaps_rollup`, 'utf8');
      if (kind === 'build') expect(Number(/^Pss:\s+(\d+) kB$/m.exec(rollup)?.[1])).toBeLessThanOrEqual(400);
      const descriptors = readFileSync(`/proc/${String(run.pid)}/net/udp`, 'utf8').split('\n');
      const toServer = `:${server.address().port.toString(16).toUpperCase().padStart(4, '0')} 01`;
      expect(descriptors.filter((line) => line.includes(toServer)).length).toBeLessThanOrEqual(1024);
      const [answer] = await ask(await open(), port, Buffer.from('still'));
      expect(answer.toString()).toBe('still');
    });
  },
);
