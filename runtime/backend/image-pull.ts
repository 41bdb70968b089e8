// Pulls and pushes: an image from its registry or to it, with progress by layer. Breaking the request off is how engines are told to stop.
import { progressLine } from '../client/engine-answers.ts';
import { imageSegment, type EngineClient, type EngineRequest } from '../client/engine-client.ts';
import { EngineFailure, failureFromError } from '../client/engine-failure.ts';
import type { RegistryCredentials } from '../client/registry-credentials.ts';
import type { ContractError } from '../contract/wire.ts';
import {
  familiarName,
  familiarReference,
  InvalidReferenceError,
  parseImageReference,
  withDefaultTag,
} from '../syntax/image-reference.ts';
import {
  ContractFailure,
  contractError,
  diskFull,
  diskFullHint,
  toContractError,
} from './contract-failure.ts';
import { JsonLines } from './json-lines.ts';
import type { TaskProgress, TaskWork } from './task-list.ts';

/** The work of pulling a reference made by {@link pullReference}. Rejects with {@link transferError}. */
export function imagePull(
  client: EngineClient,
  credentials: RegistryCredentials,
  reference: string,
): TaskWork {
  return async (tell, signal) => {
    try {
      const credential = await credentials.forReference(reference);
      const query = { fromImage: reference };
      await follow(
        client,
        { method: 'POST', path: '/images/create', query, credential, signal },
        tell,
        signal,
      );
    } catch (error) {
      throw new ContractFailure(transferError('pull', reference, error));
    }
  };
}

/** The work of pushing a reference made by {@link pullReference}. Rejects like {@link imagePull}'s. */
export function imagePush(
  client: EngineClient,
  credentials: RegistryCredentials,
  reference: string,
): TaskWork {
  return async (tell, signal) => {
    try {
      // An empty credential, too: engines want the header.
      const credential = (await credentials.forReference(reference)) ?? {};
      const { tag = '', ...repository } = parseImageReference(reference);
      const path = `/images/${imageSegment(familiarName(repository))}/push`;
      await follow(client, { method: 'POST', path, query: { tag }, credential, signal }, tell, signal);
    } catch (error) {
      throw new ContractFailure(transferError('push', reference, error));
    }
  };
}

/** Sends a request and tells what its lines of progress add up to. */
async function follow(
  client: EngineClient,
  request: EngineRequest,
  tell: (progress: TaskProgress) => void,
  signal: AbortSignal,
): Promise<void> {
  const response = await client.stream(request);
  signal.addEventListener('abort', () => response.destroy());
  if (signal.aborted) response.destroy();
  const lines = new JsonLines();
  const progress = new TransferProgress();
  let failure = '';
  const take = (values: readonly unknown[]) => {
    for (const value of values) {
      const line = progressLine.parse(value);
      if (line.error !== '') failure = line.errorDetail?.message ?? line.error;
      else progress.add(line);
    }
    if (values.length > 0) tell(progress.now());
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
}

/** The reference as engines list it: one without tag or digest means `latest`. Throws `invalid` for what is none. */
export function pullReference(reference: string): string {
  try {
    return familiarReference(withDefaultTag(parseImageReference(reference)));
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

/** What went wrong with a pull or push, for a person; the engine's own words are kept behind it. */
export function transferError(verb: 'pull' | 'push', reference: string, thrown: unknown): ContractError {
  const error = toContractError(thrown);
  if (thrown instanceof EngineFailure && thrown.errno !== undefined && thrown.errno !== 'ABORT_ERR') {
    return contractError(
      'unavailable',
      `The engine went away while it ${verb}ed ${reference} (${thrown.errno}).`,
      `${verb === 'pull' ? 'Pull' : 'Push'} it again when the engine runs.`,
    );
  }
  if (!(thrown instanceof EngineFailure) || thrown.errno !== undefined || error.code === 'invalid')
    return error;
  const said = `The engine said: ${thrown.message}`;
  if (diskFull.test(thrown.message)) {
    return contractError(
      'unavailable',
      `There is no room for ${reference} on the disk of the engine.`,
      `${diskFullHint} ${said}`,
    );
  }
  if (/unauthorized|denied|authentication required|no basic auth/i.test(thrown.message)) {
    return contractError(
      'unauthorized',
      verb === 'pull'
        ? `The registry does not let you pull ${reference}, or it does not exist.`
        : `The registry does not let you push ${reference}.`,
      `Check the name, or log in to the registry. ${said}`,
    );
  }
  if (
    verb === 'pull' &&
    /manifest unknown|not found|no such image|does not exist|name unknown/i.test(thrown.message)
  ) {
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
  return contractError(error.code, `${reference} could not be ${verb}ed.`, said);
}

/** No image has more layers; what comes beyond them is not shown. */
const maxParts = 500;

/** What the lines of a transfer add up to. */
class TransferProgress {
  #status = '';
  readonly #layers = new Map<string, TaskProgress['parts'][number]>();

  add({ id, status, progressDetail }: ReturnType<(typeof progressLine)['parse']>): void {
    // Layers go by a short digest; the first line has the tag there.
    if (!/^[0-9a-f]{12,64}$/.test(id)) {
      this.#status = status;
      return;
    }
    const before = this.#layers.get(id);
    if (before === undefined && this.#layers.size >= maxParts) return;
    // A line without figures ("Pull complete", "Pushed") does not make the size unknown.
    const totalBytes = Math.max(0, progressDetail?.total ?? 0) || (before?.totalBytes ?? 0);
    const currentBytes = /complete$|^Already exists$|^Pushed$|^Layer already exists$|^Mounted from /i.test(
      status,
    )
      ? totalBytes
      : Math.max(0, progressDetail?.current ?? 0);
    this.#layers.set(id, { id, status, currentBytes, totalBytes });
  }

  now(): TaskProgress {
    return { status: this.#status, parts: [...this.#layers.values()] };
  }
}
