import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ProgressMessage } from '../../../runtime/engine/services.ts';
import { TestEngine } from './test-engine.ts';
import { blob, sha256, testImage } from './test-image.ts';
import { refuse, TestRegistry } from './test-registry.ts';

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

const statuses = (messages: readonly ProgressMessage[], id?: string): (string | undefined)[] =>
  messages.filter((message) => id === undefined || message.id === id).map((message) => message.status);

const settledLayers = async (): Promise<string[]> => {
  await engine.trash.settled();
  return engine.files('layers');
};

describe('a pull', () => {
  it('reports each layer in Docker’s words, then digest and status', async () => {
    const image = testImage(['one', 'two']);
    registry.addImage('library/busybox', 'latest', image);
    const messages = await engine.pull('busybox', { tag: 'latest' });
    expect(messages[0]).toEqual({ status: 'Pulling from library/busybox', id: 'latest' });
    const layer = image.layers[0]?.digest.slice(7, 19);
    expect([...new Set(statuses(messages, layer))]).toEqual([
      'Pulling fs layer',
      'Downloading',
      'Verifying Checksum',
      'Download complete',
      'Extracting',
      'Pull complete',
    ]);
    expect(statuses(messages).slice(-2)).toEqual([
      `Digest: ${image.manifest.digest}`,
      'Status: Downloaded newer image for busybox:latest',
    ]);
    expect(engine.events).toEqual([
      { action: 'pull', id: 'busybox:latest', attributes: { maker: 'tests', name: 'busybox' } },
    ]);
  });

  it('makes the image runnable, top layer first', async () => {
    const image = testImage(['one', 'two']);
    registry.addImage('library/busybox', 'latest', image);
    await engine.pull('busybox:latest');
    const runnable = await engine.images.runnable('busybox');
    expect(runnable.id).toBe(image.id);
    expect(runnable.config.Cmd).toEqual(['sh']);
    expect(runnable.architecture).toBe('amd64');
    expect(runnable.lower).toHaveLength(2);
    const { RootFS, RepoDigests, RepoTags, GraphDriver } = await engine.images.inspect(image.id.slice(7, 15));
    expect(RootFS.Layers).toEqual(image.layers.map((layer) => layer.diffId));
    expect(RepoTags).toEqual(['busybox:latest']);
    expect(RepoDigests).toEqual([`busybox@${image.manifest.digest}`]);
    expect(GraphDriver.Data?.['UpperDir']).toBe(`${engine.dataRoot}/layers/${runnable.lower[0] ?? ''}`);
  });

  it('says that an image is up to date and fetches no layer again', async () => {
    const image = testImage(['one']);
    registry.addImage('library/busybox', 'latest', image);
    await engine.pull('busybox:latest');
    const messages = await engine.pull('busybox:latest');
    expect(statuses(messages)).toEqual([
      'Pulling from library/busybox',
      `Digest: ${image.manifest.digest}`,
      'Status: Image is up to date for busybox:latest',
    ]);
    expect(engine.worker.extracted).toBe(1);
  });

  it('shares the layers of images that begin alike', async () => {
    registry.addImage('me/a', '1', testImage(['base', 'a']));
    registry.addImage('me/b', '1', testImage(['base', 'b']));
    await engine.pull('me/a:1');
    const messages = await engine.pull('me/b:1');
    expect(statuses(messages).filter((status) => status === 'Already exists')).toHaveLength(1);
    expect(engine.worker.extracted).toBe(3);
  });

  it('extracts a layer once for pulls that run at the same time, three layers at once', async () => {
    registry.addImage('me/a', '1', testImage(['a', 'b', 'c', 'd', 'e']));
    const inside: (() => void)[] = [];
    engine.worker.hold = () =>
      new Promise((leave) => {
        inside.push(leave);
        if (inside.length >= 3) for (const go of inside) go();
      });
    const both = await Promise.all([engine.pull('me/a:1'), engine.pull('me/a:1')]);
    expect(engine.worker.extracted).toBe(5);
    expect(engine.worker.mostAtOnce).toBe(3);
    for (const messages of both) expect(statuses(messages).at(-2)).toMatch(/^Digest: /);
  });

  it('goes on for one client when another that shares it leaves', async () => {
    registry.addImage('me/a', '1', testImage(['a']));
    let open: (() => void) | undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    let reached: (() => void) | undefined;
    const inWorker = new Promise<void>((resolve) => (reached = resolve));
    engine.worker.hold = async () => {
      reached?.();
      await gate;
    };
    const leaving = new AbortController();
    const first = engine.pull('me/a:1', { signal: leaving.signal });
    const messages: ProgressMessage[] = [];
    const second = new Promise<void>((resolve, reject) => {
      const joined = (message: ProgressMessage) => {
        messages.push(message);
        if (message.status === 'Downloading') leaving.abort(new Error('left'));
      };
      inWorker
        .then(() =>
          engine.images.pull('me/a', '1', undefined, undefined, joined, new AbortController().signal),
        )
        .then(resolve, reject);
    });
    await expect(first).rejects.toThrow('left');
    open?.();
    await second;
    expect(engine.worker.extracted).toBe(1);
    expect(statuses(messages).at(-1)).toBe('Status: Downloaded newer image for me/a:1');
  });

  it('leaves nothing behind when it is cancelled', async () => {
    registry.addImage('me/a', '1', testImage(['a', 'b']));
    const cancel = new AbortController();
    engine.worker.hold = async () => cancel.abort(new Error('cancelled'));
    await expect(engine.pull('me/a:1', { signal: cancel.signal })).rejects.toThrow('cancelled');
    expect(await settledLayers()).toEqual([]);
    expect(engine.images.count()).toBe(0);
  });

  it.each([true, false])(
    'takes a manifest in the form of OCI; with its type in itself: %s',
    async (typed) => {
      const { config, layers } = testImage(['one']);
      const type = 'application/vnd.oci.image.manifest.v1+json';
      const described = (mediaType: string, { digest, bytes }: { digest: string; bytes: Buffer }) => ({
        mediaType,
        digest,
        size: bytes.length,
      });
      const manifest = blob(
        JSON.stringify({
          schemaVersion: 2,
          ...(typed ? { mediaType: type } : {}),
          config: described('application/vnd.oci.image.config.v1+json', config),
          layers: layers.map((layer) => described('application/vnd.oci.image.layer.v1.tar+gzip', layer)),
        }),
      );
      for (const { digest, bytes } of [config, ...layers]) registry.addBlob(digest, bytes);
      registry.addManifest('me/oci', ['1', manifest.digest], manifest.bytes, type);
      await engine.pull('me/oci:1');
      expect((await engine.images.inspect('me/oci:1')).Id).toBe(config.digest);
    },
  );

  it('takes a digest for a tag', async () => {
    const image = testImage(['one']);
    registry.addImage('library/busybox', 'latest', image);
    const messages = await engine.pull('busybox', { tag: image.manifest.digest });
    expect(statuses(messages).at(-1)).toBe(
      `Status: Downloaded newer image for busybox@${image.manifest.digest}`,
    );
    const { RepoTags } = await engine.images.inspect(`busybox@${image.manifest.digest}`);
    expect(RepoTags).toEqual([]);
  });

  it('brings all tags of a repository, whose list has pages, and tells of them as of one', async () => {
    const images = { one: testImage(['one']), two: testImage(['two']) };
    for (const [tag, image] of Object.entries(images)) registry.addImage('me/all', tag, image);
    const pages = new Map([
      [
        '/v2/me/all/tags/list',
        { tags: ['one', '../..'], next: '</v2/me/all/tags/list?last=one>; rel="next"' },
      ],
      ['/v2/me/all/tags/list?last=one', { tags: ['two', 'one'], next: undefined }],
    ]);
    registry.intercept = (_request, response, path) => {
      const page = pages.get(path);
      if (page === undefined) return false;
      if (page.next !== undefined) response.setHeader('Link', page.next);
      response.end(JSON.stringify({ name: 'me/all', tags: page.tags }));
      return true;
    };
    const messages = await engine.pull('me/all');
    expect(statuses(messages).filter((status) => status?.startsWith('Status'))).toEqual([
      'Status: Downloaded newer image for me/all',
    ]);
    for (const [tag, { config }] of Object.entries(images)) {
      expect((await engine.images.inspect(`me/all:${tag}`)).Id).toBe(config.digest);
    }
    expect(statuses(await engine.pull('me/all')).at(-1)).toBe('Status: Image is up to date for me/all');
  });

  it('refuses a list of tags that leads elsewhere or never ends', async () => {
    for (const next of ['<http://127.0.0.1:1/v2/me/all/tags/list>; rel="next"', '<list>; rel="next"']) {
      registry.intercept = (_request, response, path) => {
        if (!path.includes('/tags/')) return false;
        response.setHeader('Link', next);
        response.end('{"tags":null}');
        return true;
      };
      await expect(engine.pull('me/all')).rejects.toMatchObject({ kind: 'invalid' });
    }
    registry.intercept = (_request, response, path) => {
      if (path.includes('/tags/')) response.end('{"tags":7}');
      return path.includes('/tags/');
    };
    await expect(engine.pull('me/all')).rejects.toMatchObject({ kind: 'internal' });
  });

  it('refuses names that are none', async () => {
    await expect(engine.pull('Busybox:1')).rejects.toMatchObject({
      kind: 'invalid',
      message: 'invalid reference format: repository name must be lowercase',
    });
    await expect(engine.pull('busybox', { tag: '-x' })).rejects.toMatchObject({ kind: 'invalid' });
  });

  it('chooses the manifest of the platform from an index', async () => {
    const images = { amd64: testImage(['amd64']), v6: testImage(['v6']), v7: testImage(['v7']) };
    const entry = (image: (typeof images)['v6'], architecture: string, variant?: string) => ({
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      digest: image.manifest.digest,
      size: image.manifest.bytes.length,
      platform: { os: 'linux', architecture, variant },
    });
    for (const image of Object.values(images)) registry.addImage('me/multi', 'x', image);
    const index = blob(
      JSON.stringify({
        schemaVersion: 2,
        manifests: [
          { ...entry(images.v6, 'unknown'), platform: { os: 'unknown', architecture: 'unknown' } },
          entry(images.v6, 'arm', 'v6'),
          entry(images.v7, 'arm', 'v7'),
          entry(images.amd64, 'amd64'),
        ],
      }),
    );
    const type = 'application/vnd.oci.image.index.v1+json';
    registry.addManifest('me/multi', ['1', index.digest], index.bytes, type);
    await engine.pull('me/multi:1', { platform: 'linux/arm/v7' });
    expect((await engine.images.inspect('me/multi:1')).Id).toBe(images.v7.id);
    const messages = await engine.pull('me/multi:1', { platform: 'linux/amd64' });
    expect((await engine.images.inspect('me/multi:1')).Id).toBe(images.amd64.id);
    expect(statuses(messages)).toContain(`Digest: ${index.digest}`);
    await expect(engine.pull('me/multi:1', { platform: 'linux/s390x' })).rejects.toMatchObject({
      kind: 'notFound',
      message: 'no matching manifest for linux/s390x in the manifest list entries',
    });
    await expect(engine.pull('me/multi:1', { platform: 'a/b/c/d' })).rejects.toMatchObject({
      kind: 'invalid',
    });
  });

  it('does not follow indexes round and round', async () => {
    const type = 'application/vnd.oci.image.index.v1+json';
    let inner = testImage(['x']).manifest;
    for (let depth = 0; depth < 5; depth++) {
      registry.addManifest('me/deep', [inner.digest], inner.bytes, type);
      inner = blob(
        JSON.stringify({
          schemaVersion: 2,
          manifests: [{ mediaType: type, digest: inner.digest, size: inner.bytes.length }],
        }),
      );
    }
    registry.addManifest('me/deep', ['1'], inner.bytes, type);
    await expect(engine.pull('me/deep:1')).rejects.toThrow('nested too deeply');
  });
});

