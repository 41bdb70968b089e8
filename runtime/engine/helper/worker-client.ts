// Runs `berth-worker`: one process per bulk job on hostile bytes (PROTOCOL.md, section 3).
// Bytes go to its stdin under back-pressure or straight from an open file; JSON lines come back and are
// parsed here. An aborted signal kills the process. What the jobs are for is their callers' business.
import { spawn, type ChildProcess } from 'node:child_process';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Writable } from 'node:stream';
import { z } from 'zod';

/** A line longer than this is no answer of a worker. */
const maxLineBytes = 64 * 1024;
/** How much of a worker's stderr is kept for an error's cause. */
const maxStderrBytes = 4096;

const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/);
const byteCount = z.number().int().nonnegative();

const errorLine = z.object({ error: z.object({ code: z.string(), message: z.string() }) });
const okLine = z.looseObject({ ok: z.literal(true) });
const progressLine = z.object({ progress: z.object({ in: byteCount, out: byteCount }) });
const extractAnswer = z.object({
  ok: z.literal(true),
  digest,
  size: byteCount,
  diffId: digest,
  diffSize: byteCount,
  fileBytes: byteCount,
  entries: byteCount,
});
const unpackAnswer = z.object({ ok: z.literal(true), files: byteCount, bytes: byteCount });
const removeLine = z.union([
  z.object({ removed: z.string() }),
  z.object({ failed: z.string(), message: z.string() }),
]);

/** What a layer's extraction found out: digest and size as read, diffID and size of the plain tar, bytes in files. */
export type ExtractedLayer = Readonly<Omit<z.infer<typeof extractAnswer>, 'ok'>>;

/** How far an extraction is: bytes read and bytes written. */
export interface WorkerProgress {
  readonly in: number;
  readonly out: number;
}

/** A job that failed: the worker's own code (`EBADDIGEST`, `EBADARCHIVE`, `ETRUNCATED`, an errno), or `ECRASHED`. */
export class WorkerError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'WorkerError';
    this.code = code;
  }
}

/** Where a job's input comes from: a stream, bytes, or an open file's descriptor (the caller closes it). */
export type WorkerInput = Readable | Uint8Array | number;

/** The worker's jobs. Every one rejects with a {@link WorkerError}, the input's own error, or the signal's reason. */
export interface WorkerClient {
  /** Extracts a layer (tar; plain, gzip or zstd) into an existing empty folder; verifies what it is told to. */
  extract(
    options: { dest: string; digest?: string; diffId?: string; sizeBytes?: number },
    input: WorkerInput,
    control?: { signal?: AbortSignal; onProgress?: (progress: WorkerProgress) => void },
  ): Promise<ExtractedLayer>;
  /** Unpacks an image archive into an existing staging folder: regular files, folders, and links that stay inside. */
  unpack(
    dest: string,
    input: WorkerInput,
    signal?: AbortSignal,
  ): Promise<{ readonly files: number; readonly bytes: number }>;
  /** Removes trees that are direct children of `root`; answers those that could not be removed. */
  remove(
    root: string,
    names: readonly string[],
    signal?: AbortSignal,
  ): Promise<readonly { readonly name: string; readonly message: string }[]>;
  /** Compiles a reduced seccomp profile (JSON text) into the filter file `out`. */
  seccomp(profile: string, out: string): Promise<void>;
}

/** A client for the worker program at `program` (an absolute path). */
export function createWorkerClient(program: string): WorkerClient {
  return {
    async extract(options, input, control = {}) {
      const args = ['extract', '--dest', options.dest];
      if (options.digest !== undefined) args.push('--digest', options.digest);
      if (options.diffId !== undefined) args.push('--diff-id', options.diffId);
      if (options.sizeBytes !== undefined) args.push('--size', String(options.sizeBytes));
      const answer = await runJob(program, args, input, control.signal, (line) => {
        const parsed = progressLine.safeParse(line);
        if (parsed.success) control.onProgress?.(parsed.data.progress);
      });
      return parseAnswer(extractAnswer, answer);
    },
    async unpack(dest, input, signal) {
      const answer = await runJob(program, ['unpack', '--dest', dest], input, signal);
      const { files, bytes } = parseAnswer(unpackAnswer, answer);
      return { files, bytes };
    },
    async remove(root, names, signal) {
      const failed: { name: string; message: string }[] = [];
      const input = Buffer.from(names.map((name) => `${name}\0`).join(''));
      await runJob(program, ['remove', '--root', root], input, signal, (line) => {
        const parsed = removeLine.safeParse(line);
        if (parsed.success && 'failed' in parsed.data) {
          failed.push({ name: parsed.data.failed, message: parsed.data.message });
        }
      });
      return failed;
    },
    async seccomp(profile, out) {
      await runJob(program, ['seccomp', '--out', out], Buffer.from(profile), undefined);
    },
  };
}

