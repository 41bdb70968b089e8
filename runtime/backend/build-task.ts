// Builds begun here: the folder is packed and sent, the classic stream is followed for the task list, and breaking the request off is how
// engines are told to stop. What a window shows of the steps comes from the engine's history (build-stream.ts).
import { Readable } from 'node:stream';
import { z } from 'zod';
import { segment, type EngineClient, type EngineRequest } from '../client/engine-client.ts';
import { EngineFailure, failureFromError } from '../client/engine-failure.ts';
import type { RegistryCredentials } from '../client/registry-credentials.ts';
import type { BuildOptions } from '../contract/builds.ts';
import { parseDockerfile, referencesOf } from '../syntax/dockerfile/dockerfile.ts';
import { readText, realFolder } from './context-folder.ts';
import { packContext } from './context-pack.ts';
import { JsonLines } from './json-lines.ts';
import type { TaskProgress, TaskWork } from './task-list.ts';

const text = z
  .string()
  .nullish()
  .transform((value) => value ?? '');
const buildLine = z.object({
  stream: text,
  status: text,
  error: text,
  errorDetail: z.object({ message: text }).nullish(),
});

/** The work of building a folder; `id` becomes the build's in the engine's history. */
export function buildWork(
  client: EngineClient,
  credentials: RegistryCredentials,
  id: string,
  options: BuildOptions,
): TaskWork {
  return async (tell, signal) => {
    const folder = await realFolder(options.folder);
    const object = (entries: readonly { name: string; value: string }[]): string =>
      JSON.stringify(Object.fromEntries(entries.map(({ name, value }) => [name, value])));
    const query = {
      t: options.tags,
      dockerfile: options.dockerfile,
      target: options.target,
      buildargs: object(options.arguments),
      labels: object(options.labels),
      ...(options.platform === '' ? {} : { platform: options.platform }),
      ...(options.cacheFrom.length === 0 ? {} : { cachefrom: JSON.stringify(options.cacheFrom) }),
      nocache: options.noCache,
      pull: options.pull,
      rm: true,
      forcerm: true,
      buildid: id,
      berthsource: folder,
    };
    const registries = await credentialsFor(credentials, folder, options.dockerfile);
    const content = Readable.from(packContext(folder, options.dockerfile), { objectMode: false });
    await follow(
      client,
      { method: 'POST', path: '/build', query, content, registries, signal },
      tell,
      signal,
    );
  };
}

/** The work of building again what the engine remembers as `remembered`. Without a folder the context is one that the engine fetches. */
export function rebuildWork(
  client: EngineClient,
  credentials: RegistryCredentials,
  id: string,
  remembered: string,
  folder: string,
  dockerfile: string,
): TaskWork {
  return async (tell, signal) => {
    const path = `/berth/builds/${segment(remembered)}/rebuild`;
    const real = folder === '' ? '' : await realFolder(folder);
    const query = { buildid: id, ...(real === '' ? {} : { berthsource: real }) };
    const registries = real === '' ? {} : await credentialsFor(credentials, real, dockerfile);
    const content =
      real === '' ? Readable.from([]) : Readable.from(packContext(real, dockerfile), { objectMode: false });
    await follow(client, { method: 'POST', path, query, content, registries, signal }, tell, signal);
  };
}

/** Credentials for the registries that the Dockerfile takes images from, by registry; those that nobody is logged in to are left out. */
async function credentialsFor(
  credentials: RegistryCredentials,
  folder: string,
  dockerfile: string,
): Promise<Record<string, object>> {
  const images = new Set<string>();
  try {
    const { text: source } = await readText(folder, dockerfile);
    for (const stage of parseDockerfile(source).stages) {
      images.add(stage.from.image.text);
      for (const { called } of stage.instructions.flatMap(referencesOf)) images.add(called);
    }
  } catch {
    // What is wrong with the file is the engine's to say.
  }
  const found: [string, object][] = [];
  for (const image of images) {
    // A name with a variable in it, or that of a stage, has none.
    const credential = await credentials.forReference(image).catch(() => undefined);
    if (credential !== undefined) found.push([credential.serveraddress, credential]);
  }
  return Object.fromEntries(found);
}

async function follow(
  client: EngineClient,
  request: EngineRequest & { readonly content: Readable },
  tell: (progress: TaskProgress) => void,
  signal: AbortSignal,
): Promise<void> {
  // A context that cannot be packed breaks the request, which does not know why.
  let unpacked: Error | undefined;
  request.content.on('error', (error) => (unpacked = error));
  try {
    const response = await client.stream(request);
    signal.addEventListener('abort', () => response.destroy());
    if (signal.aborted) response.destroy();
    const lines = new JsonLines();
    let failure = '';
    const take = (values: readonly unknown[]): void => {
      for (const value of values) {
        const line = buildLine.parse(value);
        if (line.error !== '') failure = line.errorDetail?.message ?? line.error;
        const [step] = /^Step \d+\/\d+ : [^\n]*/.exec(line.stream) ?? [];
        if (step !== undefined || line.status !== '') tell({ status: step ?? line.status, parts: [] });
      }
    };
    let ended = false;
    response.on('end', () => (ended = true));
    for await (const chunk of response as AsyncIterable<Buffer>) take(lines.push(chunk));
    take(lines.end());
    if (!ended) throw new EngineFailure('The engine closed the connection.', { errno: 'ECONNRESET' });
    if (failure !== '') throw new EngineFailure(failure);
  } catch (error) {
    throw unpacked ?? failureFromError(error);
  } finally {
    request.content.destroy();
  }
}
