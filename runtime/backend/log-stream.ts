// The `logs` stream: a container's log from the engine to the window, as records. The engine waits while the window does.
import type { Readable } from 'node:stream';
import { containerAnswer } from '../client/engine-answers.ts';
import { segment, type EngineClient } from '../client/engine-client.ts';
import { failureFromError } from '../client/engine-failure.ts';
import type { LogsEvent, StreamParams } from '../contract/streams.ts';
import type { BackendStream } from './backend-stream.ts';
import { toContractError } from './contract-failure.ts';
import type { Disposable } from './disposable.ts';
import { FrameReader } from './docker-frames.ts';
import { LogLines, type LineListener } from './log-lines.ts';
import { RecordBatch } from './log-records.ts';
import type { StreamOutput } from './output-queue.ts';

/** Opens a container's log; ends by itself when the log does (`follow` ends with the container). */
export function openLogs(
  client: EngineClient,
  params: StreamParams<'logs'>,
  output: StreamOutput<LogsEvent>,
): BackendStream<never> {
  const abort = new AbortController();
  const batch = new RecordBatch((frame) => output.data(frame));
  const ask = ({ tail, follow }: Pick<StreamParams<'logs'>, 'tail' | 'follow'>) =>
    client.stream({
      method: 'GET',
      path: `/containers/${segment(params.id)}/logs`,
      query: {
        follow,
        stdout: true,
        stderr: true,
        timestamps: true,
        tail,
        ...(params.sinceMs === null ? {} : { since: engineTime(params.sinceMs, -1) }),
        ...(params.untilMs === null ? {} : { until: engineTime(params.untilMs, 1) }),
      },
      signal: abort.signal,
    });
  const run = async () => {
    const tty = await hasTerminal(client, params.id, abort.signal);
    const decoder = new LogDecoder(tty, batch);
    const response = await ask(params);
    const end = new LogEnd(() => {
      if (output.blocked) return false;
      batch.flush();
      output.event({ caughtUp: true });
      return true;
    });
    if (params.tellsCaughtUp) {
      void lastTime(tty, ask({ tail: 1, follow: false })).then((timeMs) => {
        if (!abort.signal.aborted) end.isAt(timeMs, decoder.latestMs);
      });
    }
    abort.signal.addEventListener('abort', () => {
      end.dispose();
      response.destroy();
    });
    if (abort.signal.aborted) response.destroy();
    output.onOpen(() => {
      end.reached(decoder.latestMs);
      response.resume();
    });
    await new Promise<void>((resolve, reject) => {
      response.on('data', (chunk: Buffer) => {
        try {
          decoder.push(chunk);
        } catch (error) {
          response.destroy();
          reject(failureFromError(error));
        }
        end.reached(decoder.latestMs);
        if (output.blocked) response.pause();
      });
      response.on('end', () => {
        decoder.end();
        resolve();
      });
      response.on('error', (error) => reject(failureFromError(error)));
      response.on('close', resolve);
    });
  };
  run().then(
    () => output.close(),
    (error: unknown) => {
      batch.flush();
      output.close(toContractError(error));
    },
  );
  return {
    input: () => undefined,
    end: () => undefined,
    control: () => undefined,
    dispose: () => {
      abort.abort();
      batch.dispose();
    },
  };
}

/**
 * A bound as engines take it: seconds since the epoch with a fraction, since a number of seconds would lose some of it. A
 * line's time as windows know it is a double, which lies a part of a microsecond beside the line's own: the bound is put one
 * microsecond `outward`, so that it takes the line it was read from.
 */
function engineTime(timeMs: number, outward: -1 | 1): string {
  const microseconds = Math.max(0, Math.round(timeMs * 1000) + outward);
  const fraction = String(microseconds % 1_000_000).padStart(6, '0');
  return `${String(Math.floor(microseconds / 1_000_000))}.${fraction}`;
}

async function hasTerminal(client: EngineClient, id: string, signal: AbortSignal): Promise<boolean> {
  const path = `/containers/${segment(id)}/json`;
  return (await client.json({ method: 'GET', path, signal }, containerAnswer)).Config.Tty;
}

/** What is written at once has one time: so long nothing more of that time comes when all of it was read. */
const sameTimeMs = 50;

/** Tells once when a log that is being read has come to where its end was. */
class LogEnd implements Disposable {
  readonly #tell: () => boolean;
  #endMs = Number.POSITIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;

  /** `tell` says whether it could: not while what was read waits, and {@link reached} is called again then. */
  constructor(tell: () => boolean) {
    this.#tell = tell;
  }

  /** `endMs`: the time of its last line; `latestMs`: of the last one that was read. Since the epoch, 0 for none. */
  isAt(endMs: number, latestMs: number): void {
    this.#endMs = endMs;
    this.reached(latestMs);
  }

  reached(latestMs: number): void {
    if (latestMs < this.#endMs) return;
    clearTimeout(this.#timer);
    const tell = (): void => {
      if (this.#tell()) this.#endMs = Number.POSITIVE_INFINITY;
    };
    if (latestMs > this.#endMs) tell();
    else this.#timer = setTimeout(tell, sameTimeMs);
  }

  dispose(): void {
    clearTimeout(this.#timer);
  }
}

/** The time of the last line of a log's answer, ms since the epoch; 0 when there is none, or it cannot be read. */
async function lastTime(tty: boolean, answer: Promise<Readable>): Promise<number> {
  const batch = new RecordBatch(() => undefined);
  const decoder = new LogDecoder(tty, batch);
  try {
    for await (const chunk of await answer) decoder.push(chunk as Buffer);
    decoder.end();
    return decoder.latestMs;
  } catch {
    return 0;
  } finally {
    batch.dispose();
  }
}

/** Bytes of a log answer to records: raw lines when the container has a terminal, frames otherwise. */
export class LogDecoder {
  readonly #batch: RecordBatch;
  readonly #stdout: LogLines;
  readonly #stderr: LogLines;
  readonly #frames: FrameReader | undefined;

  constructor(tty: boolean, batch: RecordBatch) {
    this.#batch = batch;
    const add: LineListener = (stream, timeMs, bytes, from, to) => batch.add(stream, timeMs, bytes, from, to);
    this.#stdout = new LogLines(1, add);
    this.#stderr = new LogLines(2, add);
    this.#frames = tty
      ? undefined
      : new FrameReader((stream, bytes, from, to, first) =>
          (stream === 1 ? this.#stdout : this.#stderr).push(bytes, from, to, first),
        );
  }

  /** The latest time that was read, ms since the epoch; 0 before the first. */
  get latestMs(): number {
    return Math.max(this.#stdout.latestMs, this.#stderr.latestMs);
  }

  /** Throws when the bytes are not what the engine promised. */
  push(chunk: Buffer): void {
    if (this.#frames === undefined) this.#stdout.push(chunk, 0, chunk.length, false);
    else this.#frames.push(chunk);
  }

  /** The log ended: last lines without an end go out. */
  end(): void {
    this.#stdout.end();
    this.#stderr.end();
    this.#batch.flush();
  }
}
