// `/containers`: queries to the container service and its answers back.
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { EngineError, messageOf } from '../errors.ts';
import { pruneFilterNames } from '../prune-filter.ts';
import type { ContainerFilesService, AttachRequest, ContainerService, ImageService } from '../services.ts';
import {
  containerConfig,
  containerCreateBody,
  containerUpdateBody,
  hostConfig,
  type HostConfig,
} from '../types.ts';
import { farewell, streamType } from './hijack.ts';
import { checkPlatform } from './platform.ts';
import type { Query } from './query.ts';
import { sendEmpty, sendError, sendJson } from './reply.ts';
import { gateCreate } from './request-gates.ts';
import type { Call, Route } from './route.ts';
import { containerInspectJson, containerSummaryJson } from './shape.ts';

const listFilterNames: ReadonlySet<string> = new Set(
  'ancestor before exited expose health id is-task isolation label name network publish since status volume'.split(
    ' ',
  ),
);

const noConfig = 'config cannot be empty in order to create a container';

/** The keys of a body that make up the container's config. */
const configKeys: ReadonlySet<string> = new Set(Object.keys(containerConfig.shape));

/** Fields of HostConfig once stood beside those of the config, and docker-py still says Runtime there. */
function withHostFields(body: unknown): unknown {
  if (typeof body !== 'object' || body === null) return body;
  const beside = Object.entries(body).filter(([name]) => Object.hasOwn(hostConfig.shape, name));
  if (beside.length === 0) return body;
  const host: unknown = 'HostConfig' in body ? body.HostConfig : undefined;
  return {
    ...body,
    HostConfig: { ...Object.fromEntries(beside), ...(typeof host === 'object' ? host : {}) },
  };
}

/** A create body; one without a single field of the config is refused as Docker refuses it. */
const createBody = z
  .unknown()
  .refine(
    (body) =>
      typeof body === 'object' && body !== null && Object.keys(body).some((key) => configKeys.has(key)),
    { error: noConfig },
  )
  .transform(withHostFields)
  .pipe(containerCreateBody);

/** The routes of `/containers`. */
export function containerRoutes(
  containers: ContainerService,
  files: ContainerFilesService,
  images: ImageService,
): Route[] {
  return [
    { method: 'GET', pattern: '/containers/json', handle: (call) => list(containers, files, call) },
    { method: 'POST', pattern: '/containers/create', handle: (call) => create(containers, images, call) },
    { method: 'GET', pattern: '/containers/{name}/json', handle: (call) => inspect(containers, files, call) },
    { method: 'GET', pattern: '/containers/{name}/logs', handle: (call) => logs(containers, call) },
    { method: 'POST', pattern: '/containers/{name}/attach', handle: (call) => attach(containers, call) },
    {
      method: 'GET',
      pattern: '/containers/{name}/attach/ws',
      handle: (call) => attachByWebSocket(containers, call),
    },
    { method: 'POST', pattern: '/containers/{name}/wait', handle: (call) => wait(containers, call) },
    {
      method: 'POST',
      pattern: '/containers/{name}/start',
      handle: async ({ name, query, request, response }) => {
        query.refuse('checkpoint', 'starting from a checkpoint is not implemented');
        const { 'content-length': length = '0', 'transfer-encoding': encoding } = request.headers;
        if (Number(length) > 7 || encoding !== undefined) {
          throw new EngineError(
            'invalid',
            'starting container with non-empty request body was deprecated since API v1.22 and removed in v1.24',
          );
        }
        request.resume();
        await containers.start(name, query.text('detachKeys'));
        sendEmpty(response, 204);
      },
    },
    {
      method: 'POST',
      pattern: '/containers/{name}/stop',
      handle: async ({ name, query, minor, request, response }) => {
        request.resume();
        await containers.stop(name, endSignal(query, minor), query.integer('t'));
        sendEmpty(response, 204);
      },
    },
    {
      method: 'POST',
      pattern: '/containers/{name}/restart',
      handle: async ({ name, query, minor, request, response }) => {
        request.resume();
        await containers.restart(name, endSignal(query, minor), query.integer('t'));
        sendEmpty(response, 204);
      },
    },
    {
      method: 'POST',
      pattern: '/containers/{name}/kill',
      handle: async ({ name, query, request, response }) => {
        request.resume();
        await containers.kill(name, query.text('signal') ?? 'SIGKILL');
        sendEmpty(response, 204);
      },
    },
    {
      method: 'POST',
      pattern: '/containers/prune',
      handle: async ({ query, request, response }) => {
        request.resume();
        sendJson(response, 200, await containers.prune(query.filters(pruneFilterNames)));
      },
    },
    {
      method: 'POST',
      pattern: '/containers/{name}/update',
      handle: async (call) => {
        const { name, minor, response } = call;
        const asked = await call.json(hostConfig);
        const body = containerUpdateBody.parse(asked);
        // 1.40 is the first that can change it; older clients send what they do not mean.
        const update = minor < 40 ? { ...body, PidsLimit: null } : body;
        const { Warnings } = await containers.update(name, update);
        const all = [...Warnings, ...withoutEffect(asked)];
        sendJson(response, 200, { Warnings: all.length > 0 ? all : null });
      },
    },
    { method: 'GET', pattern: '/containers/{name}/stats', handle: (call) => stats(containers, call) },
    {
      method: 'GET',
      pattern: '/containers/{name}/top',
      handle: async ({ name, query, response }) =>
        sendJson(response, 200, await containers.top(name, query.text('ps_args') ?? '')),
    },
    {
      method: 'POST',
      pattern: '/containers/{name}/pause',
      handle: async ({ name, request, response }) => {
        request.resume();
        await containers.pause(name);
        sendEmpty(response, 204);
      },
    },
    {
      method: 'POST',
      pattern: '/containers/{name}/unpause',
      handle: async ({ name, request, response }) => {
        request.resume();
        await containers.unpause(name);
        sendEmpty(response, 204);
      },
    },
    {
      method: 'POST',
      pattern: '/containers/{name}/rename',
      handle: async ({ name, query, request, response }) => {
        request.resume();
        await containers.rename(name, query.text('name'));
        sendEmpty(response, 204);
      },
    },
    {
      method: 'POST',
      pattern: '/containers/{name}/resize',
      handle: async ({ name, query, request, response }) => {
        request.resume();
        await containers.resize(name, query.terminalSide('h'), query.terminalSide('w'));
        sendEmpty(response, 200);
      },
    },
    {
      method: 'DELETE',
      pattern: '/containers/{name}',
      handle: async ({ name, query, response }) => {
        const options = { force: query.flag('force'), volumes: query.flag('v'), link: query.flag('link') };
        await containers.remove(name, options);
        sendEmpty(response, 204);
      },
    },
  ];
}

