// Builds, for the API: opens what they need, runs each with a folder of its own that goes at its end, remembers how it went.
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { checkDockerfile, type CheckResult, type CheckSurroundings } from '../../syntax/dockerfile/checks.ts';
import { parseDockerfile, type Dockerfile } from '../../syntax/dockerfile/dockerfile.ts';
import type { IgnorePattern } from '../../syntax/ignore-patterns.ts';
import { DockerfileError } from '../../syntax/dockerfile/source.ts';
import { parseImageReference } from '../../syntax/image-reference.ts';
import type { StepContainers } from '../containers/step-containers.ts';
import { EngineError, messageOf } from '../errors.ts';
import type { BuildWorker } from '../helper/build-worker.ts';
import type { WorkerClient } from '../helper/worker-client.ts';
import { buildReferences } from '../images/image-build.ts';
import type { StoredImage } from '../images/image-store.ts';
import { osOf } from '../images/image-views.ts';
import { formatPlatform, hostPlatform } from '../images/platform.ts';
import { Slots } from '../images/slots.ts';
import type { Logger } from '../log.ts';
import { pruneTest } from '../prune-filter.ts';
import type { EventBus, Filters, ImageService, ProgressMessage, RegistryAuth } from '../services.ts';
import { sessionCredentials } from '../session/client-services.ts';
import type { Session } from '../session/sessions.ts';
import { readRecord, writeRecord } from '../store/records.ts';
import { spreadFolder } from '../store/spread-folder.ts';
import type { Trash } from '../store/trash.ts';
import { BuildCache } from './build-cache.ts';
import { openContext } from './build-context.ts';
import { BuildStepError, placeOf, toldError } from './build-error.ts';
import { BuildRecorder, buildRecordSchema, type BuildRecord } from './build-recorder.ts';
import { checkPlatform, type BuildRequest } from './build-request.ts';
import { runBuild } from './builder.ts';
import { CacheMounts } from './cache-mounts.ts';
import { CacheSources } from './cache-sources.ts';
import { CacheUsage, freedBytesOf, type BuildCacheItem, type CachePrune } from './cache-usage.ts';
import { HeldOutput } from './held-output.ts';
import { KnownArchives } from './known-archives.ts';
import { BuildArguments } from './variables.ts';

/** How many builds are remembered. */
const maxHistory = 100;

/** What a prune of the cache asks for. */
export interface PruneRequest extends Pick<CachePrune, 'all' | 'keepBytes'> {
  /** `until`, `label` and `label!` count. */
  readonly filters: Filters;
}

/** What a client brings along with the parameters. */
export interface BuildClient {
  /** The archive of its context, if it sends one. */
  readonly body: Readable;
  /** Credentials that came with the request. */
  readonly auth: (reference: string) => RegistryAuth | undefined;
  readonly session?: Session | undefined;
  /** The build's id; one that is not given is made. */
  readonly id?: string | undefined;
}

export interface BuildService {
  /** Runs a build; `report` gets the classic stream. Rejects with what a client is told. */
  build(
    request: BuildRequest,
    client: BuildClient,
    report: (message: ProgressMessage) => void,
    signal: AbortSignal,
  ): Promise<void>;
  /** Ends a build early; one that does not run is left alone. */
  cancel(id: string): void;
  /** Tells the id of each build that begins, goes on, ends or is forgotten, until the answer is called. */
  watch(listener: (id: string) => void): () => void;
  /** What the rules find in a Dockerfile. */
  check(dockerfile: string, ignored: readonly IgnorePattern[]): CheckResult;
  /** What the cache holds, for `/system/df`. */
  cacheItems(): Promise<BuildCacheItem[]>;
  /** Frees what the filters let go, the least recently used first, until `keepBytes` are left. */
  prune(wanted: PruneRequest): Promise<{ CachesDeleted: string[]; SpaceReclaimed: number }>;
  /** What that would remove. */
  prunePreview(wanted: PruneRequest): Promise<{ BuildCache: BuildCacheItem[]; SpaceReclaimed: number }>;
  /** Newest first. */
  history(): BuildRecord[];
  record(id: string): BuildRecord;
  forget(id: string): Promise<void>;
  close(): Promise<void>;
}

export interface BuildServiceParts {
  readonly dataRoot: string;
  readonly execRoot: string;
  readonly images: ImageService;
  readonly steps: StepContainers;
  readonly worker: BuildWorker;
  readonly extract: WorkerClient['extract'];
  readonly events: Pick<EventBus, 'publish'>;
  readonly trash: Trash;
  readonly log: Logger;
}

