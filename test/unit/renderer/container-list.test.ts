// Which containers and images are listed, in which order, and what keeps its identity when the model changes.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ContainerModel, ImageModel } from '../../../runtime/contract/model.ts';
import { projectsOf } from '../../../renderer/src/pages/containers/compose-project.ts';
import {
  ContainerLister,
  projectOfRow,
  projectRow,
  type ListQuery,
} from '../../../renderer/src/pages/containers/container-list.ts';
import { canDo, containerStatus } from '../../../renderer/src/pages/containers/container-status.ts';
import { publishedPorts, unpublishedPorts } from '../../../renderer/src/pages/containers/published-port.ts';
import { listImages } from '../../../renderer/src/pages/images/image-list.ts';
import { familiar, isHere, isReference } from '../../../renderer/src/pages/images/image-reference.ts';
import { changed } from '../../../renderer/src/state/model-store.ts';
import { containerModel } from '../../fixtures/container-model.ts';

const container = (name: string, part: Partial<ContainerModel> = {}): ContainerModel =>
  containerModel(name, {
    image: 'busybox:latest',
    imageId: 'sha256:0',
    command: 'sh',
    createdMs: 1000,
    startedMs: 2000,
    ...part,
  });

function image(tags: readonly string[], part: Partial<ImageModel> = {}): ImageModel {
  return {
    id: `sha256:${tags[0] ?? 'f00d'}`,
    tags,
    createdMs: 0,
    sizeBytes: 1,
    sharedBytes: null,
    containers: 0,
    labels: {},
    ...part,
  };
}

const byId = <T extends { readonly id: string }>(...values: readonly T[]) =>
  new Map(values.map((one) => [one.id, one]));

const plainQuery: ListQuery = {
  text: '',
  which: 'all',
  column: 'name',
  ascending: true,
  grouped: false,
  folded: new Set(),
};

describe('the order of containers', () => {
  const all = byId(
    container('web-10', {
      ports: [{ protocol: 'tcp', containerPort: 80, hostIp: '', hostPort: 9000 }],
      startedMs: 3000,
    }),
    container('web-2', {
      ports: [{ protocol: 'tcp', containerPort: 80, hostIp: '', hostPort: 8000 }],
      startedMs: 1000,
    }),
    container('db', { state: 'exited', exitCode: 1, image: 'postgres:16', startedMs: 500 }),
  );
  const list = (
    ...rest: [
      text: string,
      which: 'all' | 'running' | 'stopped',
      column: ListQuery['column'],
      ascending: boolean,
    ]
  ) => {
    const [text, which, column, ascending] = rest;
    const lister = new ContainerLister({ ...plainQuery, text, which, column, ascending });
    return lister.list(all).rows.map((id) => id.slice(3));
  };
  it('orders names as people count', () =>
    expect(list('', 'all', 'name', true)).toEqual(['db', 'web-2', 'web-10']));
  it('orders by port, those without last', () =>
    expect(list('', 'all', 'ports', true)).toEqual(['web-2', 'web-10', 'db']));
  it('orders the longest up first', () =>
    expect(list('', 'all', 'up', true)).toEqual(['web-2', 'web-10', 'db']));
  it('reverses', () => expect(list('', 'all', 'name', false)).toEqual(['web-10', 'web-2', 'db']));
  it('filters by every word', () => {
    expect(list('WEB 8000', 'all', 'name', true)).toEqual(['web-2']);
    expect(list('postgres', 'running', 'name', true)).toEqual([]);
    expect(list('', 'stopped', 'name', true)).toEqual(['db']);
  });
});