/** The signal that a stop or a restart begins with; a parameter since 1.42. */
function endSignal(query: Query, minor: number): string | undefined {
  return minor >= 42 ? query.text('signal') : undefined;
}

const nothingAsked = hostConfig.parse({});

/** What an update asks for and no update changes: Docker is silent about it. */
function withoutEffect(asked: HostConfig): string[] {
  const fields = Object.keys(hostConfig.shape) as (keyof HostConfig)[];
  return fields
    .filter((field) => !(field in containerUpdateBody.shape))
    .filter((field) => JSON.stringify(asked[field]) !== JSON.stringify(nothingAsked[field]))
    .map((field) => `An update does not change ${field}: it was discarded.`);
}

async function list(
  containers: ContainerService,
  files: ContainerFilesService,
  { query, minor, response }: Call,
): Promise<void> {
  const limit = query.integer('limit');
  const found = await containers.list({
    all: query.flag('all'),
    limit: limit !== undefined && limit > 0 ? limit : undefined,
    filters: query.filters(listFilterNames),
  });
  const sizes = query.flag('size') ? await files.sizes(found.map(({ Id }) => Id)) : undefined;
  sendJson(
    response,
    200,
    found.map((container) =>
      containerSummaryJson(
        sizes === undefined ? container : { ...container, ...sizes.get(container.Id) },
        minor,
      ),
    ),
  );
}

async function create(containers: ContainerService, images: ImageService, call: Call): Promise<void> {
  const { body, warnings } = gateCreate(await call.requiredJson(createBody, noConfig), call.minor);
  const platform = call.minor >= 41 ? call.query.text('platform') : undefined;
  if (platform !== undefined) await checkPlatform(images, body.Image, platform);
  const { Id, Warnings } = await containers.create(call.query.text('name'), body);
  sendJson(call.response, 201, { Id, Warnings: [...warnings, ...Warnings] });
}

async function inspect(
  containers: ContainerService,
  files: ContainerFilesService,
  { name, query, minor, response }: Call,
): Promise<void> {
  const container = await containers.inspect(name);
  const size = query.flag('size') ? (await files.sizes([container.Id])).get(container.Id) : undefined;
  sendJson(response, 200, containerInspectJson({ ...container, ...size }, minor));
}

