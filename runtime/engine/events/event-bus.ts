// The engine's events: stamped, kept in a ring as Docker keeps them, and given to whoever listens. Nothing is
// delivered twice or out of order; a listener that publishes is served after the event it was called for.
import { randomBytes } from 'node:crypto';
import { EngineError } from '../errors.ts';
import { longestTimerMs } from '../longest-timer.ts';
import type { EventBus, Filters } from '../services.ts';
import { untrustedMap, type EventMessage } from '../types.ts';
import { includesEvent } from './event-filter.ts';

/** How many events can be replayed; Docker keeps as many. */
const ringSize = 256;

interface Listener {
  readonly filters: Filters;
  /** Events up to this number were replayed. */
  readonly after: number;
  readonly until: bigint | undefined;
  readonly deliver: (event: EventMessage) => void;
}

/** An {@link EventBus} with its own clock, which never stands still or goes back. `now` is in nanoseconds. */
export function createEventBus(
  now: () => bigint = () => BigInt(Date.now()) * 1_000_000n + (process.hrtime.bigint() % 1_000_000n),
): EventBus {
  const life = randomBytes(8).toString('hex');
  const ring: EventMessage[] = [];
  const listeners = new Set<Listener>();
  const waiting: EventMessage[] = [];
  let delivering = false;
  let sequence = 0;
  let lastNano = 0n;

  const deliverAll = (): void => {
    if (delivering) return;
    delivering = true;
    try {
      for (let event = waiting.shift(); event !== undefined; event = waiting.shift()) {
        for (const listener of [...listeners]) {
          if (!listeners.has(listener) || event.sequence <= listener.after) continue;
          if (listener.until !== undefined && event.timeNano > listener.until) continue;
          if (includesEvent(event, listener.filters)) listener.deliver(event);
        }
      }
    } finally {
      delivering = false;
    }
  };

  return {
    life,

    get sequence() {
      return sequence;
    },

    get listeners() {
      return listeners.size;
    },

    publish(event) {
      const wall = now();
      lastNano = wall > lastNano ? wall : lastNano + 1n;
      const legacy =
        event.type === 'container' || event.type === 'image' ? { status: event.action, id: event.id } : {};
      const from = event.attributes['image'];
      const stamped: EventMessage = {
        ...legacy,
        ...(event.type === 'container' && from !== undefined ? { from } : {}),
        Type: event.type,
        Action: event.action,
        Actor: { ID: event.id, Attributes: untrustedMap(Object.entries(event.attributes)) },
        scope: event.scope ?? 'local',
        time: Number(lastNano / 1_000_000_000n),
        timeNano: lastNano,
        sequence: ++sequence,
      };
      ring.push(stamped);
      if (ring.length > ringSize) ring.shift();
      waiting.push(stamped);
      deliverAll();
    },

    demandKept(ofLife, after) {
      if (ofLife !== life) {
        throw new EngineError(
          'conflict',
          'the engine was started anew: its events are numbered from 1 again',
        );
      }
      const kept = sequence - ring.length;
      if (after >= kept && after <= sequence) return;
      throw new EngineError(
        'conflict',
        `events after number ${String(after)} cannot be told: those after ${String(kept)} are kept, the latest is ${String(sequence)}`,
      );
    },

    subscribe({ since, after: known, until, filters, signal }, deliver) {
      return new Promise<void>((resolve) => {
        if (signal.aborted) return resolve();
        let timer: NodeJS.Timeout | undefined;
        // What still waits for delivery comes with the replay, or, without one, is new to this listener.
        const replayed = since !== undefined || known !== undefined || until !== undefined;
        const after = replayed ? sequence : sequence - waiting.length;
        const listener: Listener = { filters, after, until, deliver };
        const end = (): void => {
          clearTimeout(timer);
          listeners.delete(listener);
          signal.removeEventListener('abort', end);
          resolve();
        };
        signal.addEventListener('abort', end);
        listeners.add(listener);
        if (replayed) {
          for (const message of [...ring]) {
            if (known !== undefined && message.sequence <= known) continue;
            if (since !== undefined && message.timeNano < since) continue;
            if (until !== undefined && message.timeNano > until) continue;
            if (includesEvent(message, filters)) deliver(message);
          }
        }
        if (until !== undefined) timer = endAt(until, now, end, (later) => (timer = later));
      });
    },
  };
}

/** Calls `end` at `until`, however far that is. */
function endAt(
  until: bigint,
  now: () => bigint,
  end: () => void,
  replace: (timer: NodeJS.Timeout) => void,
): NodeJS.Timeout | undefined {
  const leftMs = Number((until - now()) / 1_000_000n);
  if (leftMs <= 0) {
    end();
    return undefined;
  }
  return setTimeout(
    () => {
      const next = endAt(until, now, end, replace);
      if (next !== undefined) replace(next);
    },
    Math.min(leftMs + 1, longestTimerMs),
  );
}
