import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { startBrowserServer, type BrowserServer } from '../../../runtime/backend/browser-server.ts';
import type { Port } from '../../../runtime/contract/wire.ts';

let folder: string;
let server: BrowserServer;
let ports: Port[];
let received: (string | Uint8Array)[];

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'berth-ui-'));
  mkdirSync(path.join(folder, 'ui/assets'), { recursive: true });
  writeFileSync(path.join(folder, 'ui/index.html'), '<!doctype html><title>Berth</title>');
  writeFileSync(path.join(folder, 'ui/assets/main-abc.js'), 'export {};');
  writeFileSync(path.join(folder, 'secret.txt'), 'secret');
  ports = [];
  received = [];
  const connect = (port: Port) => {
    ports.push(port);
    port.onMessage((message) => received.push(message));
    return { dispose: () => port.close() };
  };
  server = await startBrowserServer({ backend: { connect }, uiFolder: path.join(folder, 'ui'), port: 0 });
});

afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** One request, with the path and headers exactly as given. */
function ask(
  method: string,
  urlPath: string,
  headers: Record<string, string> = {},
  body?: string,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = http.request(
      { host: '127.0.0.1', port: server.port, method, path: urlPath, headers, agent: false },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (text += chunk));
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
        );
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}

const us = () => `127.0.0.1:${String(server.port)}`;
const ours = () => ({ host: us(), origin: `http://${us()}`, 'content-type': 'application/json' });
const token = () => new URL(server.url).hash.replace('#token=', '');
const exchange = (given: string, headers: Record<string, string> = ours()) =>
  ask('POST', '/session', headers, JSON.stringify({ token: given }));

async function cookie(): Promise<string> {
  const answer = await exchange(token());
  expect(answer.status).toBe(204);
  return answer.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
}

/** The status of a WebSocket's handshake; 101 when it opened. */
function handshake(
  urlPath: string,
  headers: Record<string, string>,
): Promise<{ status: number; socket: WebSocket }> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`ws://${us()}${urlPath}`, { headers });
    socket.on('open', () => resolve({ status: 101, socket }));
    socket.on('unexpected-response', (_request, response) => {
      resolve({ status: response.statusCode ?? 0, socket });
      response.destroy();
    });
    socket.on('error', () => undefined);
  });
}

