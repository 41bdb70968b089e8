// `POST /build` and what belongs to it: the classic door, the cache, and the history of builds under `/berth/builds`.
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { BuildRecord } from '../build/build-recorder.ts';
import { buildRequestSchema, type BuildRequest } from '../build/build-request.ts';
import {
  newBuildId,
  type BuildClient,
  type BuildService,
  type PruneRequest,
} from '../build/build-service.ts';
import { EngineError, messageOf } from '../errors.ts';
import type { RegistryAuth } from '../services.ts';
import { hostConfig } from '../types.ts';
import { DockerfileError } from '../../syntax/dockerfile/source.ts';
import { parseIgnorePatterns, type IgnorePattern } from '../../syntax/ignore-patterns.ts';
import { parseImageReference } from '../../syntax/image-reference.ts';
import type { Session, Sessions } from '../session/sessions.ts';
import { Uploads } from '../session/uploads.ts';
import { buildSummary, follow, followBuild, followHistory, inspectedBuild } from './build-history.ts';
import { BuildTrace, traceError } from './build-trace.ts';
import { streamProgress } from './progress-stream.ts';
import type { Query } from './query.ts';
import { parseRegistryAuth } from './registry-auth.ts';
import { sendEmpty, sendJson } from './reply.ts';
import type { Call, Route } from './route.ts';

const pruneFilters: ReadonlySet<string> = new Set(
  'until id parent type description inuse shared private keep-storage unused-for label label!'.split(' '),
);
/** `docker system prune` gives its labels to everything; no cache has one. */
const heededFilters: ReadonlySet<string> = new Set(['until', 'unused-for', 'label', 'label!']);

const checkBody = z.object({ dockerfile: z.string(), dockerignore: z.string().default('') });

/** The routes of builds. */
export function buildRoutes(builds: BuildService, sessions: Sessions): Route[] {
  const uploads = new Uploads();
  return [
    {
      method: 'POST',
      pattern: '/build',
      handle: (call) => heard(call, () => build(builds, sessions, uploads, call)),
    },
    {
      method: 'POST',
      pattern: '/build/prune',
      handle: async ({ query, request, response }) => {
        request.resume();
        sendJson(response, 200, await builds.prune(pruneRequest(query)));
      },
    },
    {
      // What a prune with these parameters would remove.
      method: 'GET',
      pattern: '/berth/build/prune',
      handle: async ({ query, response }) =>
        sendJson(response, 200, await builds.prunePreview(pruneRequest(query))),
    },
    {
      method: 'POST',
      pattern: '/berth/build/check',
      handle: async (call) => {
        const { dockerfile, dockerignore } = await call.json(checkBody);
        sendJson(call.response, 200, builds.check(dockerfile, ignoredBy(dockerignore)));
      },
    },
    {
      // Docker's own way to end a build by the `buildid` that it was given; one that is not known is no error there.
      method: 'POST',
      pattern: '/build/cancel',
      handle: ({ query, request, response }) => {
        request.resume();
        const id = query.text('id');
        if (id === undefined) throw new EngineError('internal', 'build ID not provided');
        builds.cancel(id);
        sendEmpty(response, 200);
      },
    },
    {
      method: 'GET',
      pattern: '/berth/builds',
      handle: async (call) =>
        call.query.flag('follow')
          ? followHistory(builds, call)
          : sendJson(call.response, 200, builds.history().map(buildSummary)),
    },
    {
      method: 'GET',
      pattern: '/berth/builds/{name}/logs',
      handle: ({ name, response }) => {
        const text = builds
          .record(name)
          .steps.map((step) => `#${String(step.number)} ${step.text}\n${step.log}`)
          .join('');
        response.writeHead(200, { 'Content-Type': 'text/plain; charset=utf-8' });
        response.end(text);
      },
    },
    {
      // The same parameters, with the context that is sent along.
      method: 'POST',
      pattern: '/berth/builds/{name}/rebuild',
      handle: (call) =>
        heard(call, () => {
          const { request } = builds.record(call.name);
          const source = call.query.text('berthsource') ?? request.source;
          return run(builds, { ...request, source }, clientOf(call, undefined), call);
        }),
    },
    {
      method: 'GET',
      pattern: '/berth/builds/{name}',
      handle: async (call) =>
        call.query.flag('follow')
          ? followBuild(builds, call)
          : sendJson(call.response, 200, inspectedBuild(builds.record(call.name))),
    },
    {
      method: 'DELETE',
      pattern: '/berth/builds/{name}',
      handle: async ({ name, response }) => {
        await builds.forget(name);
        sendEmpty(response, 204);
      },
    },
  ];
}

/** How long a refused context is still taken. */
const farewellMs = 500;

