// A new name in the index and the record, and what happens when it cannot be written.
import { describe, expect, it } from 'vitest';
import { renameContainer } from '../../../runtime/engine/containers/container-rename.ts';
import { ContainerIndex } from '../../../runtime/engine/containers/container-names.ts';
import type { Container } from '../../../runtime/engine/containers/container.ts';
import { createEventBus } from '../../../runtime/engine/events/event-bus.ts';
import type { EventMessage } from '../../../runtime/engine/types.ts';
import { testContainer } from './test-container.ts';

async function renamed(names: readonly string[], to: string, save: () => Promise<void>) {
  const index = new ContainerIndex<Container>();
  const containers = names.map((name) => testContainer(name));
  for (const container of containers) {
    index.reserve(container.name, container.id);
    index.add(container);
  }
  const events = createEventBus();
  const seen: EventMessage[] = [];
  const leave = new AbortController();
  const listening = events.subscribe({ filters: new Map(), signal: leave.signal }, (event) => {
    seen.push(event);
  });
  const [first] = containers;
  if (first === undefined) throw new Error('no container');
  const error = await renameContainer(
    { index, events, networks: { byId: () => undefined } },
    { save },
    first,
    to,
  ).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  await new Promise((resolve) => setImmediate(resolve));
  leave.abort();
  await listening;
  return { index, first, seen, error };
}

describe('a rename', () => {
  it('frees the old name and tells of both', async () => {
    const { index, first, seen } = await renamed(['old'], '/new', () => Promise.resolve());
    expect(index.find('new')).toBe(first);
    expect(() => index.find('old')).toThrow('No such container: old');
    expect(seen.map(({ Action, Actor }) => [Action, Actor.Attributes])).toMatchObject([
      ['rename', { name: 'new', oldName: '/old' }],
    ]);
  });

  it('does not take the name of another', async () => {
    const { index, first, error, seen } = await renamed(['old', 'other'], 'other', () => Promise.resolve());
    expect(error).toMatchObject({
      kind: 'conflict',
      message: expect.stringMatching(
        /^Error when allocating new name: Conflict\. The container name "\/other" is already in use by container "[0-9a-f]{64}"\. You have/,
      ),
    });
    expect(index.find('old')).toBe(first);
    expect(index.find('other')).not.toBe(first);
    expect(seen).toEqual([]);
  });

  it('keeps the old name when the new one cannot be written', async () => {
    const { index, first, error } = await renamed(['old'], 'new', () =>
      Promise.reject(new Error('disk full')),
    );
    expect(error).toMatchObject({ message: 'disk full' });
    expect(first.name).toBe('old');
    expect(index.find('old')).toBe(first);
    expect(() => index.find('new')).toThrow('No such container: new');
  });
});