describe('a registry that lies or fails', () => {
  const image = testImage(['content of the layer']);
  const layerPath = `/blobs/${image.layers[0]?.digest ?? ''}`;

  beforeEach(() => registry.addImage('me/a', '1', image));

  const refused = async (message: RegExp): Promise<void> => {
    await expect(engine.pull('me/a:1')).rejects.toThrow(message);
    expect(await settledLayers()).toEqual([]);
    expect(engine.images.count()).toBe(0);
  };

  it('is tried again when the connection breaks, and succeeds', async () => {
    let broken = 0;
    registry.intercept = (_request, response, asked) => {
      if (!asked.endsWith(layerPath) || broken++ >= 2) return false;
      response.writeHead(200, { 'Content-Length': '100000' });
      response.write('begin');
      setTimeout(() => response.destroy(), 5);
      return true;
    };
    const messages = await engine.pull('me/a:1');
    expect(statuses(messages).filter((status) => status === 'Retrying in 1 second')).toHaveLength(2);
    expect(engine.images.count()).toBe(1);
  });

  it.each([true, false])(
    'that breaks off again and again gives the image in the end; ranges: %s',
    async (ranges) => {
      const large = testImage([randomBytes(1_500_000).toString('latin1')]);
      const big = await TestRegistry.start();
      try {
        big.addImage('me/big', '1', large);
        big.knowsRanges = ranges;
        // Without ranges it must get further each time, or nobody could ever have it.
        big.cutAfterBytes = 600_000;
        if (!ranges) {
          big.intercept = (_request, _response, asked) => {
            if (asked.includes('/blobs/')) big.cutAfterBytes = (big.cutAfterBytes ?? 0) + 300_000;
            return false;
          };
        }
        await engine.pull(`${big.host}/me/big:1`);
        expect((await engine.images.inspect(`${big.host}/me/big:1`)).Id).toBe(large.id);
        expect(big.count(large.layers[0]?.digest ?? '')).toBeGreaterThan(2);
      } finally {
        await big.stop();
      }
    },
  );

  it('that breaks off after little each time gives the image in the end', async () => {
    const large = testImage([randomBytes(600_000).toString('latin1')]);
    const big = await TestRegistry.start();
    try {
      big.addImage('me/big', '1', large);
      big.cutAfterBytes = 100_000;
      await engine.pull(`${big.host}/me/big:1`);
      expect((await engine.images.inspect(`${big.host}/me/big:1`)).Id).toBe(large.id);
      expect(big.count(large.layers[0]?.digest ?? '')).toBeGreaterThan(5);
    } finally {
      await big.stop();
    }
  });

  describe('whose every connection is slow', () => {
    const large = testImage([randomBytes(1_500_000).toString('latin1')]);
    const layer = large.layers[0]?.digest ?? '';
    let slow: TestRegistry;
    const pull = () => engine.pull(`${slow.host}/me/big:1`);
    const ranges = () => slow.seen.filter(({ path }) => path.endsWith(layer)).map(({ range }) => range);

    beforeEach(async () => {
      slow = await TestRegistry.start();
      slow.addImage('me/big', '1', large);
      slow.tricklesBytes = 250_000;
    });
    afterEach(() => slow.stop());

    it('gives a large layer over several of them', async () => {
      await pull();
      expect((await engine.images.inspect(`${slow.host}/me/big:1`)).Id).toBe(large.id);
      const [first, ...others] = ranges();
      expect(first).toBeUndefined();
      expect(others.length).toBeGreaterThan(5);
      // Each byte once: where one ends the next one begins, to the last.
      const size = large.layers[0]?.bytes.length ?? 0;
      const parts = others.map((range) => /^bytes=(\d+)-(\d*)$/.exec(range ?? '') ?? []);
      const spans = parts.map(([, from, last]) => [Number(from), last === '' ? size : Number(last) + 1]);
      spans.sort(([a = 0], [b = 0]) => a - b);
      expect(spans.slice(1).map(([from]) => from)).toEqual(spans.slice(0, -1).map(([, to]) => to));
      expect(spans.at(-1)?.[1]).toBe(size);
    });

    it('gives it over one when it knows no ranges', async () => {
      slow.knowsRanges = false;
      await pull();
      expect((await engine.images.inspect(`${slow.host}/me/big:1`)).Id).toBe(large.id);
      expect(ranges().at(-1)).toMatch(/^bytes=\d+-$/);
    });

    it('may break each off, and a part that is given up ends the pull', async () => {
      const broken = new Set<string>();
      let gone = false;
      slow.intercept = (request, response, target) => {
        if (!target.endsWith(layer) || request.headers.range === undefined) return false;
        if (gone) {
          response.writeHead(503).end();
          return true;
        }
        const [, from = '', last = ''] = /(\d+)-(\d*)/.exec(request.headers.range) ?? [];
        if (broken.has(last)) return false;
        broken.add(last);
        response.writeHead(206, { 'Content-Range': `bytes ${from}-/*`, 'Content-Length': 100_000 });
        const part = large.layers[0]?.bytes.subarray(Number(from), Number(from) + 5000);
        response.write(part, () => response.destroy());
        return true;
      };
      await pull();
      expect(engine.images.count()).toBe(1);
      await engine.images.remove(`${slow.host}/me/big:1`, { force: true, noprune: false });
      gone = true;
      await expect(pull()).rejects.toThrow(/received unexpected HTTP status: 503/);
      expect(await settledLayers()).toEqual([]);
    });

    it('is read in one piece when what several gave is not the layer', async () => {
      slow.intercept = (request, response, target) => {
        const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
        if (!target.endsWith(layer) || range === null) return false;
        const length = Number(range[2]) - Number(range[1]) + 1;
        response.writeHead(206, { 'Content-Range': `bytes ${range[1] ?? ''}-${range[2] ?? ''}/*` });
        response.end(Buffer.alloc(length));
        return true;
      };
      await pull();
      expect((await engine.images.inspect(`${slow.host}/me/big:1`)).Id).toBe(large.id);
      expect(ranges().at(-1)).toBeUndefined();
    });
  });

  it('is given the time that it asks for', async () => {
    let asked = 0;
    registry.intercept = (_request, response, target) => {
      if (!target.endsWith(layerPath) || asked++ > 0) return false;
      response.writeHead(429, { 'Retry-After': '2' }).end();
      return true;
    };
    expect(statuses(await engine.pull('me/a:1'))).toContain('Retrying in 2 seconds');
    expect(engine.images.count()).toBe(1);
  });

  it('is given up after the fourth attempt', async () => {
    registry.intercept = (_request, response, asked) => {
      if (!asked.endsWith(layerPath)) return false;
      response.writeHead(503).end();
      return true;
    };
    await refused(/received unexpected HTTP status: 503/);
    expect(registry.count(layerPath)).toBe(4);
  });

  it('is not waited for when it stalls', async () => {
    registry.intercept = (_request, response, asked) => {
      if (!asked.endsWith(layerPath)) return false;
      response.writeHead(200);
      response.write('begin');
      return true;
    };
    await refused(/i\/o timeout/);
  });

  it('is refused a layer of other bytes, once', async () => {
    registry.addBlob(image.layers[0]?.digest ?? '', Buffer.from(image.layers[0]?.bytes ?? '').fill(7, 4, 8));
    await refused(/filesystem layer verification failed for digest sha256:/);
    expect(registry.count(layerPath)).toBe(1);
  });

  it('is refused a layer without end', async () => {
    registry.intercept = (_request, response, asked) => {
      if (!asked.endsWith(layerPath)) return false;
      const more = () => {
        if (!response.destroyed) response.write(Buffer.alloc(65536), () => setImmediate(more));
      };
      more();
      return true;
    };
    await refused(/filesystem layer verification failed/);
  });

  it('is refused a layer that is not the config’s', async () => {
    registry.addImage('me/a', '1', testImage(['x'], { diffIds: [sha256('something else')] }));
    await refused(/verification failed/);
  });

  it('is refused a config with other layers than the manifest’s', async () => {
    registry.addImage('me/a', '1', testImage(['x'], { diffIds: [] }));
    await refused(/^layers from manifest don't match image configuration$/);
  });

  it('is refused a config of other bytes', async () => {
    registry.addBlob(image.config.digest, Buffer.from('{}'));
    await refused(/image config verification failed/);
  });

  it('is refused a manifest that is not what it was asked for', async () => {
    const digest = sha256('another');
    registry.addManifest('me/a', [digest], image.manifest.bytes, 'application/json');
    await expect(engine.pull(`me/a@${digest}`)).rejects.toThrow(
      `manifest verification failed for digest ${digest}`,
    );
  });

  it('is refused a manifest without end', async () => {
    registry.intercept = (_request, response, asked) => {
      if (!asked.endsWith('/manifests/1')) return false;
      const more = () => {
        if (!response.destroyed) response.write(Buffer.alloc(1 << 20, 32), () => setImmediate(more));
      };
      more();
      return true;
    };
    await refused(/larger than 4194304 bytes/);
  });

  const hostile: readonly [what: string, manifest: unknown, message: RegExp][] = [
    ['no JSON', '{', /not valid JSON/],
    ['schema 1', { schemaVersion: 1, name: 'x' }, /schema 1/],
    [
      'an artifact',
      { schemaVersion: 2, config: descriptor('application/x'), layers: [] },
      /no container image/,
    ],
    ['a digest with a path', manifestWith([{ ...layer(), digest: 'sha256:../../etc' }]), /sha256 digest/],
    ['a negative size', manifestWith([{ ...layer(), size: -1 }]), /layers\.0\.size/],
    ['10000 layers', manifestWith(Array.from({ length: 10_000 }, layer)), /max depth exceeded/],
    ['an empty object', {}, /unsupported manifest media type/],
    [
      'a foreign layer type',
      manifestWith([{ ...layer(), mediaType: 'text/html' }]),
      /unsupported media type/,
    ],
  ];
  it.each(hostile)('is refused %s as a manifest', async (_what, manifest, message) => {
    const bytes = Buffer.from(typeof manifest === 'string' ? manifest : JSON.stringify(manifest));
    registry.addManifest('me/a', ['1'], bytes, 'application/octet-stream');
    await refused(message);
  });

  it('is refused an image for Windows', async () => {
    registry.addImage('me/a', '1', testImage(['x'], { image: { os: 'windows' } }));
    await refused(/operating system is not supported/);
  });

  it('says in Docker’s words that there is no such tag', async () => {
    await expect(engine.pull('me/a:nope')).rejects.toMatchObject({
      kind: 'notFound',
      message: 'manifest for me/a:nope not found: manifest unknown: manifest unknown',
    });
  });

  it('says in Docker’s words that it is not there', async () => {
    const { host } = registry;
    const gone = await TestRegistry.start();
    const port = gone.host.split(':')[1] ?? '';
    await gone.stop();
    await expect(engine.pull(`127.0.0.1:${port}/a:1`)).rejects.toMatchObject({
      kind: 'internal',
      message: `Get "http://127.0.0.1:${port}/v2/": dial tcp 127.0.0.1:${port}: connect: connection refused`,
    });
    expect(host).not.toContain(port);
  });

  it('is not led to another place by a layer’s urls', async () => {
    const other = await TestRegistry.start();
    try {
      const manifest = JSON.parse(image.manifest.bytes.toString()) as { layers: object[] };
      manifest.layers = manifest.layers.map((entry) => ({ ...entry, urls: [`${other.origin}/v2/blob`] }));
      const bytes = Buffer.from(JSON.stringify(manifest));
      registry.addManifest('me/a', ['1'], bytes, 'application/vnd.docker.distribution.manifest.v2+json');
      await engine.pull('me/a:1');
      expect(other.seen).toEqual([]);
      expect(engine.images.count()).toBe(1);
    } finally {
      await other.stop();
    }
  });
});

function descriptor(mediaType: string): object {
  return { mediaType, digest: sha256(''), size: 0 };
}

function layer(): object {
  return descriptor('application/vnd.docker.image.rootfs.diff.tar.gzip');
}

function manifestWith(layers: readonly object[]): object {
  return { schemaVersion: 2, config: descriptor('application/vnd.docker.container.image.v1+json'), layers };
}

describe('mirrors', () => {
  it('are asked first, and Docker Hub only for what they lack', async () => {
    const mirror = await TestRegistry.start();
    const both = await TestEngine.start({ hubOrigin: registry.origin, mirrors: [mirror.origin] });
    try {
      mirror.addImage('library/here', '1', testImage(['mirror']));
      registry.addImage('library/there', '1', testImage(['hub']));
      await both.pull('here:1');
      expect(registry.seen).toEqual([]);
      await both.pull('there:1', { auth: { username: 'me', password: 'secret' } });
      expect(both.images.count()).toBe(2);
      expect(mirror.seen.every((request) => request.authorization === undefined)).toBe(true);
      await expect(both.pull('nowhere:1')).rejects.toMatchObject({ kind: 'notFound' });
      await registry.stop();
      await expect(both.pull('nowhere:1')).rejects.toMatchObject({
        kind: 'notFound',
        message: 'manifest for nowhere:1 not found: manifest unknown: manifest unknown',
      });
      registry = await TestRegistry.start();
    } finally {
      await both.stop();
      await mirror.stop();
    }
  });

  it('are not needed', async () => {
    const mirror = await TestRegistry.start();
    const both = await TestEngine.start({ hubOrigin: registry.origin, mirrors: [mirror.origin] });
    await mirror.stop();
    registry.addImage('library/there', '1', testImage(['hub']));
    await both.pull('there:1');
    expect(both.images.count()).toBe(1);
    await both.stop();
  });
});

describe('after a restart', () => {
  beforeEach(async () => {
    registry.addImage('library/busybox', 'latest', testImage(['one', 'two']));
    await engine.pull('busybox:latest');
  });

  it('everything is there again', async () => {
    const before = await engine.images.inspect('busybox');
    engine = await engine.restart({ hubOrigin: registry.origin });
    expect(await engine.images.inspect('busybox')).toEqual(before);
  });

  it('what a killed engine left half-done is gone', async () => {
    await writeFile(path.join(engine.dataRoot, 'images/0123.json.abcd.tmp'), '{');
    await writeFile(path.join(engine.dataRoot, 'repositories.json.abcd.tmp'), '{');
    await writeFile(path.join(engine.dataRoot, 'blobs/sha256/ab.tmp'), '{');
    await writeFile(path.join(engine.dataRoot, 'layers/.tmp-123456'), '');
    await writeFile(path.join(engine.dataRoot, 'staging/abc'), '');
    engine = await engine.restart({ hubOrigin: registry.origin });
    await engine.trash.settled();
    expect(await engine.files('.')).toEqual([
      'blobs',
      'images',
      'layers',
      'repositories.json',
      'staging',
      'trash',
      'unfinished-pulls.json',
      'views',
    ]);
    expect(await engine.files('layers')).toHaveLength(2);
    expect(await engine.files('staging')).toEqual([]);
    expect(await engine.files('trash')).toEqual([]);
    expect((await engine.files('images')).every((name) => name.endsWith('.json'))).toBe(true);
    expect(await engine.files('blobs/sha256')).toHaveLength(2);
  });

  it('layers that another boot did not flush are fetched again', async () => {
    const other = await TestEngine.start({ hubOrigin: registry.origin, bootId: 'first' });
    await other.pull('busybox:latest');
    await other.images.close();
    // As if the power had gone before they were flushed.
    for (const id of await other.files('layers')) {
      const file = path.join(other.dataRoot, 'layers', id, 'layer.json');
      const record: unknown = JSON.parse(await readFile(file, 'utf8'));
      expect(record).toMatchObject({ durable: true, bootId: 'first' });
      await writeFile(file, JSON.stringify({ ...(record as object), durable: false }));
    }
    const same = await other.restart({ hubOrigin: registry.origin, bootId: 'first' });
    expect(same.images.count()).toBe(1);
    for (const id of await same.files('layers')) {
      const file = path.join(same.dataRoot, 'layers', id, 'layer.json');
      await same.images.close();
      const record: unknown = JSON.parse(await readFile(file, 'utf8'));
      await writeFile(file, JSON.stringify({ ...(record as object), durable: false }));
    }
    const next = await TestEngine.start({
      hubOrigin: registry.origin,
      bootId: 'second',
      dataRoot: same.dataRoot,
    });
    expect(next.images.count()).toBe(0);
    await expect(next.images.inspect('busybox')).rejects.toMatchObject({ kind: 'notFound' });
    await next.pull('busybox:latest');
    expect(next.images.count()).toBe(1);
    await next.stop();
  });

  it('records of a newer version are refused in words', async () => {
    await writeFile(path.join(engine.dataRoot, 'repositories.json'), '{"schemaVersion":2}');
    await expect(engine.restart({ hubOrigin: registry.origin })).rejects.toThrow(
      'written by a newer version',
    );
  });
});

describe('refusals of a registry', () => {
  it('keep their words and Docker’s kind', async () => {
    registry.intercept = (_request, response, asked) => {
      if (asked === '/v2/') return false;
      if (asked.includes('/limited/')) refuse(response, 429, 'TOOMANYREQUESTS', 'slow down');
      else if (asked.includes('/named/')) refuse(response, 404, 'NAME_UNKNOWN', 'repository not known');
      else refuse(response, 403, 'DENIED', 'requested access to the resource is denied');
      return true;
    };
    await expect(engine.pull('me/limited:1')).rejects.toMatchObject({
      kind: 'internal',
      message: 'toomanyrequests: slow down',
    });
    await expect(engine.pull('me/named:1')).rejects.toMatchObject({
      kind: 'notFound',
      message: 'repository me/named not found: name unknown: repository not known',
    });
    await expect(engine.pull('secret:1')).rejects.toMatchObject({
      kind: 'notFound',
      message:
        "pull access denied for secret, repository does not exist or may require 'docker login': denied: requested access to the resource is denied",
    });
  });
});
