// Attaching by websocket, without a container: the handshake, whose pages may ask, messages both ways.
import type { Duplex } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { mayOpenWebSocket } from '../../../runtime/engine/api/web-socket.ts';
import { EngineError } from '../../../runtime/engine/errors.ts';
import type { AttachRequest, Services } from '../../../runtime/engine/services.ts';
import { fakeServices } from './fake-services.ts';
import { serve, type Served } from './served.ts';

let served: Served;
afterEach(() => served.close());

describe('an origin', () => {
  it.each([
    [undefined, 'docker', true],
    ['http://localhost', 'localhost', true],
    ['http://localhost:2375', 'localhost:2375', true],
    ['http://[::1]:1', '[::1]:1', true],
    ['http://localhost:3000', 'localhost:2375', false],
    ['http://evil.example', 'localhost', false],
    ['http://evil.example', 'evil.example', false],
    ['null', 'localhost', false],
    ['http://localhost/x', 'localhost', false],
  ])('%j on %s: %s', async (origin, host, may) => {
    served = await serve(echoing([]));
    expect(mayOpenWebSocket(origin, host)).toBe(may);
  });
});

/** Sends back what comes, and says what it was asked for. */
function echoing(asked: AttachRequest[]): Services {
  return fakeServices({
    containers: {
      attach: (name, request) => {
        if (name !== 'x') throw new EngineError('notFound', `No such container: ${name}`);
        asked.push(request);
        return Promise.resolve({
          tty: false,
          connect: async (socket: Duplex) => {
            for await (const chunk of socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
              socket.write(chunk);
              if (chunk.toString().endsWith('end')) return;
            }
          },
        });
      },
    },
  });
}

interface Talk {
  readonly messages: { readonly text: string; readonly binary: boolean }[];
  readonly outcome: string;
}

function talk(
  target: string,
  options: { origin?: string; send?: readonly (string | Buffer)[] },
): Promise<Talk> {
  const messages: Talk['messages'] = [];
  const client = new WebSocket(`ws+unix:${served.socket}:${target}`, {
    ...(options.origin === undefined ? {} : { origin: options.origin }),
  });
  return new Promise((resolve) => {
    const settle = (outcome: string): void => resolve({ messages, outcome });
    client.on('open', () => options.send?.forEach((message) => client.send(message)));
    client.on('message', (data: Buffer, binary) => messages.push({ text: data.toString(), binary }));
    client.on('unexpected-response', (request, response) => {
      settle(String(response.statusCode));
      request.destroy();
    });
    client.on('close', () => settle('closed'));
    client.on('error', () => settle('failed'));
  });
}

describe('a websocket', () => {
  it('carries input as text or bytes and output as bytes, and ends with the program', async () => {
    const asked: AttachRequest[] = [];
    served = await serve(echoing(asked));
    const target = '/v1.41/containers/x/attach/ws?stream=1&stdin=1&stdout=1&logs=1&detachKeys=a';
    const { messages, outcome } = await talk(target, { send: ['typed', Buffer.from('bytes'), 'end'] });
    // What came together goes out together.
    expect(messages.map(({ text }) => text).join('')).toBe('typedbytesend');
    expect(messages.every(({ binary }) => binary)).toBe(true);
    expect(outcome).toBe('closed');
    expect(asked).toEqual([
      { stdin: true, stdout: true, stderr: false, logs: true, stream: true, detachKeys: 'a', framed: false },
    ]);
  });

  it('carries output as text for clients of before 1.28', async () => {
    served = await serve(echoing([]));
    const { messages } = await talk('/v1.27/containers/x/attach/ws?stream=1', { send: ['end'] });
    expect(messages).toEqual([{ text: 'end', binary: false }]);
  });

  it('is refused as any request is', async () => {
    served = await serve(echoing([]));
    expect((await talk('/containers/nosuch/attach/ws', {})).outcome).toBe('404');
    expect((await talk('/v1.99/containers/x/attach/ws', {})).outcome).toBe('400');
    expect((await talk('/containers/x/attach/ws', { origin: 'http://evil.example' })).outcome).toBe('403');
    const local = { origin: 'http://localhost', send: ['end'] };
    expect((await talk('/containers/x/attach/ws', local)).outcome).toBe('closed');
  });

  it('needs the whole handshake', async () => {
    served = await serve(echoing([]));
    const plain = await served.raw(
      'GET /containers/x/attach/ws HTTP/1.1\r\nHost: d\r\nConnection: close\r\n\r\n',
    );
    expect(plain).toMatch(/^HTTP\/1\.1 400 .*this is a websocket/s);
    const other = await served.raw(
      'GET /containers/x/attach/ws HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n',
    );
    expect(other).toMatch(/^HTTP\/1\.1 400 .*this is a websocket/s);
  });
});
