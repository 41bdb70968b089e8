// Runs berth-worker on logs (PROTOCOL.md, section 3): compresses old files, and searches, whose matches are passed on as they
// come and under back-pressure. An aborted signal kills the process.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { z } from 'zod';
import { EngineError } from '../errors.ts';
import type { LogSearchRequest } from '../services.ts';

/** A match has at most 16 KiB of text, which escaping can make six times longer. */
const maxLineBytes = 256 * 1024;
const newline = 10;

const endLine = z.union([
  z.object({ ok: z.literal(true) }),
  z.object({ error: z.object({ code: z.string(), message: z.string() }) }),
]);

/** The worker's jobs on logs. */
export class LogWorker {
  readonly #program: string;

  constructor(program: string) {
    this.#program = program;
  }

  /** Compresses the old files of the log whose current file this is. Throws internal. */
  async compress(file: string, signal: AbortSignal): Promise<void> {
    const lines = this.#run('compress', file, '', signal);
    while ((await lines.next()).done !== true);
  }

  /** Matches as JSON lines, the newest first. Throws invalid for an expression that cannot be understood. */
  search(
    file: string,
    format: 'json-file' | 'local',
    query: LogSearchRequest,
    signal: AbortSignal,
  ): AsyncGenerator<Buffer> {
    const { since, until, before, limit, ...rest } = query;
    const request = {
      ...rest,
      local: format === 'local',
      // As text: the numbers are larger than JSON's readers agree upon.
      limit: String(limit),
      ...(since === undefined ? {} : { since: String(since < 0n ? 0n : since) }),
      ...(until === undefined ? {} : { until: String(until < 0n ? 0n : until) }),
      ...(before === undefined
        ? {}
        : { beforeFile: String(before.file), beforeOffset: String(before.offset) }),
    };
    return this.#run('search', file, JSON.stringify(request), signal);
  }

  /** Runs a job; whole lines of its answer but the last, which says how it ended. */
  async *#run(job: string, file: string, input: string, signal: AbortSignal): AsyncGenerator<Buffer> {
    signal.throwIfAborted();
    const args = [job, '--root', path.dirname(file), '--name', path.basename(file)];
    const child = spawn(this.#program, args, { cwd: '/', env: {}, stdio: ['pipe', 'pipe', 'ignore'] });
    const kill = (): void => {
      child.kill('SIGKILL');
      child.stdout.destroy();
    };
    let startError: Error | undefined;
    child.once('error', (error) => (startError = error));
    // It may end before it has read what it is to look for; its answer says why.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    signal.addEventListener('abort', kill, { once: true });
    let last: Buffer = Buffer.alloc(0);
    try {
      for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
        const bytes = last.length === 0 ? chunk : Buffer.concat([last, chunk]);
        // All lines but the last one, which may be the end.
        const end = bytes.lastIndexOf(newline, bytes.at(-1) === newline ? bytes.length - 2 : undefined) + 1;
        last = bytes.subarray(end);
        if (end > 0) yield bytes.subarray(0, end);
        if (last.length > maxLineBytes) break;
      }
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    } finally {
      signal.removeEventListener('abort', kill);
      kill();
    }
    signal.throwIfAborted();
    const end = endLine.safeParse(parse(last.toString()));
    if (end.success && 'ok' in end.data) return;
    if (end.success && 'error' in end.data) {
      const { code, message } = end.data.error;
      throw new EngineError(code === 'EINVAL' ? 'invalid' : 'internal', message);
    }
    throw new EngineError('internal', `the worker's ${job} job ended early`, { cause: startError });
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
