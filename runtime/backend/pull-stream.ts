// The `pull` stream: an image from its registry, with progress by layer. Progress is thinned to one event per layer and
// tick, the newest; closing the stream breaks the request off, which is how engines are told to stop.
import { progressLine } from '../client/engine-answers.ts';
import type { EngineClient } from '../client/engine-client.ts';
import { EngineFailure, failureFromError } from '../client/engine-failure.ts';
import type { PullEvent, StreamParams } from '../contract/streams.ts';
import type { ContractError } from '../contract/wire.ts';
import type { BackendStream } from './backend-stream.ts';
import { ContractFailure, contractError, toContractError } from './contract-failure.ts';
import { defaultTag, InvalidReferenceError, parseImageReference } from '../syntax/image-reference.ts';
import { JsonLines } from './json-lines.ts';
import type { StreamOutput } from './output-queue.ts';

const tickMs = 50;

/** Opens a pull. A reference without a tag or digest means `latest`, as everywhere. */
export function openPull(
  client: EngineClient,
  params: StreamParams<'pull'>,
  output: StreamOutput<PullEvent>,
): BackendStream<never> {
  const abort = new AbortController();
  const progress = new ProgressThinner((event) => output.event(event));
  const run = async () => {
    const response = await client.stream({
      method: 'POST',
      path: '/images/create',
      query: { fromImage: withTag(params.reference) },
      signal: abort.signal,
    });
    abort.signal.addEventListener('abort', () => response.destroy());
    if (abort.signal.aborted) response.destroy();
    const lines = new JsonLines();
    let failure = '';
    const take = (values: readonly unknown[]) => {
      for (const value of values) {
        const line = progressLine.parse(value);
        if (line.error !== '') failure = line.errorDetail?.message ?? line.error;
        else progress.add(toPullEvent(line));
      }
    };
    await new Promise<void>((resolve, reject) => {
      const guard = (work: () => void) => {
        try {
          work();
        } catch (error) {
          response.destroy();
          reject(failureFromError(error));
        }
      };
      response.on('data', (chunk: Buffer) => guard(() => take(lines.push(chunk))));
      response.on('end', () => {
        guard(() => take(lines.end()));
        resolve();
      });
      response.on('error', (error) => reject(failureFromError(error)));
      response.on('close', () =>
        reject(new EngineFailure('The engine closed the connection.', { errno: 'ECONNRESET' })),
      );
    });
    if (failure !== '') throw new EngineFailure(failure);
  };
  run().then(
    () => {
      progress.flush();
      output.close();
    },
    (error: unknown) => {
      progress.flush();
      output.close(pullError(params.reference, error));
    },
  );
  return {
    input: () => undefined,
    end: () => undefined,
    control: () => undefined,
    dispose: () => {
      abort.abort();
      progress.dispose();
    },
  };
}

/** The reference with `:latest` when it has neither tag nor digest. Throws `invalid` for what is none. */
export function withTag(reference: string): string {
  try {
    const { tag, digest } = parseImageReference(reference);
    return tag === undefined && digest === undefined ? `${reference}:${defaultTag}` : reference;
  } catch (error) {
    if (!(error instanceof InvalidReferenceError)) throw error;
    throw new ContractFailure(
      contractError(
        'invalid',
        `"${reference}" is not the name of an image.`,
        `Names look like busybox, python:3.11-slim or ghcr.io/owner/app:1.0 (${error.message}).`,
      ),
    );
  }
}

function toPullEvent(line: ReturnType<(typeof progressLine)['parse']>): PullEvent {
  return {
    // Layers go by a short digest; the first line has the tag there.
    layer: /^[0-9a-f]{12,64}$/.test(line.id) ? line.id : '',
    status: line.status,
    current: line.progressDetail?.current ?? 0,
    total: line.progressDetail?.total ?? 0,
  };
}

/** What went wrong with a pull, for a person; the engine's own words are kept behind it. */
export function pullError(reference: string, thrown: unknown): ContractError {
  const error = toContractError(thrown);
  if (!(thrown instanceof EngineFailure) || thrown.errno !== undefined || error.code === 'invalid')
    return error;
  const said = `The engine said: ${thrown.message}`;
  if (/unauthorized|denied|authentication required|no basic auth/i.test(thrown.message)) {
    return contractError(
      'unauthorized',
      `The registry does not let you pull ${reference}, or it does not exist.`,
      `Check the name, or log in to the registry. ${said}`,
    );
  }
  if (/manifest unknown|not found|no such|does not exist|name unknown/i.test(thrown.message)) {
    return contractError(
      'notFound',
      `There is no image ${reference} in the registry.`,
      `Check the name and the tag. ${said}`,
    );
  }
  if (
    /refused|no such host|timed? ?out|unreachable|ENOTFOUND|EAI_AGAIN|ECONN|getaddrinfo|fetch failed|dial tcp|certificate/i.test(
      thrown.message,
    )
  ) {
    return contractError(
      'unavailable',
      `The registry of ${reference} cannot be reached.`,
      `Check the network and the registry's address. ${said}`,
    );
  }
  return contractError(error.code, `${reference} could not be pulled.`, said);
}

/** Lets the newest event of each layer through, once per tick. What concerns the whole pull keeps its order. */
class ProgressThinner {
  readonly #send: (event: PullEvent) => void;
  #general: PullEvent[] = [];
  readonly #layers = new Map<string, PullEvent>();
  #timer: NodeJS.Timeout | undefined;

  constructor(send: (event: PullEvent) => void) {
    this.#send = send;
  }

  add(event: PullEvent): void {
    if (event.layer === '') this.#general.push(event);
    else this.#layers.set(event.layer, event);
    this.#timer ??= setTimeout(() => this.flush(), tickMs);
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    // The general ones that matter are few; a flood of them says nothing more than its end.
    for (const event of this.#general.slice(-20)) this.#send(event);
    this.#general = [];
    for (const event of this.#layers.values()) this.#send(event);
    this.#layers.clear();
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#general = [];
    this.#layers.clear();
  }
}
