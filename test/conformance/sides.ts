// Takes a step on one engine and says what came of it, as plain data that can be compared.
import http from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { run } from '../fixtures/command.ts';
import type { TestEngine } from '../fixtures/engine.ts';
import { levelJson, levelText } from './level.ts';
import { normalStep, parseRequest, words, type HijackStep, type RequestStep, type Step } from './scenario.ts';

/** What came of a step: exit code and texts, or status, headers and body. */
export type Outcome = Readonly<Record<string, unknown>>;

/** Nothing here takes longer; what hangs is a difference like any other. */
const limitMs = 30_000;
/** A connection that stays open is as good as one that does so for ever. */
const openLimitMs = 10_000;

/** Headers that say something of the API; the others belong to the HTTP server. */
const comparedHeaders = [
  ...['content-type', 'location', 'cache-control', 'pragma', 'ostype', 'builder-version', 'swarm'],
  ...['docker-experimental', 'x-docker-container-path-stat', 'allow'],
];

/** One engine during one scenario. */
export class Side {
  readonly engine: TestEngine;
  #last = 'none';

  constructor(engine: TestEngine) {
    this.engine = engine;
  }

  async take(step: Step): Promise<Outcome> {
    const taken = normalStep(step);
    if ('cli' in taken) {
      const { exitCode, stdout, stderr } = await this.#cli(taken.cli, taken.input);
      return { exitCode, stdout: await this.#read(stdout, taken.as), stderr: levelText(stderr) };
    }
    if ('request' in taken) return await this.#request(taken);
    if ('hijack' in taken) return await this.#hijack(taken);
    const deadline = performance.now() + limitMs;
    let said = '';
    for (;;) {
      said = (await this.#cli(taken.until)).stdout;
      if (typeof taken.says === 'string' ? said.trim() === taken.says : taken.says.test(said)) return {};
      if (performance.now() > deadline) throw new Error(`${taken.until} says ${said}`);
      await sleep(50);
    }
  }

  async #cli(line: string, input?: string | Buffer) {
    return await this.engine
      .cli(words(line.replaceAll('{last}', this.#last)), {
        timeoutMs: limitMs,
        ...(input === undefined ? {} : { input }),
      })
      .catch((error: unknown) => ({ exitCode: -1, stdout: '', stderr: String(error) }));
  }

  async #request({ request, body: other, headers = {}, as }: RequestStep): Promise<Outcome> {
    const { method, path, body = '' } = parseRequest(request.replaceAll('{last}', this.#last));
    const content = other ?? body;
    const type = other === undefined && body !== '' ? { 'content-type': 'application/json' } : {};
    return await new Promise<Outcome>((resolve, reject) => {
      const sent = http.request({
        socketPath: this.engine.socket,
        agent: false,
        method,
        path,
        headers: {
          ...type,
          ...('transfer-encoding' in headers ? {} : { 'content-length': Buffer.byteLength(content) }),
          ...headers,
        },
      });
      sent.setTimeout(limitMs, () => sent.destroy(new Error('no answer')));
      sent.on('error', (error) => resolve({ broken: error.message }));
      sent.on('response', (response) => {
        const chunks: Buffer[] = [];
        const done = (): void => {
          const text = Buffer.concat(chunks).toString();
          this.#remember(text);
          this.#read(text, as).then(
            (read) =>
              resolve({ ...this.#head(response), body: read, ...(response.complete ? {} : { cut: true }) }),
            reject,
          );
        };
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', () => undefined);
        response.on('close', done);
      });
      sent.end(content);
    });
  }

  async #hijack({ hijack, send = [], keepOpen = false }: HijackStep): Promise<Outcome> {
    const { method, path, body = '' } = parseRequest(hijack.replaceAll('{last}', this.#last));
    return await new Promise<Outcome>((resolve) => {
      const sent = http.request({
        socketPath: this.engine.socket,
        agent: false,
        method,
        path,
        headers: {
          connection: 'Upgrade',
          upgrade: 'tcp',
          ...(body === ''
            ? {}
            : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
        },
      });
      let text = '';
      sent.on('error', (error) => resolve({ broken: error.message }));
      sent.on('response', (response) => {
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on(
          'close',
          () =>
            void this.#read(text, undefined).then((read) => resolve({ ...this.#head(response), body: read })),
        );
      });
      sent.on('upgrade', (response, socket: Socket, head: Buffer) => {
        text = head.toString();
        const timer = setTimeout(() => {
          text += '<still open>';
          socket.destroy();
        }, openLimitMs);
        socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
        socket.on('error', () => undefined);
        socket.on('close', () => {
          clearTimeout(timer);
          resolve({ ...this.#head(response), body: levelText(text) });
        });
        void (async () => {
          for (const piece of send) {
            socket.write(piece);
            await sleep(300);
          }
          if (!keepOpen) socket.end();
        })();
      });
      sent.end(body);
    });
  }

  #head(response: http.IncomingMessage): Outcome {
    const headers: Record<string, unknown> = {};
    for (const name of comparedHeaders) {
      const value = response.headers[name];
      if (value === undefined) continue;
      headers[name] =
        name === 'x-docker-container-path-stat'
          ? levelJson(JSON.parse(Buffer.from(String(value), 'base64').toString()))
          : value;
    }
    return { status: response.statusCode, headers };
  }

  #remember(text: string): void {
    const id = /^\{"Id":"([0-9a-f]{64})"/.exec(text)?.[1];
    if (id !== undefined) this.#last = id;
  }

  async #read(text: string, as: 'lines' | 'tar' | undefined): Promise<unknown> {
    if (as === 'tar') {
      const listed = await run(['tar', '-tv', '--numeric-owner', '-f', '-'], { input: Buffer.from(text) });
      const entries = (listed.stdout + listed.stderr).replaceAll(/ \d{4}-\d\d-\d\d \d\d:\d\d /g, ' ');
      return entries.split('\n').filter(Boolean).sort();
    }
    if (as === 'lines') {
      const lines = levelText(text).split('\n').filter(Boolean);
      return lines.sort();
    }
    if (/^\s*[[{]/.test(text)) {
      try {
        return levelJson(JSON.parse(text));
      } catch {
        // Lines of JSON, or none.
      }
    }
    return levelText(text);
  }
}