async function logs(containers: ContainerService, call: Call): Promise<void> {
  const { name, query, minor, response, signal } = call;
  const stdout = query.flag('stdout');
  const stderr = query.flag('stderr');
  if (!stdout && !stderr) {
    throw new EngineError('invalid', 'Bad parameters: you must choose at least one stream');
  }
  const tail = query.text('tail');
  const output = await containers.logs(
    name,
    {
      stdout,
      stderr,
      follow: query.flag('follow'),
      timestamps: query.flag('timestamps'),
      details: query.flag('details'),
      // Docker takes whatever is not a number for "all".
      tail: tail !== undefined && /^\d{1,15}$/.test(tail) ? Number(tail) : undefined,
      since: query.time('since'),
      // Docker: 0 is no time, which is what clients say that ask for none.
      until: query.text('until') === '0' ? undefined : query.time('until'),
    },
    signal,
  );
  response.writeHead(200, { 'Content-Type': streamType(output.tty, minor) });
  response.flushHeaders();
  try {
    await pipeline(output.stream, response);
  } catch (error) {
    // The end of the client is the end of its stream; only a failure of ours is worth a word.
    if (!signal.aborted) throw error;
  }
}

async function stats(containers: ContainerService, call: Call): Promise<void> {
  const { name, query, minor, response, signal } = call;
  // Docker streams unless it is told not to.
  const stream = query.given('stream') ? query.flag('stream') : true;
  const oneShot = minor >= 41 && query.flag('one-shot');
  const samples = await containers.stats(name, { stream, oneShot }, signal);
  response.writeHead(200, { 'Content-Type': 'application/json' });
  response.flushHeaders();
  const lines = async function* () {
    for await (const sample of samples) yield `${JSON.stringify(sample)}\n`;
  };
  try {
    await pipeline(lines, response);
  } catch (error) {
    // The end of the client is the end of its stream; only a failure of ours is worth a word.
    if (!signal.aborted) throw error;
  }
}

async function attach(containers: ContainerService, call: Call): Promise<void> {
  const { name, query, minor } = call;
  // dockerode sends its options as a body, too.
  await call.discardBody();
  const { tty, connect } = await containers.attach(name, { ...attachRequest(query), framed: true });
  const connection = call.hijack(streamType(tty, minor));
  try {
    await connect(connection);
  } catch {
    // The streams broke; that the connection ends is all that can be said on it.
    connection.destroy();
  }
  farewell(connection);
}

function attachRequest(query: Query): Omit<AttachRequest, 'framed'> {
  return {
    stdin: query.flag('stdin'),
    stdout: query.flag('stdout'),
    stderr: query.flag('stderr'),
    logs: query.flag('logs'),
    stream: query.flag('stream'),
    detachKeys: query.text('detachKeys'),
  };
}

/** Attaches by websocket: output as it comes, without frames. */
async function attachByWebSocket(containers: ContainerService, call: Call): Promise<void> {
  const { name, query, minor } = call;
  const { connect } = await containers.attach(name, { ...attachRequest(query), framed: false });
  const connection = await call.webSocket(minor >= 28);
  try {
    await connect(connection);
  } catch {
    // As above: its end is all that can be said.
    connection.destroy();
  }
  farewell(connection);
}

async function wait(
  containers: ContainerService,
  { name, query, minor, request, response, signal }: Call,
): Promise<void> {
  // Until 1.30 there was one condition, and the answer began when it was met.
  const asked = (minor >= 30 ? query.text('condition') : undefined) ?? 'not-running';
  if (asked !== 'not-running' && asked !== 'next-exit' && asked !== 'removed') {
    throw new EngineError('invalid', `invalid condition: ${JSON.stringify(asked)}`);
  }
  request.resume();
  // Clients start the container only once they have these headers.
  const ready = (): void => {
    if (response.headersSent || minor < 30) return;
    response.writeHead(200, { 'Content-Type': 'application/json' });
    response.flushHeaders();
  };
  try {
    const result = await containers.wait(name, asked, ready, signal);
    if (!response.headersSent) response.writeHead(200, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify(result) + '\n');
  } catch (error) {
    if (signal.aborted) return;
    if (!response.headersSent) return sendError(response, error);
    response.end(JSON.stringify({ StatusCode: 125, Error: { Message: messageOf(error) } }) + '\n');
  }
}
