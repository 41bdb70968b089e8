// Hijacked and streaming answers: upgrade with and without its header, half-closed sockets, early headers, ends.
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { PassThrough } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { EngineError } from '../../../runtime/engine/errors.ts';
import type { ProgressMessage, Services } from '../../../runtime/engine/services.ts';
import { fakeServices } from './fake-services.ts';
import { serve, type Served } from './served.ts';

let served: Served;
afterEach(() => served.close());

/** Sends stdin back until its end, then says goodbye. */
async function echo(socket: Duplex): Promise<void> {
  for await (const chunk of socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>)
    socket.write(chunk);
  socket.write('bye');
}

const echoing = (tty: boolean): Services =>
  fakeServices({
    containers: { attach: () => Promise.resolve({ tty, connect: echo }) },
    execs: {
      prepareStart: (_id, { Detach, Tty }) =>
        Promise.resolve({
          tty: Tty,
          start: async (socket) => {
            if (Detach || socket === undefined) return;
            await echo(socket);
          },
        }),
    },
  });

const attach = (version: string, headers: string): string =>
  `POST ${version}/containers/x/attach?stream=1&stdin=1&stdout=1 HTTP/1.1\r\nHost: d\r\n${headers}\r\n`;
const upgrade = 'Connection: Upgrade\r\nUpgrade: tcp\r\n';