describe('the listing, kept up with the model', () => {
  const ids = (...names: readonly string[]) => names.map((name) => `id-${name}`);

  it('is the same object while nothing moves', () => {
    const a = container('a');
    const lister = new ContainerLister(plainQuery);
    const first = lister.list(byId(a, container('b')));
    expect(lister.list(byId(a, container('b', { health: 'healthy' })))).toBe(first);
    expect(lister.list(byId(a, { ...container('b'), name: 'bb' }))).not.toBe(first);
  });

  it('shows by CPU as it was when it was taken', () => {
    const usage = new Map([
      ['id-a', 1],
      ['id-b', 70],
    ]);
    const lister = new ContainerLister({ ...plainQuery, column: 'cpu', ascending: false, usage });
    expect(lister.list(byId(container('a'), container('b'), container('c'))).rows).toEqual(
      ids('b', 'a', 'c'),
    );
  });

  it('is what a fresh sort gives, whatever changes', () => {
    const states = ['running', 'exited', 'paused'] as const;
    const one = fc.record({
      number: fc.integer({ min: 0, max: 30 }),
      name: fc.stringMatching(/^[a-c]{1,2}[0-9]{0,2}$/),
      state: fc.constantFrom(...states),
      project: fc.constantFrom('', 'shop', 'blog'),
      gone: fc.boolean(),
    });
    const query = fc.record({
      text: fc.constantFrom('', 'a', 'shop'),
      which: fc.constantFrom('all' as const, 'running' as const, 'stopped' as const),
      column: fc.constantFrom('name' as const, 'status' as const, 'up' as const, 'id' as const),
      ascending: fc.boolean(),
      grouped: fc.boolean(),
      folded: fc.constantFrom(new Set<string>(), new Set(['shop'])),
    });
    fc.assert(
      fc.property(query, fc.array(fc.array(one, { maxLength: 12 }), { maxLength: 8 }), (asked, steps) => {
        const lister = new ContainerLister(asked);
        let model: ReadonlyMap<string, ContainerModel> = new Map();
        for (const step of steps) {
          const next = new Map(model);
          for (const { number, name, state, project, gone } of step) {
            const id = `id-${number}`;
            const labels = { 'com.docker.compose.project': project };
            if (gone) next.delete(id);
            else next.set(id, { ...container(name, { state, labels, startedMs: number }), id });
          }
          model = next;
          expect(lister.list(model)).toEqual(new ContainerLister(asked).list(model));
        }
      }),
    );
  });
});

describe('Compose projects', () => {
  const of = (project: string, name: string, part: Partial<ContainerModel> = {}) =>
    container(name, { labels: { 'com.docker.compose.project': project }, ...part });
  const all = byId(
    container('alone'),
    of('shop', 'web'),
    of('shop', 'db', { state: 'exited' }),
    of('blog', 'nginx'),
  );
  const rows = (part: Partial<ListQuery>) =>
    new ContainerLister({ ...plainQuery, grouped: true, ...part }).list(all);

  it('stand together below a row of their own, before those on their own', () =>
    expect(rows({}).rows).toEqual([
      projectRow('blog'),
      'id-nginx',
      projectRow('shop'),
      'id-db',
      'id-web',
      'id-alone',
    ]));
  it('are in the order of their names, whatever sorts their members', () => {
    expect(rows({ column: 'status', ascending: false }).rows[0]).toBe(projectRow('blog'));
    expect(rows({ ascending: false }).rows[0]).toBe(projectRow('shop'));
  });
  it('fold, but are in the listing, and unfold for a text', () => {
    const folded = new Set(['shop']);
    expect(rows({ folded }).rows).not.toContain('id-web');
    expect(rows({ folded }).ids).toContain('id-web');
    expect(rows({ folded, text: 'web' }).rows).toEqual([projectRow('shop'), 'id-web']);
  });
  it('are found by their name', () => expect(rows({ text: 'shop' }).ids).toEqual(['id-db', 'id-web']));
  it('are counted', () =>
    expect(projectsOf(all).get('shop')).toEqual({ members: ['id-web', 'id-db'], running: 1 }));
  it('have rows of their own', () => {
    expect(projectOfRow(projectRow('a:b'))).toBe('a:b');
    expect(projectOfRow('0123abcd')).toBeUndefined();
  });
});

describe('containerStatus', () => {
  it.each<[Partial<ContainerModel>, string, string]>([
    [{}, 'running', 'running'],
    [{ health: 'healthy' }, 'running', 'healthy'],
    [{ health: 'unhealthy' }, 'warning', 'unhealthy'],
    [{ state: 'exited', exitCode: 0 }, 'stopped', 'exited 0'],
    [{ state: 'exited', exitCode: 137 }, 'failed', 'exited 137'],
    [{ state: 'created' }, 'stopped', 'created'],
    [{ state: 'created', error: 'no' }, 'failed', 'created'],
    [{ state: 'paused' }, 'paused', 'paused'],
    [{ state: 'dead' }, 'failed', 'dead'],
  ])('%j is %s, %s', (part, mark, text) =>
    expect(containerStatus(container('x', part))).toEqual({ mark, text }),
  );
  it.each([
    [137, 'stopped', 'stopped'],
    [143, 'stopped', 'stopped'],
    [1, 'failed', 'exited 1'],
    [0, 'stopped', 'exited 0'],
  ])('exit %i of a run that was asked to stop is %s, %s', (exitCode, mark, text) =>
    expect(containerStatus(container('x', { state: 'exited', exitCode }), true)).toEqual({ mark, text }),
  );
  it('knows what can be done', () => {
    const paused = container('x', { state: 'paused' });
    const exited = container('x', { state: 'exited' });
    const verbs = ['start', 'stop', 'restart', 'pause', 'unpause', 'kill', 'remove'] as const;
    expect(verbs.filter((verb) => canDo(verb, paused))).toEqual([
      'stop',
      'restart',
      'unpause',
      'kill',
      'remove',
    ]);
    expect(verbs.filter((verb) => canDo(verb, exited))).toEqual(['start', 'restart', 'remove']);
    expect(verbs.filter((verb) => canDo(verb, container('x', { state: 'removing' })))).toEqual([]);
  });
});

