// With the real worker: layers that want out of their folder, and what a registry says about them that is not so. Whichever way they
// come, the answer is an error in words, nothing of them stays, and nothing around them changes.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { helperFolder } from '../../../runtime/engine/config.ts';
import { createImageFileWorker } from '../../../runtime/engine/helper/image-file-worker.ts';
import { createWorkerClient } from '../../../runtime/engine/helper/worker-client.ts';
import { createImageService, type OwnedImageService } from '../../../runtime/engine/images/image-service.ts';
import { createLogger } from '../../../runtime/engine/log.ts';
import { createTrash, type Trash } from '../../../runtime/engine/store/trash.ts';
import { header, paxRecord, tar, type TarEntry } from '../../fixtures/tar.ts';
import { archiveOf, blob, sha256, type TestBlob } from './test-image.ts';
import { TestRegistry } from './test-registry.ts';

const program = path.join(helperFolder(), 'berth-worker');
const signal = new AbortController().signal;
const silent = (): void => undefined;

let folder: string;
let dataRoot: string;
let registry: TestRegistry;
let trash: Trash;
let images: OwnedImageService;

beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'berth-hostile-'));
  dataRoot = path.join(folder, 'data');
  writeFileSync(path.join(folder, 'canary'), 'alive');
  registry = await TestRegistry.start();
  const worker = createWorkerClient(program);
  trash = await createTrash(dataRoot, worker);
  images = await createImageService({
    config: { dataRoot, registryMirrors: [], insecureRegistries: [] },
    worker,
    fileWorker: createImageFileWorker(program),
    trash,
    events: { publish: silent },
    log: createLogger('error'),
    hubOrigin: registry.origin,
    retryDelaysMs: [1, 1, 1],
  });
});
afterAll(async () => {
  await images.close();
  await trash.settled();
  await registry.stop();
  rmSync(folder, { recursive: true });
});

/** A config of one layer, and the manifest that says what the layer is. */
function described(layer: Buffer, about: { digest?: string; size?: number; diffId?: string } = {}) {
  const config = blob(
    JSON.stringify({
      architecture: 'amd64',
      os: 'linux',
      config: {},
      rootfs: { type: 'layers', diff_ids: [about.diffId ?? sha256(layer)] },
    }),
  );
  const entry = (mediaType: string, { digest, bytes }: TestBlob) => ({
    mediaType,
    digest,
    size: bytes.length,
  });
  const manifest = blob(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      config: entry('application/vnd.oci.image.config.v1+json', config),
      layers: [
        {
          mediaType: 'application/vnd.oci.image.layer.v1.tar',
          digest: about.digest ?? sha256(layer),
          size: about.size ?? layer.length,
        },
      ],
    }),
  );
  return { config, manifest };
}

async function pull(layer: Buffer, about: Parameters<typeof described>[1] = {}): Promise<void> {
  const { config, manifest } = described(layer, about);
  registry.addBlob(config.digest, config.bytes);
  registry.addBlob(about.digest ?? sha256(layer), layer);
  registry.addManifest('library/bad', ['1'], manifest.bytes, 'application/vnd.oci.image.manifest.v1+json');
  await images.pull('bad:1', undefined, undefined, undefined, silent, signal);
}

const load = async (files: readonly (readonly [string, Buffer | string])[]): Promise<void> =>
  images.load(Readable.from([archiveOf(files)]), { quiet: true, platform: undefined }, silent, signal);

/** The ways in which a layer comes. */
const ways: readonly (readonly [way: string, bring: (layer: Buffer) => Promise<unknown>])[] = [
  ['pull', pull],
  [
    'load of an archive',
    (layer) =>
      load([
        ['config.json', described(layer).config.bytes],
        ['layer.tar', layer],
        [
          'manifest.json',
          JSON.stringify([{ Config: 'config.json', RepoTags: ['bad:1'], Layers: ['layer.tar'] }]),
        ],
      ]),
  ],
  [
    'load of a layout',
    (layer) => {
      const { config, manifest } = described(layer);
      const { digest, bytes } = manifest;
      const mediaType = 'application/vnd.oci.image.manifest.v1+json';
      const index = { schemaVersion: 2, manifests: [{ mediaType, digest, size: bytes.length }] };
      const blobs = [config, manifest, blob(layer)].map((each): readonly [string, Buffer] => [
        `blobs/${each.digest.replace(':', '/')}`,
        each.bytes,
      ]);
      return load([...blobs, ['index.json', JSON.stringify(index)]]);
    },
  ],
  [
    'import',
    (layer) =>
      images.import(
        { source: '-', repository: 'bad', tag: '1', message: '', changes: [], platform: undefined },
        Readable.from([layer]),
        silent,
        signal,
      ),
  ],
];

