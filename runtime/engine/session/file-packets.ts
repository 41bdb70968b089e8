// The messages by which a client sends a folder: fsutil's packets, which BuildKit's `FileSync` carries.
// https://github.com/tonistiigi/fsutil/blob/master/types/wire.proto
import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

/** What the client says of one file. */
export interface FileStat {
  /** Relative, with slashes. */
  readonly path: string;
  /** As Go has it: permission bits, and the kind in the upper ones ({@link goMode}). */
  readonly mode: number;
  readonly sizeBytes: number;
  /** Since the epoch. */
  readonly modifiedNs: bigint;
  /** Where a symbolic link points to; for a file, the earlier file that it is another name of. */
  readonly target: string;
}

/** Bits of Go's `os.FileMode`. */
export const goMode = {
  directory: 0x8000_0000,
  symlink: 0x0800_0000,
  device: 0x0400_0000,
  namedPipe: 0x0200_0000,
  socket: 0x0100_0000,
  setuid: 0x0080_0000,
  setgid: 0x0040_0000,
  charDevice: 0x0020_0000,
  sticky: 0x0010_0000,
  irregular: 0x0008_0000,
} as const;

export type FilePacket =
  | { readonly kind: 'stat'; readonly stat: FileStat | undefined }
  | { readonly kind: 'data'; readonly id: number; readonly bytes: Uint8Array }
  | { readonly kind: 'finished' }
  | { readonly kind: 'error'; readonly message: string };

const type = { stat: 0, request: 1, data: 2, finished: 3, error: 4 } as const;

/** Throws for what is no packet. */
export function readPacket(message: Uint8Array): FilePacket {
  const reader = new BinaryReader(message);
  let kind: number = type.stat;
  let stat: FileStat | undefined;
  let id = 0;
  let bytes: Uint8Array = new Uint8Array(0);
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag();
    if (field === 1) kind = reader.int32();
    else if (field === 2) stat = readStat(reader.bytes());
    else if (field === 3) id = reader.uint32();
    else if (field === 4) bytes = reader.bytes();
    else reader.skip(wire);
  }
  if (kind === type.stat) return { kind: 'stat', stat };
  if (kind === type.data) return { kind: 'data', id, bytes };
  if (kind === type.finished) return { kind: 'finished' };
  if (kind === type.error) return { kind: 'error', message: Buffer.from(bytes).toString() };
  throw new Error(`a packet of type ${String(kind)}`);
}

function readStat(message: Uint8Array): FileStat {
  const reader = new BinaryReader(message);
  const stat = { path: '', mode: 0, sizeBytes: 0, modifiedNs: 0n, target: '' };
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag();
    if (field === 1) stat.path = reader.string();
    else if (field === 2) stat.mode = reader.uint32();
    else if (field === 5) stat.sizeBytes = Number(reader.int64());
    else if (field === 6) stat.modifiedNs = BigInt(reader.int64());
    else if (field === 7) stat.target = reader.string();
    else reader.skip(wire);
  }
  return stat;
}

/** Asks for the bytes of a file: `id` is its position among all that were told. */
export function requestPacket(id: number): Uint8Array {
  return packet(type.request).tag(3, WireType.Varint).uint32(id).finish();
}

/** All that was wanted has come. */
export function finishedPacket(): Uint8Array {
  return packet(type.finished).finish();
}

function packet(kind: number): BinaryWriter {
  return new BinaryWriter().tag(1, WireType.Varint).int32(kind);
}