/** A client that is sending while its connection closes may never read why it was refused: it may send on for a moment. */
async function heard({ request }: Call, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!request.readableEnded && !request.destroyed) {
      const ended = once(request.resume(), 'end').catch(() => undefined);
      await Promise.race([ended, sleep(farewellMs, undefined, { ref: false })]);
    }
    throw error;
  }
}

/** What a `.dockerignore` names. */
function ignoredBy(dockerignore: string): IgnorePattern[] {
  try {
    return parseIgnorePatterns(dockerignore);
  } catch (error) {
    if (error instanceof DockerfileError) throw new EngineError('invalid', error.message, { cause: error });
    throw error;
  }
}

/** What a prune of the cache asks for. Throws what is refused. */
function pruneRequest(query: Query): PruneRequest {
  const filters = query.filters(pruneFilters);
  for (const name of filters.keys()) {
    if (!heededFilters.has(name)) {
      throw new EngineError('notImplemented', `pruning the build cache by ${name} is not implemented`);
    }
  }
  query.refuse('min-free-space', 'pruning the build cache by free space is not implemented');
  const kept = ['keep-storage', 'reserved-space', 'max-used-space'].flatMap(
    // None is no limit, as in Docker's own.
    (name) => query.integer(name) || [],
  );
  const until = filters.get('until') ?? filters.get('unused-for');
  return {
    filters: until === undefined ? filters : new Map([...filters, ['until', until]]),
    all: query.flag('all'),
    keepBytes: kept.length === 0 ? undefined : Math.max(...kept),
  };
}

async function build(builds: BuildService, sessions: Sessions, uploads: Uploads, call: Call): Promise<void> {
  const type = call.request.headers['content-type'];
  if (type !== undefined && !/^application\/(?:x-)?tar\b/.test(type) && type !== 'application/octet-stream') {
    throw new EngineError(
      'invalid',
      `unsupported Content-Type header (${type}): must be 'application/x-tar'`,
    );
  }
  const { query, signal } = call;
  const buildId = query.text('buildid') ?? '';
  const [, uploadFor] = /^upload-request:(.+)$/s.exec(buildId) ?? [];
  if (uploadFor !== undefined) {
    await uploads.offer(uploadFor, call.request);
    sendEmpty(call.response, 200);
    return;
  }
  // No build is refused before its session is here: docker's CLI 20.10, when it hears of that while it has yet to open one, opens it all
  // the same and waits for ever.
  const named = query.text('session');
  const session = named === undefined ? undefined : await sessions.get(named, signal);
  const request = parseBuildQuery(query);
  const client = clientOf(call, session);
  const answer = query.text('version') === '2' ? runTraced : run;
  if (request.remote === 'upload-request') {
    const body = await uploads.take(buildId, signal);
    await answer(builds, { ...request, remote: '' }, { ...client, body }, call);
  } else {
    await answer(builds, request, client, call);
  }
}

/** What comes with the request. */
function clientOf({ query, request }: Call, session: Session | undefined): BuildClient {
  return {
    body: request,
    auth: registryConfig(request.headers['x-registry-config']),
    session,
    // Clients of BuildKit give it in other forms; those say nothing here.
    id: /^[0-9a-f]{16}$/.exec(query.text('buildid') ?? '')?.[0],
  };
}

/** Runs a build and answers with the classic stream. */
async function run(
  builds: BuildService,
  request: BuildRequest,
  client: BuildClient,
  call: Call,
): Promise<void> {
  await streamProgress(call.response, call.signal, (report) =>
    heard(call, () => builds.build(request, client, report, call.signal)),
  );
}

/** Runs a build and answers as BuildKit does. */
async function runTraced(
  builds: BuildService,
  request: BuildRequest,
  client: BuildClient,
  call: Call,
): Promise<void> {
  const { response, signal } = call;
  const id = client.id ?? newBuildId();
  const done = builds
    .build(request, { ...client, id }, () => undefined, signal)
    .then(
      () => undefined,
      (error: unknown) => ({ error }),
    );
  const begun = builds.history().find((record) => record.id === id);
  if (begun === undefined) throw (await done)?.error;
  // A quiet one tells of itself when it failed.
  if (!request.quiet || (await done) !== undefined) await followTrace(builds, begun, call);
  const failed = await done;
  if (signal.aborted) return;
  const message = failed && traceError(begun, messageOf(failed.error));
  const last =
    message !== undefined
      ? { errorDetail: { message }, error: message }
      : request.quiet
        ? { stream: `${begun.image ?? ''}\n` }
        : { id: 'moby.image.id', aux: { ID: begun.image } };
  if (!response.headersSent) response.writeHead(200, { 'Content-Type': 'application/json' });
  response.end(`${JSON.stringify(last)}\n`);
}

