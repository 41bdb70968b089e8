// One process of `berth-worker` (PROTOCOL.md, section 3): bytes go to its stdin under back-pressure or straight from an
// open file, JSON lines come back and are parsed here, bulk data comes on descriptor 3. An aborted signal kills it.
import { spawn, type ChildProcess } from 'node:child_process';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';

/** A line longer than this is no answer of a worker. */
const maxLineBytes = 64 * 1024;
/** How much of a worker's stderr is kept for an error's cause. */
const maxStderrBytes = 4096;

const errorLine = z.object({ error: z.object({ code: z.string(), message: z.string() }) });
const okLine = z.looseObject({ ok: z.literal(true) });

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

/** A job, and how it is run. */
export interface WorkerJob {
  readonly program: string;
  readonly args: readonly string[];
  readonly input?: WorkerInput;
  readonly signal?: AbortSignal | undefined;
  readonly onLine?: (line: unknown) => void;
}

/** Runs one job to its end; answers its last line. Rejects with a {@link WorkerError}, the input's error, or the signal's reason. */
export function runJob(job: WorkerJob): Promise<unknown> {
  return start(job, () => undefined);
}

/** A job that gives bulk data. */
export interface StreamedJob {
  /** The first line: it says that the data begins. */
  readonly first: unknown;
  /** The data; it fails when the job does. Who leaves it early ends the job. */
  readonly data: Readable;
  /** The job's last line, when it has ended well. */
  readonly ended: Promise<unknown>;
}

/** Begins a job that gives bulk data. Rejects as {@link runJob} does when it fails before. */
export async function streamJob(job: WorkerJob): Promise<StreamedJob> {
  let child: ChildProcess | undefined;
  let begin = (_first: unknown): void => undefined;
  const begun = new Promise<{ first: unknown }>((resolve) => {
    begin = (first) => resolve({ first });
  });
  const onLine = (line: unknown): void => {
    if (!errorLine.safeParse(line).success) begin(line);
    job.onLine?.(line);
  };
  const ended = start({ ...job, onLine }, (started) => (child = started), true);
  const first = await Promise.race([begun, ended.then((line) => ({ first: line }))]);
  // Who reads the data hears of it.
  ended.catch(() => undefined);
  return { ...first, data: Readable.from(bulk(child, ended), { objectMode: false }), ended };
}

async function* bulk(child: ChildProcess | undefined, ended: Promise<unknown>): AsyncGenerator<Buffer> {
  const output = child?.stdio[3];
  let whole = false;
  try {
    if (output instanceof Readable) for await (const bytes of output) yield bytes as Buffer;
    // All bytes came, but whether they are all that there were, only the end tells.
    await ended;
    whole = true;
  } finally {
    if (!whole) child?.kill('SIGKILL');
  }
}

async function start(
  { program, args, input = new Uint8Array(), signal, onLine }: WorkerJob,
  onStart: (child: ChildProcess) => void,
  bulky = false,
): Promise<unknown> {
  signal?.throwIfAborted();
  const child = spawn(program, args, {
    cwd: '/',
    env: {},
    stdio: [typeof input === 'number' ? input : 'pipe', 'pipe', 'pipe', ...(bulky ? ['pipe' as const] : [])],
  });
  onStart(child);
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

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

/** Checks the shape of an answer. */
export function parseAnswer<T>(schema: z.ZodType<T>, answer: unknown): T {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  throw new WorkerError('ECRASHED', 'the worker answered what its protocol does not know', {
    cause: parsed.error,
  });
}
