// A server on a unix socket that speaks as much of the Docker Engine API as a test gives it, to see how the client side
// behaves when an engine is slow, breaks off or says unusual things: what a real engine cannot be made to do.
import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import type { Duplex } from 'node:stream';
import { tmpdir } from 'node:os';
import path from 'node:path';

type Handler = (request: http.IncomingMessage, response: http.ServerResponse, url: URL) => void;

export class EngineOnSocket {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'berth-engine-'));
  readonly socketPath = path.join(this.folder, 'engine.sock');
  /** By `METHOD /path`; the longest prefix that ends in `*` matches too. */
  readonly routes = new Map<string, Handler>();
  readonly requests: string[] = [];
  upgrade: (request: http.IncomingMessage, socket: Duplex) => void = (_request, socket) => socket.destroy();
  /** Sockets that clients hold. */
  readonly sockets = new Set<Duplex>();
  readonly containers = new Map<string, object>();
  images: object[] = [];
  #server: http.Server | undefined;
  readonly #events = new Set<http.ServerResponse>();

  constructor() {
    this.json('GET /_ping', () => 'OK');
    this.json('GET /version', () => ({ Version: '9.9', ApiVersion: '1.51', Platform: { Name: 'Test' } }));
    this.json('GET /info', () => ({ NCPU: 2, MemTotal: 1024 }));
    this.json('GET /containers/json', () => [...this.containers.keys()].map((Id) => ({ Id })));
    this.json('GET /images/json', () => this.images);
    this.routes.set('GET /events', (_request, response) => {
      this.#events.add(response);
      response.on('close', () => this.#events.delete(response));
      response.writeHead(200, { 'Content-Type': 'application/json' });
      response.flushHeaders();
    });
    this.routes.set('GET /containers/*', (_request, response, url) => {
      const id = url.pathname.split('/')[2] ?? '';
      const found = this.containers.get(id);
      if (found === undefined) send(response, 404, { message: `No such container: ${id}` });
      else send(response, 200, found);
    });
  }

  /** Answers a route with JSON. */
  json(route: string, value: (url: URL) => unknown): void {
    this.routes.set(route, (_request, response, url) => send(response, 200, value(url)));
  }

  /** Refuses a route in Docker's form. */
  refuse(route: string, status: number, message: string): void {
    this.routes.set(route, (_request, response) => send(response, status, { message }));
  }

  emit(Type: string, Action: string, ID: string, Attributes: Record<string, string> = {}): void {
    const line = `${JSON.stringify({ Type, Action, Actor: { ID, Attributes } })}\n`;
    for (const response of this.#events) response.write(line);
  }

  async listen(): Promise<void> {
    const server = http.createServer((request, response) => {
      const url = new URL(request.url ?? '/', 'http://engine');
      const route = `${request.method ?? ''} ${url.pathname}`;
      this.requests.push(route);
      const prefix = [...this.routes.keys()]
        .filter((key) => key.endsWith('*') && route.startsWith(key.slice(0, -1)))
        .sort((a, b) => b.length - a.length)[0];
      const handler = this.routes.get(route) ?? this.routes.get(prefix ?? '');
      if (handler === undefined) send(response, 404, { message: 'page not found' });
      else handler(request, response, url);
    });
    server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => this.sockets.delete(socket));
    });
    server.on('upgrade', (request: http.IncomingMessage, socket: Duplex, head: Buffer) => {
      // The body of the request is the beginning of the stream here.
      socket.unshift(head);
      socket.on('end', () => socket.end());
      this.upgrade(request, socket);
    });
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(this.socketPath, resolve));
  }

  /** Goes away as a killed engine does. */
  async kill(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    const server = this.#server;
    this.#server = undefined;
    if (server !== undefined) await new Promise((resolve) => server.close(resolve));
  }

  async remove(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export function send(response: http.ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(typeof value === 'string' ? value : JSON.stringify(value));
}

/** A container's inspection as engines write it. */
export function inspection(
  id: string,
  over: { name?: string; status?: string; image?: string; tty?: boolean } = {},
) {
  return {
    Id: id,
    Name: `/${over.name ?? id}`,
    Created: '2026-01-02T03:04:05.123456789Z',
    Path: 'sleep',
    Args: ['1 0'],
    Image: over.image ?? 'sha256:aa',
    State: {
      Status: over.status ?? 'running',
      ExitCode: 0,
      Error: '',
      StartedAt: '2026-01-02T03:04:06Z',
      FinishedAt: '0001-01-01T00:00:00Z',
    },
    Config: { Image: 'busybox', Tty: over.tty ?? false, Labels: { a: 'b' }, ExposedPorts: { '80/tcp': {} } },
    Mounts: [{ Type: 'bind', Source: '/srv', Destination: '/data', RW: false }],
    NetworkSettings: {
      Ports: {
        '80/tcp': [
          { HostIp: '0.0.0.0', HostPort: '8080' },
          { HostIp: '::', HostPort: '8080' },
        ],
      },
      Networks: { bridge: { IPAddress: '172.17.0.2', GlobalIPv6Address: '' } },
    },
  };
}

/** Waits until a condition holds; the test's own time limit ends it. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}
