// The options of Docker's `local` driver: a file system to be mounted as the volume (`type`, `device`, `o`). What mount(2) makes of them
// is found out when the volume is used, as with Docker.
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { EngineError, messageOf } from '../errors.ts';
import type { VolumeRecord } from './volume-record.ts';

const known: ReadonlySet<string> = new Set(['type', 'o', 'device', 'size']);
/** Which option needs which others. */
const needs: readonly (readonly [string, readonly string[]])[] = [
  ['device', ['type']],
  ['type', ['device']],
  ['o', ['device', 'type']],
];

/** What the worker mounts. */
export interface VolumeSource {
  readonly type: string;
  readonly source: string;
  /** Separated by commas. */
  readonly options: string;
}

/** Throws notFound or invalid, in Docker's words, for a driver that is not there and options that it does not take. */
export function checkDriver(name: string, driver: string, options: VolumeRecord['options']): void {
  if (driver !== '' && driver !== 'local') {
    throw new EngineError(
      'notFound',
      `create ${name}: error looking up volume plugin ${driver}: plugin ${JSON.stringify(driver)} not found`,
    );
  }
  const invalid = (message: string): EngineError => new EngineError('invalid', `create ${name}: ${message}`);
  const given = new Map(Object.entries(options ?? {}));
  for (const [option, value] of given) {
    if (!known.has(option)) throw invalid(`invalid option: ${JSON.stringify(option)}`);
    if (value.includes('\0')) throw invalid(`the option ${option} holds a NUL byte`);
  }
  for (const [option, others] of needs) {
    const missing = given.has(option) ? others.find((other) => !given.has(other)) : undefined;
    if (missing !== undefined) throw invalid(`missing required option: ${JSON.stringify(missing)}`);
  }
  if (given.has('size')) throw invalid('quota size requested but no quota support');
}

/** Whether a volume has a file system of its own, which is mounted while it is used. */
export function hasOwnFileSystem({ options }: Pick<VolumeRecord, 'options'>): boolean {
  return options?.['type'] !== undefined;
}

/** What is to be mounted. A server's name becomes its address, which is what the kernel takes. */
export async function volumeSource({ options }: Pick<VolumeRecord, 'options'>): Promise<VolumeSource> {
  const type = options?.['type'] ?? '';
  const written = options?.['o'] ?? '';
  const named = /^(nfs4?|cifs)$/.test(type);
  const words = await Promise.all(written.split(',').map((word) => (named ? withAddress(word) : word)));
  return { type, source: options?.['device'] ?? '', options: words.filter((word) => word !== '').join(',') };
}

async function withAddress(word: string): Promise<string> {
  const [, host] = /^addr=(.+)$/s.exec(word) ?? [];
  if (host === undefined || isIP(host) !== 0) return word;
  try {
    return `addr=${(await lookup(host)).address}`;
  } catch (cause) {
    throw new EngineError(
      'internal',
      `error resolving passed in network volume address: ${messageOf(cause)}`,
      {
        cause,
      },
    );
  }
}