/** Opens `data-root/build`; what a killed engine left half-done is thrown away. */
export async function openBuildService(parts: BuildServiceParts): Promise<BuildService> {
  const { images, steps, trash, worker, events, log } = parts;
  const root = path.join(parts.dataRoot, 'build');
  const work = path.join(root, 'work');
  const historyFolder = path.join(root, 'history');
  for (const folder of [work, historyFolder]) await mkdir(folder, { recursive: true, mode: 0o700 });
  // Each build makes thousands of files where the one before has removed as many.
  await spreadFolder(work);
  await steps.removeLeft();
  for (const name of await readdir(work)) await trash.discard(path.join(work, name));
  const servedFolder = path.join(parts.execRoot, 'build');
  await rm(servedFolder, { recursive: true, force: true });
  await mkdir(servedFolder, { mode: 0o700 });
  const cache = await BuildCache.open(path.join(root, 'cache'));
  const mounts = await CacheMounts.open(path.join(root, 'mounts'), trash, worker);
  const archives = new KnownArchives();
  const slots = new Slots(Math.max(4, availableParallelism()));
  const history = await readHistory(historyFolder);
  const running = new Set<Promise<void>>();
  const cancels = new Map<string, AbortController>();
  const watchers = new Set<(id: string) => void>();
  const tell = (id: string): void => {
    for (const watcher of watchers) watcher(id);
  };
  const closing = new AbortController();
  const { builds } = images;
  const usage = new CacheUsage(cache, mounts, builds, () => {
    const [oldest] = [...history.values()].filter(({ state }) => state === 'running');
    return oldest === undefined ? undefined : Date.parse(oldest.startedAt);
  });
  const around: CheckSurroundings = {
    platform: formatPlatform(hostPlatform()),
    platformOf(name) {
      let image: StoredImage | undefined;
      try {
        image = builds.find(name);
      } catch {
        return undefined; // It is the name of nothing, which a build of it says.
      }
      if (image === undefined) return undefined;
      const { architecture, variant } = image.config;
      return formatPlatform({ os: osOf(image), architecture, ...(variant ? { variant } : {}) });
    },
  };
  const historyFile = (id: string): string => path.join(historyFolder, `${id}.json`);

  const remember = async (record: BuildRecord): Promise<void> => {
    await writeRecord(historyFile(record.id), record, 'fast');
    const old = [...history.values()].slice(0, Math.max(0, history.size - maxHistory));
    for (const { id, state } of old) {
      if (state === 'running') continue;
      history.delete(id);
      await rm(historyFile(id), { force: true });
      tell(id);
    }
  };

  const run: BuildService['build'] = async (request, client, report, outer) => {
    checkPlatform(request.platform);
    const references = buildReferences(request.tags);
    const { body, session } = client;
    const id = client.id ?? newBuildId();
    if (history.has(id)) throw new EngineError('conflict', `there is a build ${id} already`);
    const folder = path.join(work, id);
    const failing = new AbortController();
    const canceling = new AbortController();
    const ended = AbortSignal.any([outer, closing.signal, canceling.signal]);
    const signal = AbortSignal.any([ended, failing.signal]);
    let failure: unknown;
    const held = new HeldOutput();
    const recorder = new BuildRecorder(id, request, () => tell(id));
    history.set(id, recorder.record);
    cancels.set(id, canceling);
    tell(id);
    const unpins: (() => void)[] = [];
    try {
      await mkdir(folder, { mode: 0o700 });
      const context = await openContext(
        worker,
        folder,
        {
          ...{ body, session, remote: request.remote, dockerfile: request.dockerfile },
          received: (sizeBytes) => recorder.received(sizeBytes),
        },
        archives,
        signal,
      );
      recorder.record.dockerfile = context.dockerfile;
      const room = {
        ...{
          images,
          builds,
          steps,
          worker,
          cache,
          mounts,
          events,
          slots,
          request,
          context,
          folder,
          recorder,
        },
        ...{ session, servedFolder, signal, unpins, pulls: new Map<string, Promise<StoredImage>>() },
        auth: (reference: string) => credentialsOf(client, reference, signal),
        file: parsed(context.dockerfile, around),
        args: new BuildArguments(request.buildArgs),
        cacheFrom: CacheSources.find(builds, request.cacheFrom),
        extract: (layer: { dest: string; split: string }, packed: Readable) =>
          parts.extract(layer, packed, { signal }),
      };
      const result = await runBuild(room, references, request.quiet ? held.add : report, (reason) => {
        failure ??= reason;
        failing.abort(reason);
      });
      if (request.quiet) report({ stream: `${result.id}\n` });
      recorder.finish('done', { image: result.id, names: result.names });
    } catch (caught) {
      held.tell(report);
      const canceled = ended.aborted;
      const error = canceled ? ended.reason : (failure ?? caught);
      const range = placeOf(error);
      recorder.finish(canceled ? 'canceled' : 'failed', {
        error: {
          message: messageOf(error),
          ...(error instanceof EngineError && error.hint !== undefined ? { hint: error.hint } : {}),
          ...(error instanceof BuildStepError ? { exitCode: error.exitCode } : {}),
          ...(range === undefined ? {} : { range }),
        },
      });
      throw toldError(error);
    } finally {
      cancels.delete(id);
      for (const unpin of unpins.reverse()) unpin();
      await trash.discard(folder);
      await remember(recorder.record).catch((error: unknown) => {
        log.warn('a build cannot be remembered', { build: id, error: messageOf(error) });
      });
    }
  };

  return {
    async build(...args) {
      const done = run(...args);
      const quiet = done.catch(() => undefined);
      running.add(quiet);
      try {
        await done;
      } finally {
        running.delete(quiet);
      }
    },
    check: (dockerfile, ignored) => checkDockerfile(dockerfile, { ...around, ignored }),
    cacheItems: () => usage.items(),
    async prune(wanted) {
      const { ids, freedBytes } = await usage.prune(cachePrune(wanted));
      return { CachesDeleted: ids, SpaceReclaimed: freedBytes };
    },
    async prunePreview(wanted) {
      const items = await usage.preview(cachePrune(wanted));
      return { BuildCache: items, SpaceReclaimed: freedBytesOf(items) };
    },
    history: () => [...history.values()].reverse(),
    record(id) {
      const record = history.get(id);
      if (record === undefined) throw new EngineError('notFound', `No such build: ${id}`);
      return record;
    },
    async forget(id) {
      const record = history.get(id);
      if (record === undefined) throw new EngineError('notFound', `No such build: ${id}`);
      if (record.state === 'running') throw new EngineError('conflict', `build ${id} is running`);
      history.delete(id);
      await rm(historyFile(id), { force: true });
      tell(id);
    },
    cancel: (id) => cancels.get(id)?.abort(new EngineError('internal', 'the build was canceled')),
    watch(listener) {
      watchers.add(listener);
      return () => void watchers.delete(listener);
    },
    async close() {
      closing.abort(new Error('the engine stops'));
      await Promise.all(running);
    },
  };
}

