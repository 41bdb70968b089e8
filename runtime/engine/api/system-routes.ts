// Ping, version, info and events.
import { once } from 'node:events';
import { EngineError } from '../errors.ts';
import { eventFilterNames } from '../events/event-filter.ts';
import type { EventBus, SwarmService, SystemService } from '../services.ts';
import { sendJson } from './reply.ts';
import type { Call, Route } from './route.ts';
import { eventLine, infoJson } from './shape.ts';

/** Bytes of events that may wait for a client; one that is slower is cut, so that it knows of its gap. */
const slowClientBytes = 4 * 1024 * 1024;

/** The routes that are about the engine itself. */
export function systemRoutes(system: SystemService, events: EventBus, swarm: SwarmService): Route[] {
  const ping = (call: Call): void => answerPing(call, swarm);
  return [
    { method: 'GET', pattern: '/_ping', handle: ping },
    { method: 'HEAD', pattern: '/_ping', handle: ping },
    {
      method: 'GET',
      pattern: '/version',
      handle: async ({ response }) => sendJson(response, 200, await system.version()),
    },
    {
      method: 'GET',
      pattern: '/info',
      handle: async ({ minor, response }) => sendJson(response, 200, infoJson(await system.info(), minor)),
    },
    { method: 'GET', pattern: '/events', handle: (call) => streamEvents(events, call) },
    { method: 'GET', pattern: '/berth/events', handle: (call) => resumeEvents(events, call) },
  ];
}

function answerPing({ request, response }: Call, { state }: Pick<SwarmService, 'state'>): void {
  const body = request.method === 'HEAD' ? '' : 'OK';
  response.writeHead(200, {
    // The classic builder is the only one; clients choose by this header.
    'Builder-Version': '1',
    Swarm: state === 'inactive' ? state : `active/${state}`,
    'Cache-Control': 'no-cache, no-store, must-revalidate',
    Pragma: 'no-cache',
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': body.length,
  });
  response.end(body);
}

async function streamEvents(events: EventBus, call: Call): Promise<void> {
  const { query } = call;
  const since = query.time('since');
  const asked = query.time('until');
  // Docker: -1 is no time, and what was before all time is what was until now.
  const wanted = asked === -1_000_000_000n ? undefined : asked;
  if (since !== undefined && wanted !== undefined && wanted < since) {
    throw new EngineError(
      'invalid',
      `\`since\` time (${query.text('since') ?? ''}) cannot be after \`until\` time (${query.text('until') ?? ''})`,
    );
  }
  const until = wanted !== undefined && wanted <= 0n ? BigInt(Date.now()) * 1_000_000n : wanted;
  const options = { ...(since === undefined ? {} : { since }), ...(until === undefined ? {} : { until }) };
  await sendEvents(events, options, '', call);
}

/**
 * Events by their number: first a line that says which life of the engine this is and the latest number, then each event
 * after number `after` of that life. 409 when the engine can no longer tell them all: then everything is to be asked for anew.
 */
async function resumeEvents(events: EventBus, call: Call): Promise<void> {
  const life = call.query.text('life');
  const after = call.query.integer('after');
  if ((life === undefined) !== (after === undefined)) {
    throw new EngineError('invalid', 'life and after, which the first line told, belong together');
  }
  if (life !== undefined && after !== undefined) events.demandKept(life, after);
  const head = `${JSON.stringify({ Life: events.life, Sequence: events.sequence })}\n`;
  await sendEvents(events, after === undefined ? {} : { after }, head, call);
}

/** Sends `head` and the events as lines, as long as there is a client, or until a time. */
async function sendEvents(
  events: EventBus,
  from: { since?: bigint; after?: number; until?: bigint },
  head: string,
  { query, response, signal }: Call,
): Promise<void> {
  const filters = query.filters(eventFilterNames);
  response.writeHead(200, { 'Content-Type': 'application/json' });
  response.flushHeaders();
  response.write(head);
  await events.subscribe({ ...from, filters, signal }, (event) => {
    if (response.destroyed) return;
    response.write(eventLine(event));
    if (response.writableLength > slowClientBytes) response.destroy();
  });
  if (signal.aborted) return;
  response.end();
  await once(response, 'close');
}