describe('ports', () => {
  const ports = [
    { protocol: 'tcp', containerPort: 80, hostIp: '::', hostPort: 8080 },
    { protocol: 'tcp', containerPort: 80, hostIp: '0.0.0.0', hostPort: 8080 },
    { protocol: 'udp', containerPort: 53, hostIp: '127.0.0.1', hostPort: 5353 },
    { protocol: 'tcp', containerPort: 9000 },
  ] as const;
  it('names a published port once, and links what a browser can open', () => {
    expect(publishedPorts(ports).map(({ text, link }) => [text, link])).toEqual([
      ['5353 → 53/udp', undefined],
      ['8080 → 80', 'http://localhost:8080/'],
    ]);
  });
  it('names what is only exposed', () => expect(unpublishedPorts(ports)).toEqual(['9000/tcp']));
});

describe('images', () => {
  it('lists untagged images last, and finds by any tag', () => {
    const all = byId(image([]), image(['b:1', 'alias:1'], { containers: 1 }), image(['a:1']));
    expect(listImages(all, '', 'all', 'reference', true)).toEqual([
      'sha256:a:1',
      'sha256:b:1',
      'sha256:f00d',
    ]);
    expect(listImages(all, 'alias', 'all', 'reference', true)).toEqual(['sha256:b:1']);
    expect(listImages(all, '', 'unused', 'reference', true)).toEqual(['sha256:a:1', 'sha256:f00d']);
  });
  it('puts the most shared first, and last what is not known', () => {
    const all = byId(
      image(['a:1'], { sharedBytes: 0 }),
      image(['b:1'], { sharedBytes: null }),
      image(['c:1'], { sharedBytes: 5 }),
    );
    const ids = ['sha256:c:1', 'sha256:a:1', 'sha256:b:1'];
    expect(listImages(all, '', 'all', 'shared', false)).toEqual(ids);
    expect(listImages(all, '', 'all', 'shared', true)).toEqual(ids.toReversed());
  });
  it.each([
    ['busybox', 'busybox:latest'],
    ['docker.io/library/busybox:1', 'busybox:1'],
    ['localhost:5000/a/b', 'localhost:5000/a/b:latest'],
  ])('%s is shown as %s', (reference, shown) => expect(familiar(reference)).toBe(shown));
  it('knows what is here', () => {
    const images = [image(['busybox:latest'], { id: 'sha256:abcdef0123' })];
    expect(['busybox', 'docker.io/busybox', 'abcdef', 'busybox:1'].map((one) => isHere(one, images))).toEqual(
      [true, true, true, false],
    );
  });
  it.each(['', 'a b', 'UPPER', 'a:b:c'])('%j is no reference', (text) =>
    expect(isReference(text)).toBe(false),
  );
});

describe('changed', () => {
  const before = byId(container('a'), container('b'));
  it('keeps the map when nothing differs, even after a reset', () => {
    const same = { set: [container('a'), container('b')], remove: [] };
    expect(changed(before, same, false)).toBe(before);
    expect(changed(before, same, true)).toBe(before);
    expect(changed(before, undefined, false)).toBe(before);
  });
  it('keeps the identity of what did not change', () => {
    const after = changed(
      before,
      { set: [container('a'), container('b', { state: 'paused' })], remove: [] },
      true,
    );
    expect(after).not.toBe(before);
    expect(after.get('id-a')).toBe(before.get('id-a'));
    expect(after.get('id-b')?.state).toBe('paused');
  });
  it('drops what is removed, and what a reset does not name', () => {
    expect([...changed(before, { set: [], remove: ['id-a'] }, false).keys()]).toEqual(['id-b']);
    expect([...changed(before, { set: [container('b')], remove: [] }, true).keys()]).toEqual(['id-b']);
  });
});
