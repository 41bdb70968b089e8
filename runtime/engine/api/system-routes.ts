// Ping, version, info and events.
import { once } from 'node:events';
import { EngineError } from '../errors.ts';
import { eventFilterNames } from '../events/event-filter.ts';
import type { EventBus, SystemService } from '../services.ts';
import { sendJson } from './reply.ts';
import type { Call, Route } from './route.ts';
import { eventLine, infoJson } from './shape.ts';

/** Bytes of events that may wait for a client; one that is slower is cut, so that it knows of its gap. */
const slowClientBytes = 4 * 1024 * 1024;

/** The routes that are about the engine itself. */
export function systemRoutes(system: SystemService, events: EventBus): Route[] {
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
  ];
}

function ping({ request, response }: Call): void {
  const body = request.method === 'HEAD' ? '' : 'OK';
  response.writeHead(200, {
    // The classic builder is the only one; clients choose by this header.
    'Builder-Version': '1',
    Swarm: 'inactive',
    'Cache-Control': 'no-cache, no-store, must-revalidate',
    Pragma: 'no-cache',
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': body.length,
  });
  response.end(body);
}

async function streamEvents(events: EventBus, { query, response, signal }: Call): Promise<void> {
  const since = query.time('since');
  const until = query.time('until');
  if (since !== undefined && until !== undefined && until < since) {
    throw new EngineError(
      'invalid',
      `\`since\` time (${query.text('since') ?? ''}) cannot be after \`until\` time (${query.text('until') ?? ''})`,
    );
  }
  const filters = query.filters(eventFilterNames);
  response.writeHead(200, { 'Content-Type': 'application/json' });
  response.flushHeaders();
  await events.subscribe(
    { ...(since === undefined ? {} : { since }), ...(until === undefined ? {} : { until }), filters, signal },
    (event) => {
      if (response.destroyed) return;
      response.write(eventLine(event));
      if (response.writableLength > slowClientBytes) response.destroy();
    },
  );
  if (signal.aborted) return;
  response.end();
  await once(response, 'close');
}
