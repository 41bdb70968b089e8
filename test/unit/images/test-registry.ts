// A registry for tests, on loopback: serves what it is given, asks for tokens when told to, lies when told to,
// and remembers every request with its Authorization header.
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestImage } from './test-image.ts';

export interface SeenRequest {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly range: string | undefined;
}

type Handler = (request: http.IncomingMessage, response: http.ServerResponse, path: string) => boolean;

export class TestRegistry {
  readonly seen: SeenRequest[] = [];
  /** Asked before the registry itself; true when it answered. */
  intercept: Handler | undefined;
  knowsRanges = true;
  /** Breaks every blob's connection off after so many bytes. */
  cutAfterBytes: number | undefined;
  /** Lets every blob's connection give so many bytes in a tenth of a second. */
  tricklesBytes: number | undefined;
  readonly #blobs = new Map<string, Buffer>();
  readonly #manifests = new Map<string, { bytes: Buffer; type: string }>();
  readonly #server: http.Server;

  private constructor() {
    this.#server = http.createServer((request, response) => this.#answer(request, response));
  }

  static async start(): Promise<TestRegistry> {
    const registry = new TestRegistry();
    await new Promise<void>((resolve) => registry.#server.listen(0, '127.0.0.1', resolve));
    return registry;
  }

  /** `127.0.0.1:port`. */
  get host(): string {
    return `127.0.0.1:${String((this.#server.address() as AddressInfo).port)}`;
  }

  get origin(): string {
    return `http://${this.host}`;
  }

  /** How often a path was asked for that contains this. */
  count(part: string): number {
    return this.seen.filter((request) => request.path.includes(part)).length;
  }

  addBlob(digest: string, bytes: Buffer): void {
    this.#blobs.set(digest, bytes);
  }

  addManifest(repository: string, names: readonly string[], bytes: Buffer, type: string): void {
    for (const name of names) this.#manifests.set(`${repository}/manifests/${name}`, { bytes, type });
  }

  /** Serves an image as `repository:tag`, and by its manifest's digest. */
  addImage(repository: string, tag: string, image: TestImage): void {
    for (const { digest, bytes } of [image.config, ...image.layers]) this.addBlob(digest, bytes);
    this.addManifest(
      repository,
      [tag, image.manifest.digest],
      image.manifest.bytes,
      'application/vnd.docker.distribution.manifest.v2+json',
    );
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer(request: http.IncomingMessage, response: http.ServerResponse): void {
    const path = request.url ?? '';
    this.seen.push({ path, authorization: request.headers.authorization, range: request.headers.range });
    if (this.intercept?.(request, response, path) === true) return;
    if (path === '/v2/') {
      response.end('{}');
      return;
    }
    const manifest = this.#manifests.get(path.replace('/v2/', ''));
    if (manifest !== undefined) {
      response.setHeader('Content-Type', manifest.type);
      response.end(manifest.bytes);
      return;
    }
    const bytes = this.#blobs.get(path.slice(path.lastIndexOf('/') + 1));
    if (path.includes('/blobs/') && bytes !== undefined) {
      const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
      const ranged = range !== null && this.knowsRanges;
      const from = ranged ? Number(range[1]) : 0;
      const to = ranged && range[2] !== '' ? Number(range[2]) + 1 : bytes.length;
      const body = bytes.subarray(from, to);
      if (ranged)
        response.setHeader(
          'Content-Range',
          `bytes ${String(from)}-${String(from + body.length - 1)}/${String(bytes.length)}`,
        );
      response.writeHead(ranged ? 206 : 200, { 'Content-Length': body.length });
      const cut = this.cutAfterBytes;
      if (this.tricklesBytes !== undefined) trickle(response, body, this.tricklesBytes);
      else if (cut === undefined || cut >= body.length) response.end(body);
      else response.write(body.subarray(0, cut), () => response.destroy());
      return;
    }
    refuse(
      response,
      404,
      path.includes('/manifests/') ? 'MANIFEST_UNKNOWN' : 'BLOB_UNKNOWN',
      'manifest unknown',
    );
  }
}

function trickle(response: http.ServerResponse, body: Buffer, bytes: number): void {
  if (response.destroyed) return;
  if (body.length <= bytes) {
    response.end(body);
    return;
  }
  response.write(body.subarray(0, bytes));
  setTimeout(() => trickle(response, body.subarray(bytes), bytes), 100);
}

/** An error in the protocol's form. */
export function refuse(
  response: http.ServerResponse,
  status: number,
  code: string,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
  response.end(JSON.stringify({ errors: [{ code, message }] }));
}