/** Writes what there is to tell of a build, to its end. */
async function followTrace(builds: BuildService, record: BuildRecord, call: Call): Promise<void> {
  const trace = new BuildTrace();
  const next = () => {
    const status = trace.next(record);
    const line =
      status === undefined
        ? undefined
        : { id: 'moby.buildkit.trace', aux: Buffer.from(status).toString('base64') };
    return { line, ended: record.state !== 'running' };
  };
  await follow(builds, call, next, record.id);
}

/** The parameters of `POST /build`. Throws in Docker's words. */
export function parseBuildQuery(query: Query): BuildRequest {
  const version = query.text('version');
  if (version !== undefined && version !== '1' && version !== '2') {
    throw new EngineError('invalid', `invalid version ${JSON.stringify(version)}`);
  }
  query.refuse(
    'outputs',
    'sending what is built elsewhere (outputs) is not implemented: it becomes an image',
  );
  if (query.given('securityopt')) {
    throw new EngineError(
      'invalid',
      'The daemon on this platform does not support setting security options on build',
    );
  }
  const isolation = query.text('isolation') ?? 'default';
  if (isolation !== 'default') {
    throw new EngineError('invalid', `Unsupported isolation: ${JSON.stringify(isolation)}`);
  }
  const object = <T>(name: string, schema: z.ZodType<T>, empty: T): T => {
    const text = query.text(name);
    if (text === undefined || text === 'null') return empty;
    try {
      return schema.parse(JSON.parse(text));
    } catch (cause) {
      throw new EngineError('invalid', `invalid ${name}: it is not the JSON that is expected`, { cause });
    }
  };
  const texts = z.array(z.string());
  const entries = z.record(z.string(), z.string().nullable());
  const limits = hostConfig.parse({
    Memory: query.integer('memory') ?? 0,
    MemorySwap: query.integer('memswap') ?? 0,
    CpuShares: query.integer('cpushares') ?? 0,
    CpuPeriod: query.integer('cpuperiod') ?? 0,
    CpuQuota: query.integer('cpuquota') ?? 0,
    CpusetCpus: query.text('cpusetcpus') ?? '',
    CpusetMems: query.text('cpusetmems') ?? '',
    CgroupParent: query.text('cgroupparent') ?? '',
    ShmSize: query.integer('shmsize') ?? 0,
    Ulimits: object('ulimits', z.array(z.unknown()), []),
    SecurityOpt: [],
  });
  return buildRequestSchema.parse({
    tags: query.all('t').filter((tag) => tag !== ''),
    dockerfile: query.text('dockerfile') ?? 'Dockerfile',
    buildArgs: Object.entries(object('buildargs', entries, {})),
    labels: Object.entries(object('labels', entries, {})).map(([name, value]) => [name, value ?? '']),
    target: query.text('target') ?? '',
    remote: query.text('remote') ?? '',
    noCache: query.flag('nocache'),
    pull: query.flag('pull'),
    // Clients that do not say get it, as in Docker's own.
    remove: query.given('rm') ? query.flag('rm') : true,
    forceRemove: query.flag('forcerm'),
    quiet: query.flag('q'),
    squash: query.flag('squash'),
    cacheFrom: object('cachefrom', texts, []),
    networkMode: query.text('networkmode') ?? '',
    extraHosts: query
      .all('extrahosts')
      .filter((host) => host !== '')
      .flatMap((host) => host.split(',')),
    platform: query.text('platform') ?? '',
    source: query.text('berthsource') ?? '',
    limits,
  } satisfies Record<keyof BuildRequest, unknown>);
}

/** `X-Registry-Config`: credentials by registry. One that cannot be read is none. */
function registryConfig(
  header: string | string[] | undefined,
): (reference: string) => RegistryAuth | undefined {
  if (typeof header !== 'string' || header === '') return () => undefined;
  let byRegistry: Record<string, unknown>;
  try {
    byRegistry = z
      .record(z.string(), z.unknown())
      .parse(JSON.parse(Buffer.from(header, 'base64url').toString('utf8')));
  } catch {
    return () => undefined;
  }
  const known = new Map(Object.entries(byRegistry));
  return (reference) => {
    const { domain } = parseImageReference(reference);
    const keys =
      domain === 'docker.io' ? ['https://index.docker.io/v1/', domain] : [domain, `https://${domain}`];
    const found = keys.map((key) => known.get(key)).find((value) => value !== undefined);
    return found === undefined
      ? undefined
      : parseRegistryAuth(Buffer.from(JSON.stringify(found)).toString('base64url'));
  };
}
