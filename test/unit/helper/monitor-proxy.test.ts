// berth-monitor: published TCP ports, passed on by splice().
import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import net from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { MonitorBench, type MonitorKind, type MonitorRun } from './monitor-driver.ts';

let bench: MonitorBench;
const servers: net.Server[] = [];
beforeAll(() => {
  bench = new MonitorBench();
});
afterEach(async () => {
  await bench.stopAll();
  for (const server of servers.splice(0)) server.close();
});
afterAll(() => {
  bench.remove();
});

/** A server behind the proxy; returns its port. */
async function serve(handler: (socket: net.Socket) => void, host = '127.0.0.1'): Promise<number> {
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => undefined);
    handler(socket);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

interface Transfer {
  digest: string;
  bytes: number;
  error: string | undefined;
}

/** Sends bytes, then half-closes; resolves with what came back when the other side ended. */
function transfer(port: number, bytes: Buffer): Promise<Transfer> {
  return new Promise((resolve) => {
    const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    const hash = createHash('sha256');
    let count = 0;
    let error: string | undefined;
    socket.on('data', (chunk: Buffer) => {
      hash.update(chunk);
      count += chunk.length;
    });
    socket.on('error', (e: NodeJS.ErrnoException) => (error = e.code));
    socket.on('close', () => {
      resolve({ digest: hash.digest('hex'), bytes: count, error });
    });
    socket.end(bytes);
  });
}

const digestOf = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

