// The headers of a tar archive (POSIX.1-2001: ustar, with pax records for what does not fit into it). Contexts of builds are packed with it,
// by the window and by the engine for clients that hand over their files one by one.

const blockBytes = 512;
/** The largest size that the 11 octal digits of ustar hold. */
const maxUstarBytes = 0o77777777777;

/** What an archive has of one file. */
export interface TarHeader {
  /** Relative, with slashes. */
  readonly path: string;
  readonly kind: keyof typeof types;
  /** Permission bits, with setuid, setgid and sticky. */
  readonly mode: number;
  /** 0 but for files. */
  readonly sizeBytes: number;
  /** Since the epoch. */
  readonly modifiedMs: number;
  /** Where a link points to, or the earlier file that this is another name of; else empty. */
  readonly target: string;
}

const types = { file: '0', 'hard link': '1', link: '2', folder: '5', 'named pipe': '6' } as const;

/** Everything that stands before the bytes of a file. All belongs to root, as docker's own clients send it. */
export function tarHeader(header: TarHeader): Buffer {
  const path = header.kind === 'folder' ? `${header.path}/` : header.path;
  const records = [
    ...(fits(path) ? [] : [['path', path] as const]),
    ...(fits(header.target) ? [] : [['linkpath', header.target] as const]),
    ...(header.sizeBytes <= maxUstarBytes ? [] : [['size', String(header.sizeBytes)] as const]),
  ];
  const own = ustar(path, header, types[header.kind]);
  if (records.length === 0) return own;
  const body = Buffer.concat(records.map(([key, value]) => paxRecord(key, value)));
  const pax = { ...header, mode: 0o644, sizeBytes: body.length, target: '' };
  return Buffer.concat([ustar('PaxHeaders/file', pax, 'x'), body, tarPadding(body.length), own]);
}

/** What follows the bytes of a file: zeros up to the next block. */
export function tarPadding(sizeBytes: number): Buffer {
  return Buffer.alloc((blockBytes - (sizeBytes % blockBytes)) % blockBytes);
}

/** The end of an archive. */
export const tarEnd: Buffer = Buffer.alloc(2 * blockBytes);

function fits(text: string): boolean {
  return Buffer.byteLength(text) <= 100 && /^[\x20-\x7e]*$/.test(text);
}

function ustar(path: string, header: TarHeader, type: string): Buffer {
  const block = Buffer.alloc(blockBytes);
  const octal = (value: number, at: number, digits: number): void => {
    block.write(value.toString(8).padStart(digits, '0').slice(-digits), at, 'latin1');
  };
  // A name that is cut here stands whole in the pax records.
  block.write(path, 0, 100, 'utf8');
  octal(header.mode & 0o7777, 100, 7);
  octal(0, 108, 7);
  octal(0, 116, 7);
  octal(header.sizeBytes <= maxUstarBytes ? header.sizeBytes : 0, 124, 11);
  octal(Math.max(0, Math.floor(header.modifiedMs / 1000)), 136, 11);
  block.fill(' ', 148, 156);
  block.write(type, 156, 'latin1');
  block.write(header.target, 157, 100, 'utf8');
  block.write('ustar\0' + '00', 257, 'latin1');
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

/** `length key=value\n`, where the length counts itself. */
function paxRecord(key: string, value: string): Buffer {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  let length = rest + String(rest).length;
  if (String(length).length !== String(rest).length) length = rest + String(length).length;
  return Buffer.from(`${String(length)} ${key}=${value}\n`);
}