/** An id as builds get it. */
export function newBuildId(): string {
  return randomBytes(8).toString('hex');
}

/** The credentials that came with the request, or what the client's session has. */
async function credentialsOf(
  { auth, session }: BuildClient,
  reference: string,
  signal: AbortSignal,
): Promise<RegistryAuth | undefined> {
  const given = auth(reference);
  if (given !== undefined || session === undefined) return given;
  const { domain } = parseImageReference(reference);
  // BuildKit's clients know Docker Hub by the host that is asked.
  return sessionCredentials(session, domain === 'docker.io' ? 'registry-1.docker.io' : domain, signal);
}

function cachePrune({ filters, all, keepBytes }: PruneRequest): CachePrune {
  const test = pruneTest(filters, Date.now());
  return { fits: (usedMs) => test({ createdMs: usedMs, labels: {} }), all, keepBytes };
}

/** The file, unless it asks for findings to end its build and there are some. */
function parsed(text: string, around: CheckSurroundings): Dockerfile {
  const file = parseDockerfile(text);
  const { ending } = checkDockerfile(text, around);
  if (ending === undefined) return file;
  throw new DockerfileError(
    `lint violation found for rules: ${ending.rule}: ${ending.message}`,
    ending.range,
  );
}

async function readHistory(folder: string): Promise<Map<string, BuildRecord>> {
  const records: BuildRecord[] = [];
  for (const name of await readdir(folder)) {
    const file = path.join(folder, name);
    const record = name.endsWith('.json')
      ? await readRecord(file, buildRecordSchema).catch(() => undefined)
      : undefined;
    if (record === undefined) await rm(file, { force: true });
    else records.push(record);
  }
  records.sort((a, b) => (a.startedAt < b.startedAt ? -1 : 1));
  return new Map(records.map((record) => [record.id, record]));
}
