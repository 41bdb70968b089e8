// The event bus: order, replay, filters, ends.
import { describe, expect, it } from 'vitest';
import { createEventBus } from '../../../runtime/engine/events/event-bus.ts';
import type { Filters } from '../../../runtime/engine/services.ts';
import type { EventMessage } from '../../../runtime/engine/types.ts';

const filters = (value: Record<string, readonly string[]>): Filters => new Map(Object.entries(value));

/** Publishes starts of containers named by these letters. */
function publishAll(bus: ReturnType<typeof createEventBus>, names: string): void {
  for (const name of names) {
    bus.publish({
      type: 'container',
      action: 'start',
      id: `id-${name}`,
      attributes: { name, image: 'repo:tag', colour: name },
    });
  }
}

/** What a listener with these options gets of what is already published. */
async function replay(
  bus: ReturnType<typeof createEventBus>,
  options: { since?: bigint; until?: bigint; filters?: Filters },
): Promise<string[]> {
  const seen: EventMessage[] = [];
  const stop = new AbortController();
  const ended = bus.subscribe({ filters: new Map(), since: 0n, ...options, signal: stop.signal }, (event) =>
    seen.push(event),
  );
  stop.abort();
  await ended;
  return seen.map((event) => event.Actor.Attributes['name'] ?? '');
}

describe('the event bus', () => {
  it('stamps events with times that only grow, even when the clock stands still or goes back', async () => {
    const times = [5n, 5n, 3n, 9n];
    const bus = createEventBus(() => times.shift() ?? 0n);
    publishAll(bus, 'abcd');
    const seen: bigint[] = [];
    const stop = new AbortController();
    void bus.subscribe({ since: 0n, filters: new Map(), signal: stop.signal }, (event) =>
      seen.push(event.timeNano),
    );
    stop.abort();
    expect(seen).toEqual([5n, 6n, 7n, 9n]);
  });

  it('numbers events from 1 without a gap, whoever listens', async () => {
    const bus = createEventBus();
    publishAll(bus, 'ab');
    const seen: number[] = [];
    const stop = new AbortController();
    void bus.subscribe({ since: 0n, filters: new Map(), signal: stop.signal }, (event) =>
      seen.push(event.sequence),
    );
    publishAll(bus, 'c');
    stop.abort();
    expect(seen).toEqual([1, 2, 3]);
  });

  it('goes on after a number, and says when it no longer can', async () => {
    const bus = createEventBus();
    publishAll(bus, 'abc');
    bus.demandKept(bus.life, 0);
    const seen: number[] = [];
    const stop = new AbortController();
    void bus.subscribe({ after: 1, filters: new Map(), signal: stop.signal }, (event) =>
      seen.push(event.sequence),
    );
    publishAll(bus, 'd');
    stop.abort();
    expect(seen).toEqual([2, 3, 4]);
    expect(() => bus.demandKept(bus.life, 5)).toThrow(/the latest is 4/);
    expect(() => bus.demandKept(createEventBus().life, 4)).toThrow(/started anew/);
    publishAll(bus, 'e'.repeat(256));
    bus.demandKept(bus.life, 4);
    expect(() => bus.demandKept(bus.life, 3)).toThrow(/those after 4 are kept, the latest is 260/);
  });

  it('replays from since to until, and nothing when neither is asked for', async () => {
    let clock = 0n;
    const bus = createEventBus(() => ++clock);
    publishAll(bus, 'abcd');
    expect(await replay(bus, { since: 2n })).toEqual(['b', 'c', 'd']);
    expect(await replay(bus, { since: 2n, until: 3n })).toEqual(['b', 'c']);
    const seen: EventMessage[] = [];
    const stop = new AbortController();
    void bus.subscribe({ filters: new Map(), signal: stop.signal }, (event) => seen.push(event));
    expect(seen).toEqual([]);
    publishAll(bus, 'e');
    stop.abort();
    publishAll(bus, 'f');
    expect(seen.map((event) => event.Actor.ID)).toEqual(['id-e']);
  });

  it('keeps the last 256', async () => {
    const bus = createEventBus();
    publishAll(bus, 'x'.repeat(10) + 'y'.repeat(256));
    expect(new Set(await replay(bus, {}))).toEqual(new Set(['y']));
  });

  it('ends at until', async () => {
    const bus = createEventBus();
    const soon = BigInt(Date.now() + 20) * 1_000_000n;
    await bus.subscribe(
      { until: soon, filters: new Map(), signal: new AbortController().signal },
      () => undefined,
    );
    expect(bus.listeners).toBe(0);
  });

  it('serves a listener that publishes after the event it was called for', () => {
    const bus = createEventBus();
    const seen: string[] = [];
    const stop = new AbortController();
    const listen = (tag: string) =>
      void bus.subscribe({ filters: new Map(), signal: stop.signal }, (event) => {
        seen.push(`${tag} ${event.Actor.ID}`);
        if (tag === 'first' && event.Actor.ID === 'id-a') publishAll(bus, 'b');
      });
    listen('first');
    listen('second');
    publishAll(bus, 'a');
    stop.abort();
    expect(seen).toEqual(['first id-a', 'second id-a', 'first id-b', 'second id-b']);
  });

  it.each([
    [{ type: ['container'] }, 'ab'],
    [{ type: ['image'] }, ''],
    [{ type: ['image', 'container'] }, 'ab'],
    [{ event: ['start'] }, 'ab'],
    [{ event: ['sta'] }, ''],
    [{ container: ['id-a'] }, 'a'],
    [{ container: ['b'] }, 'b'],
    [{ image: ['repo'] }, 'ab'],
    [{ image: ['repo:tag'] }, 'ab'],
    [{ image: ['other'] }, ''],
    [{ label: ['colour'] }, 'ab'],
    [{ label: ['colour=a'] }, 'a'],
    [{ label: ['__proto__'] }, ''],
    [{ type: ['container'], container: ['nosuch'] }, ''],
    [{ scope: ['swarm'] }, ''],
  ])('filters by %j', async (value, expected) => {
    const bus = createEventBus();
    publishAll(bus, 'ab');
    expect((await replay(bus, { filters: filters(value) })).join('')).toBe(expected);
  });
});
