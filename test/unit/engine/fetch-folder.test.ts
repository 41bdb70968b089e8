import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { describe, expect, it } from 'vitest';
import { fetchFolder } from '../../../runtime/engine/session/fetch-folder.ts';
import type { GrpcConnection, GrpcStream } from '../../../runtime/engine/session/grpc-connection.ts';
import type { Session } from '../../../runtime/engine/session/sessions.ts';

const signal = new AbortController().signal;

/** A client that has these files, and sends the bytes of all it was asked for in turns, the last asked first. */
class Client {
  readonly files: { name: string; bytes: Buffer }[];
  readonly metadata: Record<string, readonly string[]>[] = [];
  mostAsked = 0;
  mostAskedBytes = 0;

  constructor(files: { name: string; bytes: Buffer }[]) {
    this.files = files;
  }

  get session(): Session {
    const open: GrpcConnection['open'] = (_method, metadata) => {
      this.metadata.push({ ...metadata });
      return this.#stream();
    };
    return { serves: () => true, connection: { open } as unknown as GrpcConnection };
  }

  #stream(): GrpcStream {
    const asked = new Map<number, Buffer>();
    let finished = false;
    const files = this.files;
    const note = (): void => {
      this.mostAsked = Math.max(this.mostAsked, asked.size);
      const bytes = [...asked.values()].reduce((sum, rest) => sum + rest.length, 0);
      this.mostAskedBytes = Math.max(this.mostAskedBytes, bytes);
    };
    async function* messages(): AsyncGenerator<Buffer> {
      for (const { name, bytes } of files) yield statMessage(name, bytes.length);
      yield message(0);
      while (!finished) {
        const last = [...asked].at(-1);
        if (last === undefined) throw new Error('nothing was asked for, and it is not finished');
        const [id, rest] = last;
        asked.delete(id);
        yield message(2, id, rest.subarray(0, 32 * 1024));
        // What has more to send goes to the end of the line.
        if (rest.length > 0) asked.set(id, rest.subarray(32 * 1024));
      }
      yield message(3);
    }
    return {
      messages: messages(),
      send: (bytes) => {
        const reader = new BinaryReader(bytes);
        reader.tag();
        if (reader.int32() === 3) finished = true;
        else {
          reader.tag();
          const id = reader.uint32();
          asked.set(id, files[id]?.bytes ?? Buffer.alloc(0));
          note();
        }
        return Promise.resolve();
      },
      end: () => undefined,
      cancel: () => undefined,
    };
  }
}

function message(type: number, id = 0, bytes: Uint8Array = new Uint8Array(0)): Buffer {
  const writer = new BinaryWriter().tag(1, WireType.Varint).int32(type).tag(3, WireType.Varint).uint32(id);
  return Buffer.from(writer.tag(4, WireType.LengthDelimited).bytes(bytes).finish());
}

function statMessage(name: string, size: number): Buffer {
  const writer = new BinaryWriter().tag(2, WireType.LengthDelimited).fork();
  writer.tag(1, WireType.LengthDelimited).string(name).tag(2, WireType.Varint).uint32(0o644);
  return Buffer.from(writer.tag(5, WireType.Varint).int64(size).join().finish());
}

async function fetched(
  client: Client,
  wish: Parameters<typeof fetchFolder>[1],
): Promise<Map<string, Buffer>> {
  const parts: Buffer[] = [];
  for await (const part of fetchFolder(client.session, wish, signal)) parts.push(part);
  const archive = Buffer.concat(parts);
  expect(archive.length % 512).toBe(0);
  const files = new Map<string, Buffer>();
  for (let at = 0; archive[at] !== 0;) {
    const name = archive.toString('utf8', at, archive.indexOf(0, at));
    const size = Number.parseInt(archive.toString('latin1', at + 124, at + 135), 8);
    files.set(name, archive.subarray(at + 512, at + 512 + size));
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return files;
}

describe('fetchFolder', () => {
  it('brings files in the order in which they were told, however their bytes come, and asks ahead within bounds', async () => {
    const sizes = [0, 1, 511, 512, 513, 40_000, 3_000_000, 12_000_000, 5, 9_000_000, 0, 70_000];
    const many = Array.from({ length: 500 }, (_, index) => sizes[index % 6] ?? 0);
    const files = [...sizes, ...many].map((size, index) => ({
      name: `f${String(index).padStart(4, '0')}`,
      bytes: Buffer.alloc(size, index % 251),
    }));
    const client = new Client(files);
    const got = await fetched(client, { name: 'context', exclude: ['*.log', '!größe'] });
    expect([...got.keys()]).toEqual(files.map(({ name }) => name));
    for (const { name, bytes } of files) expect(got.get(name)?.equals(bytes), name).toBe(true);
    expect(client.mostAsked).toBeGreaterThan(10);
    expect(client.mostAsked).toBeLessThanOrEqual(64);
    // One that is larger than the bound is asked for alone, when it is its turn.
    expect(client.mostAskedBytes).toBeLessThanOrEqual(12_000_000 + 8 * 1024 * 1024);
    expect(client.metadata).toEqual([
      {
        'dir-name': ['context'],
        'exclude-patterns': ['*.log', '!gr%C3%B6%C3%9Fe'],
        'exclude-patterns-encoded': ['1'],
      },
    ]);
  });

  it('is refused by a client that serves no files', async () => {
    const session = { ...new Client([]).session, serves: () => false };
    await expect(fetchFolder(session, { name: 'context' }, signal).next()).rejects.toThrow(
      'no local sources enabled',
    );
  });
});