describe.each<{ kind: MonitorKind }>([{ kind: 'build' }, { kind: 'sanitized' }])(
  'the proxy ($kind)',
  ({ kind }) => {
    /** A monitor with one published port for each target. */
    const publish = (...targets: string[]): Promise<MonitorRun> =>
      bench.start(
        kind,
        targets.flatMap((target) => ['--publish', target]),
        ['sleep', '60'],
      );

    it('passes ten megabytes both ways, and the half-close', async () => {
      const port = await serve((socket) => socket.pipe(socket));
      const run = await publish(`127.0.0.1:${String(port)}`);
      const bytes = randomBytes(10 << 20);
      expect(await transfer(run.ports[0] ?? 0, bytes)).toEqual({
        digest: digestOf(bytes),
        bytes: bytes.length,
        error: undefined,
      });
    });

    it('lets the server answer only after the client’s end', async () => {
      const answer = randomBytes(5 << 20);
      let received = 0;
      const port = await serve((socket) => {
        socket.on('data', (chunk: Buffer) => (received += chunk.length));
        socket.on('end', () => socket.end(answer));
      });
      const run = await publish(`127.0.0.1:${String(port)}`);
      const result = await transfer(run.ports[0] ?? 0, randomBytes(3 << 20));
      expect(result).toEqual({ digest: digestOf(answer), bytes: answer.length, error: undefined });
      expect(received).toBe(3 << 20);
    });

    it('lets the server end first and takes what the client still has', async () => {
      let received = 0;
      const ended = new Promise<void>((resolve) => {
        void serve((socket) => {
          socket.end('bye');
          socket.on('data', (chunk: Buffer) => (received += chunk.length));
          socket.on('end', resolve);
        }).then(async (port) => {
          const run = await publish(`127.0.0.1:${String(port)}`);
          const client = net.connect({ port: run.ports[0] ?? 0, host: '127.0.0.1', allowHalfOpen: true });
          client.resume();
          client.once('end', () => client.end(Buffer.alloc(1 << 20)));
        });
      });
      await ended;
      expect(received).toBe(1 << 20);
    });

    it('resets a client when nobody listens, and when the server resets', async () => {
      const free = await serve(() => undefined);
      servers.pop()?.close();
      const resets = await serve((socket) => {
        socket.once('data', () => socket.resetAndDestroy());
      });
      const run = await publish(`127.0.0.1:${String(free)}`, `127.0.0.1:${String(resets)}`);
      for (const port of run.ports)
        expect(await transfer(port, Buffer.from('hello'))).toMatchObject({ bytes: 0, error: 'ECONNRESET' });
    });

    it('carries three hundred connections at once', async () => {
      const port = await serve((socket) => socket.pipe(socket));
      const run = await publish(`127.0.0.1:${String(port)}`);
      const bytes = randomBytes(100_000);
      const results = await Promise.all(
        Array.from({ length: 300 }, () => transfer(run.ports[0] ?? 0, bytes)),
      );
      for (const result of results)
        expect(result).toEqual({ digest: digestOf(bytes), bytes: bytes.length, error: undefined });
    });

    it('slows a fast sender down to a slow reader without loss', async () => {
      const hash = createHash('sha256');
      const done = new Promise<void>((resolve, reject) => {
        serve((socket) => {
          socket.on('data', (chunk: Buffer) => {
            hash.update(chunk);
            socket.pause();
            setTimeout(() => socket.resume(), 1);
          });
          socket.on('end', resolve);
        })
          .then(async (port) => {
            const run = await publish(`127.0.0.1:${String(port)}`);
            net.connect({ port: run.ports[0] ?? 0, host: '127.0.0.1' }).end(bytes);
          })
          .catch(reject);
      });
      const bytes = randomBytes(8 << 20);
      await done;
      expect(hash.digest('hex')).toBe(digestOf(bytes));
    });

    it('frees the host port when the program ends', async () => {
      const port = await serve((socket) => socket.pipe(socket));
      const run = await bench.start(kind, ['--publish', `127.0.0.1:${String(port)}`], ['sleep', '0.3']);
      expect((await transfer(run.ports[0] ?? 0, Buffer.from('x'))).bytes).toBe(1);
      expect(await run.ended).toBe(0);
      const refused = await transfer(run.ports[0] ?? 0, Buffer.from('x'));
      expect(refused.error).toBe('ECONNREFUSED');
    });

    it('needs no pipe for a connection that is quiet', async () => {
      const port = await serve((socket) => socket.pipe(socket));
      const run = await publish(`127.0.0.1:${String(port)}`);
      const sockets = await Promise.all(
        Array.from(
          { length: 50 },
          () =>
            new Promise<net.Socket>((resolve) => {
              const socket = net.connect(run.ports[0] ?? 0, '127.0.0.1');
              socket.write('ping');
              socket.once('data', () => {
                resolve(socket);
              });
            }),
        ),
      );
      const folder = `/proc/${String(run.pid)}/fd`;
      const names = readdirSync(folder).map((fd) => readlinkSync(`${folder}/${fd}`));
      expect(names.filter((name) => name.startsWith('socket:')).length).toBeGreaterThanOrEqual(100);
      // Sixteen spare pipes at the most, and the program's own two.
      expect(names.filter((name) => name.startsWith('pipe:')).length).toBeLessThanOrEqual(34);
      for (const socket of sockets) socket.destroy();
    });

    const hasV6 = Object.values(networkInterfaces()).some((list) =>
      list?.some((one) => one.address === '::1'),
    );
    it.runIf(hasV6)('reaches an IPv6 address, with and without brackets', async () => {
      const port = await serve((socket) => socket.pipe(socket), '::1');
      const run = await publish(
        `[::1]:${String(port)}`,
        `::1:${String(port)}`,
        `0:0:0:0:0:0:0:1:${String(port)}`,
      );
      for (const published of run.ports)
        expect((await transfer(published, Buffer.from('six'))).digest).toBe(digestOf(Buffer.from('six')));
    });
  },
);

it('refuses addresses it cannot understand', async () => {
  for (const target of [
    'localhost:80',
    '1.2.3:80',
    '1.2.3.4',
    '1.2.3.4:0',
    '1.2.3.4:65536',
    '1.2.3.256:1',
    '[::1:80',
    '1::2::3:80',
  ]) {
    const run = await bench.start('build', ['--publish', target], ['sleep', '60']);
    expect(await run.ended, target).toBe(1);
  }
});

it('uses little memory for a connection', async () => {
  const port = await serve((socket) => socket.pipe(socket));
  const run = await bench.start('build', ['--publish', `127.0.0.1:${String(port)}`], ['sleep', '60']);
  const bytes = randomBytes(100_000);
  await Promise.all(Array.from({ length: 100 }, () => transfer(run.ports[0] ?? 0, bytes)));
  const rollup = readFileSync(`/proc/${String(run.pid)}/smaps_rollup`, 'utf8');
  expect(Number(/^Pss:\s+(\d+) kB$/m.exec(rollup)?.[1])).toBeLessThanOrEqual(300);
});