/** Runs one job to its end; answers its last line. */
async function runJob(
  program: string,
  args: readonly string[],
  input: WorkerInput,
  signal: AbortSignal | undefined,
  onLine?: (line: unknown) => void,
): Promise<unknown> {
  signal?.throwIfAborted();
  const child = spawn(program, args, {
    cwd: '/',
    env: {},
    stdio: [typeof input === 'number' ? input : 'pipe', 'pipe', 'pipe'],
  });
  const job = args[0] ?? '';
  let startError: Error | undefined;
  let protocolError: WorkerError | undefined;
  let feedError: unknown;
  let exited = false;
  let last: unknown;
  let stderr = '';
  const kill = () => {
    child.kill('SIGKILL');
    // Whoever else may hold the other ends, we wait no longer.
    child.stdout?.destroy();
    child.stderr?.destroy();
  };
  signal?.addEventListener('abort', kill, { once: true });

  const closed = new Promise<string>((resolve) => {
    child.once('error', (error) => {
      startError = error;
      // A program that could not be started never closes.
      if (child.pid === undefined) resolve('it could not be started');
    });
    child.once('exit', () => (exited = true));
    child.once('close', (code, killedBy) => resolve(killedBy ?? `exit status ${String(code)}`));
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-maxStderrBytes);
  });
  readLines(child, (line) => {
    if (protocolError !== undefined) return;
    try {
      last = JSON.parse(line);
      onLine?.(last);
    } catch (cause) {
      protocolError = new WorkerError('ECRASHED', `the worker's ${job} job answered nonsense`, { cause });
      kill();
    }
  });
  const fed = feed(child, input, (error) => {
    // When the worker ended first, a broken pipe is its consequence and the worker's answer counts.
    if (exited || hasCode(error, 'EPIPE')) return;
    feedError = error;
    kill();
  });

  const end = await closed;
  signal?.removeEventListener('abort', kill);
  if (input instanceof Readable) input.destroy();
  await fed;
  signal?.throwIfAborted();
  if (startError !== undefined) {
    throw new WorkerError('ECRASHED', `the helper program ${program} could not be run`, {
      cause: startError,
    });
  }
  if (feedError !== undefined) throw feedError;
  if (protocolError !== undefined) throw protocolError;
  const failure = errorLine.safeParse(last);
  if (failure.success) throw new WorkerError(failure.data.error.code, failure.data.error.message);
  if (end !== 'exit status 0' || !okLine.safeParse(last).success) {
    const said = stderr.trim();
    throw new WorkerError(
      'ECRASHED',
      `the worker's ${job} job ended early (${end})${said === '' ? '' : `: ${said}`}`,
    );
  }
  return last;
}

/** Sends the input to the child's stdin; never rejects, errors go to `onError`. */
async function feed(child: ChildProcess, input: WorkerInput, onError: (error: unknown) => void) {
  const stdin: Writable | null = child.stdin;
  if (typeof input === 'number' || stdin === null) return;
  try {
    if (input instanceof Readable) {
      await pipeline(input, stdin);
    } else {
      await pipeline(Readable.from(input.length === 0 ? [] : [input]), stdin);
    }
  } catch (error) {
    onError(error);
  }
}

/** Calls `onLine` for each line of the child's stdout; kills a child whose line has no end. */
function readLines(child: ChildProcess, onLine: (line: string) => void): void {
  let rest = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') onLine(line);
    if (rest.length > maxLineBytes) {
      rest = '';
      onLine('');
    }
  });
}

function parseAnswer<T>(schema: z.ZodType<T>, answer: unknown): T {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  throw new WorkerError('ECRASHED', 'the worker answered what its protocol does not know', {
    cause: parsed.error,
  });
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
