import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { mkdtempSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { globToRegExp } from '../../../runtime/engine/images/image-views.ts';
import type { ProgressMessage } from '../../../runtime/engine/services.ts';
import { TestEngine } from './test-engine.ts';
import { archiveOf, blob, testImage, type TestImage } from './test-image.ts';
import { TestRegistry } from './test-registry.ts';

let registry: TestRegistry;
let engine: TestEngine;

beforeEach(async () => {
  registry = await TestRegistry.start();
  engine = await TestEngine.start({ hubOrigin: registry.origin });
});

afterEach(async () => {
  await engine.stop();
  await registry.stop();
});

async function pull(reference: string, image: TestImage): Promise<TestImage> {
  const [repository = '', tag = ''] = reference.split(':');
  registry.addImage(repository.includes('/') ? repository : `library/${repository}`, tag, image);
  await engine.pull(reference);
  return image;
}

const short = (id: string): string => id.slice(7, 19);
const remove = (name: string, force = false) => engine.images.remove(name, { force, noprune: false });
const names = async (filters: Record<string, string[]> = {}): Promise<string[]> => {
  const list = await engine.images.list({
    all: false,
    filters: new Map(Object.entries(filters)),
    sharedSize: false,
  });
  return list.flatMap((image) => (image.RepoTags.length === 0 ? ['<none>'] : image.RepoTags));
};

describe('finding an image', () => {
  it('goes by name, digest, id, and the beginning of an id', async () => {
    const image = await pull('busybox:latest', testImage(['one']));
    for (const typed of [
      'busybox',
      'busybox:latest',
      'docker.io/library/busybox',
      `busybox@${image.manifest.digest}`,
      `busybox@${image.id}`,
      image.id,
      image.id.slice(7),
      short(image.id),
      image.id.slice(0, 20),
    ]) {
      expect((await engine.images.inspect(typed)).Id).toBe(image.id);
    }
  });

  const missing: readonly [typed: string, kind: string, message: string][] = [
    ['nope', 'notFound', 'No such image: nope:latest'],
    ['me/nope:1', 'notFound', 'No such image: me/nope:1'],
    ['docker.io/library/nope', 'notFound', 'No such image: nope:latest'],
    ['a'.repeat(64), 'notFound', `No such image: sha256:${'a'.repeat(64)}`],
    ['ff', 'notFound', 'No such image: ff:latest'],
    ['Bad', 'invalid', 'invalid reference format: repository name must be lowercase'],
    ['a b', 'invalid', 'invalid reference format'],
  ];
  it.each(missing)('%s is %s', async (typed, kind, message) => {
    await expect(engine.images.runnable(typed)).rejects.toMatchObject({ kind, message });
    await expect(remove(typed)).rejects.toMatchObject({ kind, message });
  });
});

describe('the list', () => {
  beforeEach(async () => {
    await pull('old:1', testImage(['old'], { image: { created: '2020-01-01T00:00:00Z' } }));
    await pull('me/app:2', testImage(['app', 'old'], { config: { Labels: { a: 'b', __proto__x: '1' } } }));
    await pull('old:2', testImage(['new'], { image: { created: '2030-01-01T00:00:00Z' } }));
  });

  const table: readonly [filters: Record<string, string[]>, expected: string[]][] = [
    [{}, ['old:2', 'me/app:2', 'old:1']],
    [{ reference: ['old'] }, ['old:2', 'old:1']],
    [{ reference: ['*:2'] }, ['old:2']],
    [{ reference: ['*/*'] }, ['me/app:2']],
    [{ reference: ['old:1', 'me/*'] }, ['me/app:2', 'old:1']],
    [{ label: ['a'] }, ['me/app:2']],
    [{ label: ['a=b'] }, ['me/app:2']],
    [{ label: ['a=c'] }, []],
    [{ label: ['constructor'] }, []],
    [{ 'label!': ['a'] }, ['old:2', 'old:1']],
    [{ before: ['old:2'] }, ['me/app:2', 'old:1']],
    [{ since: ['old:1'] }, ['old:2', 'me/app:2']],
    [{ until: ['2025-01-01T00:00:00Z'] }, ['old:1']],
    [{ dangling: ['true'] }, []],
    [{ dangling: ['false'] }, ['old:2', 'me/app:2', 'old:1']],
  ];
  it.each(table)('%j', async (filters, expected) => {
    expect(await names(filters)).toEqual(expected);
  });

  it('refuses filters it does not know, and values that mean nothing', async () => {
    await expect(names({ foo: ['x'] })).rejects.toMatchObject({
      kind: 'invalid',
      message: "invalid filter 'foo'",
    });
    await expect(names({ dangling: ['maybe'] })).rejects.toMatchObject({ kind: 'invalid' });
    await expect(names({ until: ['maybe'] })).rejects.toMatchObject({ kind: 'invalid' });
    await expect(names({ reference: ['['] })).rejects.toMatchObject({ kind: 'invalid' });
    await expect(names({ before: ['nope'] })).rejects.toMatchObject({ kind: 'notFound' });
  });

  it('shows an image whose name was taken as dangling', async () => {
    await engine.images.tag('old:1', 'old', '2');
    expect(await names({ dangling: ['true'] })).toEqual(['<none>']);
  });

  it('counts containers and shared bytes when asked', async () => {
    await pull('me/other:1', testImage(['app', 'other']));
    engine.images.setUsage(() => [{ id: 'c', name: 'c', running: false }]);
    const [image] = await engine.images.list({
      all: false,
      filters: new Map([['reference', ['me/other']]]),
      sharedSize: true,
    });
    expect(image).toMatchObject({ Containers: 1, Labels: { maker: 'tests' }, Created: 1767323045 });
    expect(image?.Size).toBe((image?.SharedSize ?? 0) * 2);
  });
});

describe('a tag', () => {
  it('is another name for the same image, and an event', async () => {
    const image = await pull('busybox:latest', testImage(['one']));
    await engine.images.tag('busybox', 'me/copy', undefined);
    const { RepoTags, Metadata } = await engine.images.inspect('me/copy:latest');
    expect(RepoTags).toEqual(['busybox:latest', 'me/copy:latest']);
    expect(Date.parse(Metadata.LastTagTime)).toBeGreaterThan(0);
    expect(engine.events.at(-1)).toMatchObject({
      action: 'tag',
      id: image.id,
      attributes: { name: 'me/copy:latest' },
    });
  });

  const refused: readonly [repository: string, tag: string | undefined, kind: string, message: string][] = [
    ['', undefined, 'invalid', 'invalid reference format'],
    ['Big', 'x', 'invalid', 'invalid reference format: repository name must be lowercase'],
    ['a', '-x', 'invalid', 'invalid tag format'],
    [`a@sha256:${'a'.repeat(64)}`, undefined, 'invalid', 'refusing to create a tag with a digest reference'],
    ['sha256', 'x', 'invalid', 'refusing to create an ambiguous tag using digest algorithm as name'],
  ];
  it.each(refused)('%j:%s is refused as %s', async (repository, tag, kind, message) => {
    await pull('busybox:latest', testImage(['one']));
    await expect(engine.images.tag('busybox', repository, tag)).rejects.toMatchObject({ kind, message });
  });
});

describe('removing', () => {
  it('takes names, image and layers away, and says which', async () => {
    const image = await pull('busybox:latest', testImage(['one', 'two']));
    const items = await remove('busybox');
    expect(items.slice(0, 3)).toEqual([
      { Untagged: 'busybox:latest' },
      { Untagged: `busybox@${image.manifest.digest}` },
      { Deleted: image.id },
    ]);
    expect(items).toHaveLength(5);
    expect(items.at(-1)).toEqual({ Deleted: image.layers[0]?.diffId });
    await engine.trash.settled();
    for (const folder of ['layers', 'images', 'blobs/sha256', 'trash']) {
      expect(await engine.files(folder)).toEqual([]);
    }
    expect(engine.events.map((event) => event.action)).toEqual(['pull', 'untag', 'untag', 'delete']);
  });

  it('keeps layers that another image stands on', async () => {
    await pull('a:1', testImage(['base', 'a']));
    await pull('b:1', testImage(['base', 'b']));
    expect((await remove('a:1')).filter((item) => 'Deleted' in item)).toHaveLength(2);
    expect((await engine.images.runnable('b:1')).lower).toHaveLength(2);
    expect(await engine.files('layers')).toHaveLength(2);
  });

  it('only takes the name while there are others', async () => {
    await pull('busybox:latest', testImage(['one']));
    await engine.images.tag('busybox', 'copy', 'x');
    expect(await remove('copy:x')).toEqual([{ Untagged: 'copy:x' }]);
    expect(await names()).toEqual(['busybox:latest']);
  });

  it('by id needs force when the image has several names', async () => {
    const image = await pull('busybox:latest', testImage(['one']));
    await engine.images.tag('busybox', 'copy', 'x');
    await expect(remove(short(image.id))).rejects.toMatchObject({
      kind: 'conflict',
      message: `conflict: unable to delete ${short(image.id)} (must be forced) - image is referenced in multiple repositories`,
    });
    await remove(short(image.id), true);
    expect(engine.images.count()).toBe(0);
  });

  it('by id takes the one name with it', async () => {
    const image = await pull('busybox:latest', testImage(['one']));
    expect((await remove(image.id))[0]).toEqual({ Untagged: 'busybox:latest' });
    expect(engine.images.count()).toBe(0);
  });

  it('is refused while a container runs on it, by id even with force', async () => {
    const image = await pull('busybox:latest', testImage(['one']));
    const container = 'c'.repeat(64);
    engine.images.setUsage(() => [{ id: container, name: 'x', running: true }]);
    await expect(remove('busybox')).rejects.toMatchObject({
      kind: 'conflict',
      message: `conflict: unable to remove repository reference "busybox" (must force) - container ${'c'.repeat(12)} is using its referenced image ${short(image.id)}`,
    });
    await expect(remove(short(image.id), true)).rejects.toMatchObject({
      kind: 'conflict',
      message: `conflict: unable to delete ${short(image.id)} (cannot be forced) - image is being used by running container ${'c'.repeat(12)}`,
    });
    // The name goes with force, the image stays.
    expect(await remove('busybox', true)).toEqual([
      { Untagged: 'busybox:latest' },
      { Untagged: `busybox@${image.manifest.digest}` },
    ]);
    expect(await names()).toEqual(['<none>']);
  });

  it('with force under a stopped container keeps the layers until that is gone', async () => {
    const image = await pull('busybox:latest', testImage(['one']));
    let users = [{ id: 'c'.repeat(64), name: 'x', running: false }];
    engine.images.setUsage(() => users);
    await expect(remove(short(image.id))).rejects.toMatchObject({
      message: `conflict: unable to delete ${short(image.id)} (must be forced) - image is being used by stopped container ${'c'.repeat(12)}`,
    });
    expect((await remove('busybox', true)).at(-1)).toEqual({ Deleted: image.id });
    expect(await names()).toEqual([]);
    await expect(engine.images.inspect('busybox')).rejects.toMatchObject({ kind: 'notFound' });
    expect((await engine.images.runnable(image.id)).lower).toHaveLength(1);

    engine = await engine.restart({ hubOrigin: registry.origin });
    engine.images.setUsage(() => users);
    expect((await engine.images.runnable(image.id)).lower).toHaveLength(1);
    users = [];
    engine.images.setUsage(() => users);
    await pull('other:1', testImage(['other']));
    await remove('other:1');
    await engine.trash.settled();
    expect(await engine.files('layers')).toEqual([]);
    await expect(engine.images.runnable(image.id)).rejects.toMatchObject({ kind: 'notFound' });
  });
});

describe('loading', () => {
  const image = testImage(['one', 'two']);

  const saved = (tags: readonly string[] | null): (readonly [string, string | Buffer])[] => [
    ['config.json', image.config.bytes],
    ['1/layer.tar', image.layers[0]?.plain ?? ''],
    ['2/layer.tar', image.layers[1]?.bytes ?? ''],
    [
      'manifest.json',
      JSON.stringify([{ Config: 'config.json', RepoTags: tags, Layers: ['1/layer.tar', '2/layer.tar'] }]),
    ],
  ];

  async function load(archive: Buffer, quiet = false): Promise<ProgressMessage[]> {
    const messages: ProgressMessage[] = [];
    const signal = new AbortController().signal;
    const options = { quiet, platform: undefined };
    await engine.images.load(Readable.from([archive]), options, (message) => messages.push(message), signal);
    return messages;
  }

  it('takes what docker save wrote, with its names', async () => {
    const messages = await load(archiveOf(saved(['busybox:latest', 'copy:1'])));
    expect(messages.slice(-2)).toEqual([
      { stream: 'Loaded image: busybox:latest\n' },
      { stream: 'Loaded image: copy:1\n' },
    ]);
    expect(messages.some((message) => message.status === 'Loading layer')).toBe(true);
    expect((await engine.images.inspect('copy:1')).Id).toBe(image.id);
    expect(engine.events).toMatchObject([{ action: 'load', id: image.id }]);
    expect(await engine.files('staging')).toEqual([]);
  });

  it('says the id of an image without a name, and no more when quiet', async () => {
    expect(await load(archiveOf(saved(null)), true)).toEqual([{ stream: `Loaded image ID: ${image.id}\n` }]);
  });

  it('does not extract what is there', async () => {
    await pull('busybox:latest', image);
    await load(archiveOf(saved(['copy:1'])));
    expect(engine.worker.extracted).toBe(2);
    expect((await engine.images.inspect('copy:1')).RepoDigests).toHaveLength(1);
  });

  it('tells when it takes a name from another image', async () => {
    const old = await pull('busybox:latest', testImage(['old']));
    const messages = await load(archiveOf(saved(['busybox:latest'])));
    expect(messages.map((message) => message.stream)).toContain(
      `The image busybox:latest already exists, renaming the old one with ID ${old.id} to empty string\n`,
    );
  });

  it('takes an OCI layout', async () => {
    const type = 'application/vnd.oci.image.manifest.v1+json';
    const index = {
      schemaVersion: 2,
      manifests: [
        {
          mediaType: type,
          digest: image.manifest.digest,
          size: image.manifest.bytes.length,
          annotations: { 'io.containerd.image.name': 'docker.io/library/busybox:oci' },
        },
      ],
    };
    const blobs = [image.config, image.manifest, ...image.layers].map(
      ({ digest, bytes }): readonly [string, Buffer] => [`blobs/${digest.replace(':', '/')}`, bytes],
    );
    const messages = await load(archiveOf([...blobs, ['index.json', JSON.stringify(index)]]));
    expect(messages.at(-1)).toEqual({ stream: 'Loaded image: busybox:oci\n' });
    const swapped = blobs.map(([name]): readonly [string, Buffer] => [name, Buffer.from('{}')]);
    await expect(load(archiveOf([...swapped, ['index.json', JSON.stringify(index)]]))).rejects.toThrow(
      'is not what it is called',
    );
  });

  it('follows links inside the archive and none that lead out', async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'berth-load-'));
    const pack = (): Buffer => spawnSync('tar', ['-cf', '-', '-C', folder, '.']).stdout;
    try {
      for (const [name, content] of saved(['linked:1'])) {
        await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
        await writeFile(path.join(folder, name), content);
      }
      await rm(path.join(folder, '1/layer.tar'));
      await writeFile(path.join(folder, 'real.tar'), image.layers[0]?.plain ?? '');
      await symlink('../real.tar', path.join(folder, '1/layer.tar'));
      await load(pack());
      expect(await names()).toEqual(['linked:1']);
      await remove('linked:1');
      await rm(path.join(folder, '1/layer.tar'));
      await symlink('/etc/passwd', path.join(folder, '1/layer.tar'));
      await expect(load(pack())).rejects.toThrow('leads out of it');
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  const manifest = (value: unknown) =>
    archiveOf([...saved([]).slice(0, 3), ['manifest.json', JSON.stringify(value)]]);
  const entry = { Config: 'config.json', RepoTags: ['x:1'], Layers: ['1/layer.tar', '2/layer.tar'] };
  const hostile: readonly [what: string, archive: Buffer, message: RegExp][] = [
    ['no archive', gzipSync('nonsense'), /invalid archive/],
    ['an empty archive', Buffer.alloc(1024), /neither a manifest.json nor an index.json/],
    ['a manifest that is no JSON', archiveOf([['manifest.json', '[']]), /not valid JSON/],
    ['a manifest without images', manifest([]), /not valid/],
    ['a config outside', manifest([{ ...entry, Config: '../../../../etc/passwd' }]), /leads out of it/],
    ['a folder for a config', manifest([{ ...entry, Config: '1' }]), /no regular file/],
    ['a config that is missing', manifest([{ ...entry, Config: 'nope' }]), /"nope" is missing/],
    [
      'a layer that is missing',
      manifest([{ ...entry, Layers: ['nope', '2/layer.tar'] }]),
      /"nope" is missing/,
    ],
    ['too few layers', manifest([{ ...entry, Layers: [] }]), /don't match image configuration/],
    [
      'layers in another order',
      manifest([{ ...entry, Layers: entry.Layers.toReversed() }]),
      /verification failed/,
    ],
    ['a name that is none', manifest([{ ...entry, RepoTags: ['../x'] }]), /invalid tag/],
    ['a NUL in a name', manifest([{ ...entry, Config: 'a\0b' }]), /is no file name/],
  ];
  it.each(hostile)('refuses %s and leaves nothing', async (_what, archive, message) => {
    await expect(load(archive)).rejects.toThrow(message);
    await engine.trash.settled();
    expect(engine.images.count()).toBe(0);
    expect(await engine.files('staging')).toEqual([]);
    expect((await engine.files('layers')).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('knows an image of a manifest with one blob in two places', async () => {
    const same = testImage(['same', 'same']);
    const twice = blob('x');
    expect(twice.digest).not.toBe(same.id);
    await pull('twice:1', same);
    expect((await engine.images.runnable('twice:1')).lower).toHaveLength(2);
  });
});

describe('globToRegExp', () => {
  const table: readonly [pattern: string, text: string, matches: boolean][] = [
    ['a*', 'abc', true],
    ['a*', 'a/b', false],
    ['a?c', 'abc', true],
    ['[a-c]x', 'bx', true],
    ['[^a]x', 'ax', false],
    ['a.c', 'abc', false],
    ['a\\*', 'a*', true],
    ['***', 'abc', true],
  ];
  it.each(table)('%s on %s: %s', (pattern, text, matches) => {
    expect(globToRegExp(pattern)?.test(text)).toBe(matches);
  });

  it('knows what is malformed', () => {
    for (const pattern of ['[', '[]', 'a\\', '[z-a]']) expect(globToRegExp(pattern)).toBeUndefined();
  });
});