describe('the browser-mode server', () => {
  it('listens on the loopback address and keeps the token in the fragment', () => {
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/#token=[\w-]{43}$/);
  });

  it.each([
    ['/', 200, 'text/html; charset=utf-8', 'no-cache'],
    ['/?x=1', 200, 'text/html; charset=utf-8', 'no-cache'],
    ['/assets/main-abc.js', 200, 'text/javascript; charset=utf-8', 'public, max-age=31536000, immutable'],
    ['/nothing', 404, 'text/plain; charset=utf-8', 'no-store'],
    ['/assets', 404, 'text/plain; charset=utf-8', 'no-store'],
    ['/../secret.txt', 404, 'text/plain; charset=utf-8', 'no-store'],
    ['/assets/../../secret.txt', 404, 'text/plain; charset=utf-8', 'no-store'],
    ['/%2e%2e/secret.txt', 404, 'text/plain; charset=utf-8', 'no-store'],
    ['/..%2fsecret.txt', 404, 'text/plain; charset=utf-8', 'no-store'],
    ['//etc/passwd', 404, 'text/plain; charset=utf-8', 'no-store'],
    ['/__proto__', 404, 'text/plain; charset=utf-8', 'no-store'],
  ])('GET %s %i', async (urlPath, status, contentType, cacheControl) => {
    const answer = await ask('GET', urlPath);
    expect(answer.status).toBe(status);
    expect(answer.headers['content-type']).toBe(contentType);
    expect(answer.headers['cache-control']).toBe(cacheControl);
    expect(answer.body).not.toContain('secret');
  });

  it('sends its safety headers with every answer', async () => {
    for (const urlPath of ['/', '/nothing', '/port']) {
      const { headers } = await ask('GET', urlPath);
      expect(headers['content-security-policy']).toContain("default-src 'self'; script-src 'self';");
      expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers['cross-origin-opener-policy']).toBe('same-origin');
      expect(headers['referrer-policy']).toBe('no-referrer');
    }
  });

  it.each(['evil.example', 'evil.example:80', '127.0.0.1', '127.0.0.1:1', 'localhost', '[::1]:80'])(
    'refuses the host %j everywhere',
    async (host) => {
      const key = await cookie();
      for (const urlPath of ['/', '/assets/main-abc.js', '/port']) {
        expect((await ask('GET', urlPath, { host, cookie: key })).status).toBe(403);
      }
      expect((await exchange(token(), { ...ours(), host, origin: `http://${host}` })).status).toBe(403);
      const { status } = await handshake('/port', { host, origin: `http://${host}`, cookie: key });
      expect(status).toBe(403);
    },
  );

  it.each([
    ['GET / HTTP/1.0\r\n\r\n', '403'],
    ['GET / HTTP/1.1\r\n\r\n', '400'],
    ['GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\n\r\n', '403'],
  ])('refuses %j', async (head, status) => {
    const answer = await new Promise<string>((resolve) => {
      const socket = net.connect(server.port, '127.0.0.1', () => socket.write(head));
      socket.once('data', (chunk: Buffer) => {
        socket.destroy();
        resolve(chunk.toString());
      });
    });
    expect(answer.split(' ')[1]).toBe(status);
  });

  it('answers to localhost as well', async () => {
    const host = `localhost:${String(server.port)}`;
    expect((await ask('GET', '/', { host })).status).toBe(200);
    expect((await exchange(token(), { ...ours(), host, origin: `http://${host}` })).status).toBe(204);
  });

  it('gives the cookie for the token once', async () => {
    const answer = await exchange(token());
    expect(answer.status).toBe(204);
    expect(answer.headers['set-cookie']?.[0]).toMatch(
      new RegExp(`^berth-session-${String(server.port)}=[\\w-]{43}; HttpOnly; SameSite=Strict; Path=/$`),
    );
    const again = await exchange(token());
    expect(again.status).toBe(401);
    expect(again.headers['set-cookie']).toBeUndefined();
    expect(again.body).toContain('used already');
  });

  it.each(['', 'x', 'A'.repeat(43)])('refuses the token %j and keeps the right one good', async (wrong) => {
    expect((await exchange(wrong)).status).toBe(401);
    expect((await exchange(token())).status).toBe(204);
  });

  it('takes a token from its own page alone, as JSON, and short', async () => {
    const withoutOrigin = { host: us(), 'content-type': 'application/json' };
    expect((await exchange(token(), withoutOrigin)).status).toBe(403);
    expect((await exchange(token(), { ...ours(), origin: 'http://evil.example' })).status).toBe(403);
    expect((await exchange(token(), { ...ours(), origin: 'null' })).status).toBe(403);
    expect((await exchange(token(), { ...ours(), 'content-type': 'text/plain' })).status).toBe(415);
    expect((await ask('POST', '/session', ours(), '{')).status).toBe(400);
    expect((await ask('POST', '/session', ours(), JSON.stringify({ token: [] }))).status).toBe(400);
    expect((await ask('POST', '/session', ours(), 'x'.repeat(10_000))).status).toBe(413);
    expect((await ask('GET', '/session')).status).toBe(405);
    expect((await ask('DELETE', '/')).status).toBe(405);
    expect((await exchange(token())).status).toBe(204);
  });

  it('opens a port with the cookie, again and again', async () => {
    const key = await cookie();
    for (const count of [1, 2]) {
      const { status, socket } = await handshake('/port', {
        origin: `http://${us()}`,
        cookie: `other=1; ${key}`,
      });
      expect(status).toBe(101);
      expect(ports.length).toBe(count);
      socket.terminate();
    }
  });

  it('refuses a port without the right cookie, origin or path', async () => {
    const key = await cookie();
    const origin = `http://${us()}`;
    const name = key.split('=')[0] ?? '';
    const refused = [
      [401, '/port', { origin }],
      [401, '/port', { origin, cookie: `${name}=` }],
      [401, '/port', { origin, cookie: `${name}=${'A'.repeat(43)}` }],
      [401, '/port', { origin, cookie: `${name}=${token()}` }],
      [403, '/port', { cookie: key }],
      [403, '/port', { cookie: key, origin: 'http://evil.example' }],
      [403, '/port', { cookie: key, origin: `https://${us()}` }],
      [403, '/port', { cookie: key, origin: `http://localhost:${String(server.port)}` }],
      [404, '/other', { origin, cookie: key }],
    ] as const;
    for (const [expected, urlPath, headers] of refused) {
      const { status } = await handshake(urlPath, headers);
      expect([urlPath, headers, status]).toEqual([urlPath, headers, expected]);
    }
    expect(ports).toEqual([]);
  });

  it('tells a page why its WebSocket was refused', async () => {
    expect((await ask('GET', '/port')).status).toBe(401);
    expect((await ask('GET', '/port', { cookie: await cookie() })).status).toBe(426);
  });

  it('carries text and bytes both ways', async () => {
    const { socket } = await handshake('/port', { origin: `http://${us()}`, cookie: await cookie() });
    const answers: unknown[] = [];
    const both = new Promise<void>((resolve) => {
      socket.on('message', (data, isBinary) => {
        answers.push(isBinary ? data : String(data));
        if (answers.length === 2) resolve();
      });
    });
    ports[0]?.send('hello');
    ports[0]?.send(new Uint8Array([1, 2]));
    socket.send('text');
    socket.send(new Uint8Array([3]));
    await both;
    expect(answers).toEqual(['hello', Buffer.from([1, 2])]);
    while (received.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(received).toEqual(['text', Buffer.from([3])]);
    socket.terminate();
  });

  it('ends a connection whose message is too long', async () => {
    const { socket } = await handshake('/port', { origin: `http://${us()}`, cookie: await cookie() });
    const closed = new Promise<number>((resolve) => socket.on('close', resolve));
    socket.send('x'.repeat(5 * 1024 * 1024));
    expect(await closed).toBe(1009);
    expect(received).toEqual([]);
  });

  it('frees its port when closed, though windows are open', async () => {
    const { socket } = await handshake('/port', { origin: `http://${us()}`, cookie: await cookie() });
    const closed = new Promise((resolve) => socket.on('close', resolve));
    await server.close();
    await closed;
    const refused = await new Promise<string>((resolve) => {
      net
        .connect(server.port, '127.0.0.1')
        .on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''));
    });
    expect(refused).toBe('ECONNREFUSED');
  });

  it('says that the UI is not built', async () => {
    const uiFolder = path.join(folder, 'ui/assets');
    const connect = () => ({ dispose: () => undefined });
    await expect(startBrowserServer({ backend: { connect }, uiFolder, port: 0 })).rejects.toThrow(
      'not built',
    );
  });
});