describe('hijacked connections', () => {
  it('upgrades with 101, takes bytes that came with the request, and keeps a half-closed socket open', async () => {
    served = await serve(echoing(false));
    const answer = await served.raw(attach('/v1.42', upgrade) + 'early ', (socket, soFar) => {
      if (soFar().includes('early ') && !soFar().includes('late')) socket.end('late ');
    });
    const [head = '', body] = answer.split('\r\n\r\n');
    expect(head).toMatch(
      /^HTTP\/1\.1 101 UPGRADED\r\nContent-Type: application\/vnd\.docker\.multiplexed-stream\r\n/,
    );
    expect(head).toMatch(/\r\nConnection: Upgrade\r\nUpgrade: tcp/);
    expect(body).toBe('early late bye');
  });

  it.each([
    ['upgraded', upgrade],
    ['plain', ''],
  ])('does not take the body of an %s attach for stdin', async (_how, headers) => {
    served = await serve(echoing(false));
    const body = '{"stream":true}';
    const head = attach('', `${headers}Content-Length: ${String(body.length)}\r\n`);
    let sent = false;
    const answer = await served.raw([head, body], (socket) => {
      if (!sent) socket.end('stdin ');
      sent = true;
    });
    expect(answer.split('\r\n\r\n').slice(1).join('')).toBe('stdin bye');
  });

  it('says raw-stream to clients before 1.42 and for a TTY', async () => {
    served = await serve(echoing(false));
    const old = await served.raw(attach('/v1.41', upgrade), (socket) => socket.end());
    expect(old).toContain('Content-Type: application/vnd.docker.raw-stream');
    await served.close();
    served = await serve(echoing(true));
    const tty = await served.raw(attach('', upgrade), (socket) => socket.end());
    expect(tty).toContain('Content-Type: application/vnd.docker.raw-stream');
  });

  it('answers 200 without the Upgrade header and uses the socket raw all the same', async () => {
    served = await serve(echoing(false));
    let sent = false;
    const answer = await served.raw(attach('', ''), (socket) => {
      if (!sent) socket.end('GET not HTTP at all\r\n\r\n');
      sent = true;
    });
    const [head = '', ...body] = answer.split('\r\n\r\n');
    expect(head).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(body.join('\r\n\r\n')).toBe('GET not HTTP at all\r\n\r\nbye');
  });

  it('takes stdin from a chunked body', async () => {
    served = await serve(echoing(false));
    const answer = await served.raw(attach('', 'Transfer-Encoding: chunked\r\n') + '3\r\nabc\r\n0\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(answer).toContain('abc');
    expect(answer).toContain('bye');
  });

  it.each([
    ['all at once', (text: string) => [text]],
    ['byte by byte', (text: string) => [...text]],
  ])(
    'reads the body of an upgraded exec start, sent %s, and leaves the rest for stdin',
    async (_how, cut) => {
      served = await serve(echoing(false));
      const body = '{"Tty":true}';
      const head = `POST /exec/e/start HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\nContent-Length: ${String(body.length)}\r\n${upgrade}\r\n`;
      const answer = await served.raw([head, ...cut(`${body}stdin`)], (socket, soFar) => {
        if (soFar().endsWith('stdin')) socket.end();
      });
      expect(answer).toMatch(
        /^HTTP\/1\.1 101 UPGRADED\r\nContent-Type: application\/vnd\.docker\.raw-stream/,
      );
      expect(answer.endsWith('\r\n\r\nstdinbye')).toBe(true);
    },
  );

  it('puts the reason why an exec did not start into its output', async () => {
    served = await serve(
      fakeServices({
        execs: {
          prepareStart: () =>
            Promise.resolve({
              tty: false,
              start: () => Promise.reject(new EngineError('invalid', 'not found')),
            }),
        },
      }),
    );
    const answer = await served.raw(
      `POST /exec/e/start HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\nContent-Length: 2\r\n${upgrade}\r\n{}`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 101 UPGRADED/);
    expect(answer.endsWith('\x01\0\0\0\0\0\0\x0bnot found\r\n')).toBe(true);
  });

  it('answers an upgraded request with JSON when there is nothing to attach to, and closes', async () => {
    served = await serve(fakeServices());
    const answer = await served.raw(attach('', upgrade));
    expect(answer).toMatch(/^HTTP\/1\.1 404 Not Found\r\n/);
    expect(answer).toContain('{"message":"No such container: x"}');
  });
});

describe('streaming answers', () => {
  it('sends the headers of a wait before the container ends', async () => {
    const ended = new PassThrough();
    served = await serve(
      fakeServices({
        containers: {
          wait: async (_name, _condition, ready) => {
            ready();
            await once(ended, 'finish');
            return { StatusCode: 42 };
          },
        },
      }),
    );
    const answer = await served.raw(
      'POST /containers/x/wait HTTP/1.1\r\nHost: d\r\nConnection: close\r\n\r\n',
      (_socket, soFar) => {
        if (soFar().startsWith('HTTP/1.1 200 OK\r\n')) ended.end();
      },
    );
    expect(answer).toContain('{"StatusCode":42}');
  });

  it('tells the service when the client of a wait goes away', async () => {
    let aborted: () => void = () => undefined;
    const gone = new Promise<void>((resolve) => (aborted = resolve));
    served = await serve(
      fakeServices({
        containers: {
          wait: async (_name, _condition, ready, signal) => {
            ready();
            await once(signal, 'abort');
            aborted();
            throw new Error('gone');
          },
        },
      }),
    );
    void served
      .raw('POST /containers/x/wait HTTP/1.1\r\nHost: d\r\n\r\n', (socket) => socket.destroy())
      .catch(() => undefined);
    await gone;
  });

  const pulling = (work: (report: (message: ProgressMessage) => void) => Promise<void>): Services =>
    fakeServices({ images: { pull: (_reference, _tag, _platform, _auth, report) => work(report) } });
  const pull = 'POST /images/create?fromImage=x HTTP/1.1\r\nHost: d\r\nConnection: close\r\n\r\n';

  it('gives an error before the first line of progress its own status', async () => {
    served = await serve(pulling(() => Promise.reject(new EngineError('notFound', 'no such thing'))));
    const answer = await served.raw(pull);
    expect(answer).toMatch(/^HTTP\/1\.1 404 /);
    expect(answer).toContain('{"message":"no such thing"}');
  });

  it('gives an error after it as a line', async () => {
    served = await serve(
      pulling((report) => {
        report({ status: 'Pulling from library/x', id: 'latest' });
        return Promise.reject(new EngineError('unavailable', 'the registry is gone'));
      }),
    );
    const answer = await served.raw(pull);
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(answer).toContain('{"status":"Pulling from library/x","id":"latest"}\r\n');
    expect(answer).toContain(
      '{"errorDetail":{"message":"the registry is gone"},"error":"the registry is gone"}',
    );
  });

  it('streams events from the headers on and keeps their nanoseconds', async () => {
    const services = fakeServices();
    served = await serve(services);
    let published = false;
    const answer = await served
      .raw('GET /events HTTP/1.1\r\nHost: d\r\n\r\n', (socket, soFar) => {
        if (!published) {
          published = true;
          services.events.publish({
            type: 'container',
            action: 'start',
            id: 'c1',
            attributes: { image: 'i' },
          });
        }
        if (soFar().includes('timeNano')) socket.end();
      })
      .catch((error: unknown) => String(error));
    expect(answer).toMatch(/"status":"start","id":"c1","from":"i","Type":"container"/);
    expect(answer).toMatch(/"timeNano":\d{19}\}\n/);
    expect(services.events.listeners).toBe(0);
  });
});
