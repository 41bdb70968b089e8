// What the worker compresses is what Go's compress/gzip makes of it at its default level, since that is what Docker pushes.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import zlib from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gzipInputs, type GzipInput } from './gzip-inputs.ts';
import { makeProgram } from './make-program.ts';

/** The digests of what Go 1.19 gives, of each input in turn. */
const golden = [
  '30e6fa98fb48c2b132824d1ac5e2243c0be9e9082ff32598d34d7687ca7f6c7f',
  '7f3342f0ec1e2fd664644cd1eb80393f4b8fdb1e2013ee3a2f127e0587a0f346',
  'f7f9a081c889d5fbc8fb1d88998ebbdb765829d4f2683da46db00c34557d9ed4',
  '106c7b52aa0620593f52a7a31a67e2eb274f6e290ad15ad4af01327c9e368123',
  'bf0396f0f6cfbd0396b15449a8bc60ea9f8644c14c2a7ae92b3dc21dee416956',
  '4c527b8cea84e54c17137ae127c7749c6dc8d66fa4299ba829b37bce02b3c454',
  'f1eed3e69c7203244cec45f56838904b77c90549a47492d2214aacb694d70e3a',
  '43ffc4894182f4629eae36478bc93acc1c2db9ac3a91f9de2802c60325007c87',
  '59eb0c82312aace8fad18337ee4f7c4998e4062df25aa988f59a0c46d02aa361',
  '29d2ea7a5481561f60724206f1b6a85684b9450f263756598621c4218a322216',
  '09ec371fe1ab274b0da4ade1933d5de25d6ec5d3bbeb2e08959bd23334430683',
  'fe64bf38a169ff292e30783b1d6fa0c7a1c49e4bd72f338793a998beb886304c',
  '17415e82afd4ee9ba7036d4122d1b5344063122d310ce9dcf9ed7c081eaf8c12',
  '5542ae77d2b678298a3dd371cdcf06b06994f143a3b638769ef57f8f29311562',
  '18dd4955aa0994b81b2e20fa2271f1f0d0e06132a1bc611617e208a0eed515b6',
  'b4a1c2d7f49d3f01baa84963558fd412d5be9a4e8e6d6753c83f4b327169b5e9',
];

let layers: string;
beforeAll(() => {
  layers = mkdtempSync(path.join(os.tmpdir(), 'bt-gzip-'));
  mkdirSync(path.join(layers, '1/diff'), { recursive: true });
});
afterAll(() => rmSync(layers, { recursive: true, force: true }));

/** A record of the layer's headers (tar-split.h): bytes of the only file. */
function record(offset: number, length: number): Buffer {
  const name = Buffer.from('input');
  const bytes = Buffer.alloc(3 + name.length + 16);
  bytes.writeUInt8(2, 0);
  bytes.writeUInt16LE(name.length, 1);
  name.copy(bytes, 3);
  bytes.writeBigUInt64LE(BigInt(offset), 3 + name.length);
  bytes.writeBigUInt64LE(BigInt(length), 11 + name.length);
  return bytes;
}

/** A zstd frame of one block that is not compressed (RFC 8878, 3.1.1); at most 128 KiB. */
function zstdFrame(content: Buffer): Buffer {
  const head = Buffer.from('28b52ffd0038000000', 'hex');
  head.writeUIntLE(1 | (content.length << 3), 6, 3);
  return Buffer.concat([head, content]);
}

/** The input compressed as a layer: no tar, but the worker does not look. */
function compress({ bytes, cut }: GzipInput, kind: 'plain' | 'sanitized'): { plain: Buffer; gzip: Buffer } {
  const plain = bytes();
  const records = [0, cut ?? 0, plain.length].flatMap((end, index, ends) => {
    const start = ends[index - 1] ?? 0;
    return end > start ? [record(start, end - start)] : [];
  });
  writeFileSync(path.join(layers, '1/diff/input'), plain);
  writeFileSync(path.join(layers, '1/split'), zstdFrame(Buffer.concat(records)));
  const args = ['layer', '--root', layers, '--name', '1', '--gzip'];
  const { status, output } = spawnSync(makeProgram('worker', kind), args, {
    env: {},
    stdio: ['ignore', 'pipe', 'inherit', 'pipe'],
    maxBuffer: 64 << 20,
  });
  expect(status, String(output[1])).toBe(0);
  return { plain, gzip: Buffer.from(output[3] as unknown as Uint8Array) };
}

describe('what the worker compresses', () => {
  it.each(gzipInputs.map((input, index) => [input.name, input, golden[index]] as const))(
    'is what Go makes of %s',
    (_, input, digest) => {
      const { plain, gzip } = compress(input, 'plain');
      expect(zlib.gunzipSync(gzip).equals(plain)).toBe(true);
      expect(createHash('sha256').update(gzip).digest('hex')).toBe(digest);
    },
  );

  it('breaks nothing in the sanitized worker', () => {
    for (const [index, input] of gzipInputs.entries()) {
      if (input.name === 'more than 16 MiB') continue;
      const { gzip } = compress(input, 'sanitized');
      expect(createHash('sha256').update(gzip).digest('hex'), input.name).toBe(golden[index]);
    }
  });
});
