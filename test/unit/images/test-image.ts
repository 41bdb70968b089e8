// Small images for tests of the registry client and the stores: one file per layer, made in memory.
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';

export interface TestBlob {
  readonly digest: string;
  readonly bytes: Buffer;
}

export interface TestImage {
  readonly id: string;
  readonly config: TestBlob;
  readonly layers: readonly (TestBlob & { readonly diffId: string; readonly plain: Buffer })[];
  readonly manifest: TestBlob;
}

export const sha256 = (bytes: Uint8Array | string): string =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

export const blob = (bytes: Buffer | string): TestBlob => {
  const buffer = Buffer.from(bytes);
  return { digest: sha256(buffer), bytes: buffer };
};

/** A tar with one regular file. */
export function tarOf(name: string, content: string | Buffer): Buffer {
  const body = Buffer.from(content);
  const header = Buffer.alloc(512);
  header.write(name, 0, 100);
  header.write('0000644\0', 100);
  header.write('0000000\0', 108);
  header.write('0000000\0', 116);
  header.write(body.length.toString(8).padStart(11, '0') + '\0', 124);
  header.write('00000000000\0', 136);
  header.write('        ', 148);
  header.write('0', 156);
  header.write('ustar\x0000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(sum.toString(8).padStart(6, '0') + '\0 ', 148);
  return Buffer.concat([header, body, Buffer.alloc((512 - (body.length % 512)) % 512)]);
}

/** A whole tar of several files. */
export const archiveOf = (files: readonly (readonly [string, string | Buffer])[]): Buffer =>
  Buffer.concat([...files.map(([name, content]) => tarOf(name, content)), Buffer.alloc(1024)]);

/** An image whose layers hold one file each, with these contents. */
export function testImage(
  contents: readonly string[],
  overrides: { config?: Record<string, unknown>; image?: Record<string, unknown>; diffIds?: string[] } = {},
): TestImage {
  const layers = contents.map((content, index) => {
    const plain = archiveOf([[`file-${String(index)}`, content]]);
    return { ...blob(gzipSync(plain)), plain, diffId: sha256(plain) };
  });
  const config = blob(
    JSON.stringify({
      architecture: 'amd64',
      os: 'linux',
      created: '2026-01-02T03:04:05Z',
      config: { Cmd: ['sh'], Labels: { maker: 'tests' }, ...overrides.config },
      rootfs: { type: 'layers', diff_ids: overrides.diffIds ?? layers.map((layer) => layer.diffId) },
      ...overrides.image,
    }),
  );
  const manifest = blob(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: 'application/vnd.docker.distribution.manifest.v2+json',
      config: {
        mediaType: 'application/vnd.docker.container.image.v1+json',
        size: config.bytes.length,
        digest: config.digest,
      },
      layers: layers.map((layer) => ({
        mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
        size: layer.bytes.length,
        digest: layer.digest,
      })),
    }),
  );
  return { id: config.digest, config, layers, manifest };
}