const link = (linkname: string): TarEntry => ({ path: 'l', type: 'symlink', linkname });
const hostile: readonly (readonly [what: string, layer: Buffer])[] = [
  ['a path that climbs', tar([{ path: '../../../../canary', body: 'dead' }])],
  [
    'a path that climbs in PAX alone',
    tar([{ path: 'f', body: 'dead', pax: [['path', '../../../../canary']] }]),
  ],
  ['a parent that is a link', tar([link('../../../../../../tmp'), { path: 'l/berth-escaped', body: 'x' }])],
  ['a parent that is an absolute link', tar([link('/tmp'), { path: 'l/berth-escaped', body: 'x' }])],
  ['a hard link to an absolute path', tar([{ path: 'h', type: 'link', linkname: '/etc/passwd' }])],
  ['a hard link that climbs', tar([{ path: 'h', type: 'link', linkname: '../../../../canary' }])],
  ['a whiteout of the parent', tar([{ path: '.wh...' }])],
  ['an opaque root', tar([{ path: '.wh..wh..opq' }])],
  [
    'an attribute of overlayfs',
    tar([
      {
        path: 'd/',
        type: 'directory',
        xattrs: new Map([['trusted.overlay.redirect', Buffer.from('/etc')]]),
      },
    ]),
  ],
  ['a name longer than a path can be', tar([{ path: `${'a/'.repeat(3000)}f` }])],
  [
    'a file larger than its archive',
    Buffer.concat([header({ name: 'f', typeFlag: '0', size: 10e9 }), Buffer.alloc(512)]),
  ],
  ['half a header', tar([{ path: 'f', body: 'x' }]).subarray(0, 1300)],
  ['an extended header of 2 MiB', tar([{ path: 'f', pax: [['comment', Buffer.alloc(2 << 20, 'x')]] }])],
  [
    'an extended header for nothing',
    Buffer.concat([header({ name: 'x', typeFlag: 'x', size: 11 }), paxRecord('a', 'b')]),
  ],
];

/** Refused in words, and as if it had never come. */
async function refused(attempt: Promise<unknown>, words: RegExp): Promise<void> {
  await expect(attempt).rejects.toThrow(words);
  await trash.settled();
  expect(images.count()).toBe(0);
  for (const name of ['layers', 'images', 'blobs/sha256', 'staging', 'trash']) {
    const place = path.join(dataRoot, name);
    expect(existsSync(place) ? readdirSync(place) : [], name).toEqual([]);
  }
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  expect(names.filter((name) => path.basename(name) === 'canary')).toEqual(['canary']);
  expect(readFileSync(path.join(folder, 'canary'), 'utf8')).toBe('alive');
  expect(existsSync('/tmp/berth-escaped')).toBe(false);
}

describe.skipIf(process.getuid?.() !== 0)('a layer that wants out', () => {
  it.each(ways)('is refused by %s, and nothing of it stays (CVE-2014-9356)', async (_way, bring) => {
    for (const [what, layer] of hostile) {
      await refused(bring(layer), /failed to register layer|Error processing tar file/).catch(
        (cause: unknown) => {
          throw new Error(what, { cause });
        },
      );
    }
  });
});

describe.skipIf(process.getuid?.() !== 0)('a registry that lies about a layer', () => {
  const honest = tar([{ path: 'f', body: Buffer.alloc(5000, 'honest') }]);
  const bomb = gzipSync(tar([{ path: 'zeros', body: Buffer.alloc(128 << 20) }]));

  it.each([
    ['digest', honest, { digest: sha256('another') }, /layer verification failed/],
    ['diffID', honest, { diffId: sha256('another') }, /layer verification failed/],
    ['size, which is less', honest, { size: honest.length - 512 }, /layer verification failed/],
    ['size, which is more', honest, { size: honest.length + 512 }, /could not be downloaded|ended early/],
    ['diffID, of 128 MiB of zeros', bomb, { diffId: sha256('small') }, /layer verification failed/],
  ])('is refused for its %s', async (_what, layer, about, words) => {
    await refused(pull(layer, about), words);
  });

  it('is refused a config that is larger than any', async () => {
    const { manifest } = described(honest);
    const large = manifest.bytes.toString().replace(/"size":\d+/, '"size":104857600');
    registry.addManifest(
      'library/bad',
      ['2'],
      Buffer.from(large),
      'application/vnd.oci.image.manifest.v1+json',
    );
    const asked = registry.seen.length;
    await refused(images.pull('bad:2', undefined, undefined, undefined, silent, signal), /larger than/);
    expect(registry.seen.slice(asked).some(({ path: each }) => each.includes('/blobs/'))).toBe(false);
  });
});
