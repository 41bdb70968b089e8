// All that makes an image, as plain data that can be compared: its configuration with its history, and the entries of each of
// its layers, read out of what `docker save` writes.
import { createHash } from 'node:crypto';
import http from 'node:http';
import type { TestEngine } from '../fixtures/engine.ts';
import { levelJson } from './level.ts';

/** One file of a layer, as it is compared. */
interface LayerEntry {
  readonly type: string;
  /** In octal. */
  readonly mode: string;
  readonly owner: string;
  /** In whole seconds, or `now`: what a step writes itself has the time of the step. */
  readonly modified: number | 'now';
  readonly link?: string;
  readonly device?: string;
  readonly content?: string;
  readonly xattrs?: Readonly<Record<string, string>>;
}

/** Path -> entry. */
type LayerContent = Readonly<Record<string, LayerEntry>>;

export interface ImageContent {
  readonly config: unknown;
  /** Those that the base image does not have, bottom first. */
  readonly layers: readonly LayerContent[];
}

/** What an image says of the engine and the container that it was made with: Docker tells none of it since 25.0. */
const ofTheBuilder = { container: undefined, container_config: undefined, docker_version: undefined };

/** Reads an image through the engine's API; `baseLayers` are not looked into. */
export async function imageContent(
  engine: TestEngine,
  image: string,
  baseLayers: number,
): Promise<ImageContent> {
  const archive = new Map(
    [...entriesOf(await saved(engine.socket, image))].map(({ path, body }) => [path, body]),
  );
  const file = (name: string): Buffer => {
    const found = archive.get(name);
    if (found === undefined) throw new Error(`${name} is not in what was saved`);
    return found;
  };
  const [manifest] = JSON.parse(file('manifest.json').toString()) as { Config: string; Layers: string[] }[];
  if (manifest === undefined) throw new Error('nothing was saved');
  return {
    config: levelJson({
      ...(JSON.parse(file(manifest.Config).toString()) as object),
      ...ofTheBuilder,
    }),
    layers: manifest.Layers.slice(baseLayers).map((name) => layerContent(file(name))),
  };
}

function saved(socket: string, image: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    http
      .get({ socketPath: socket, path: `/images/${image}/get`, agent: false }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => resolve(Buffer.concat(chunks)));
      })
      .on('error', reject);
  });
}

interface RawEntry {
  readonly path: string;
  readonly header: Buffer;
  readonly pax: ReadonlyMap<string, Buffer>;
  readonly body: Buffer;
}

const text = (block: Buffer, from: number, length: number): string =>
  block
    .subarray(from, from + length)
    .toString()
    .replace(/\0.*$/s, '');
const octal = (block: Buffer, from: number, length: number): number =>
  Number.parseInt(text(block, from, length).trim() || '0', 8);

/** The entries of an archive; what PAX headers say is added to the entry that they come before. */
function* entriesOf(archive: Buffer): Generator<RawEntry> {
  let pax = new Map<string, Buffer>();
  for (let at = 0; at + 512 <= archive.length;) {
    const header = archive.subarray(at, at + 512);
    if (header.every((byte) => byte === 0)) return;
    const size = Number(pax.get('size')?.toString() ?? octal(header, 124, 12));
    const body = archive.subarray(at + 512, at + 512 + size);
    at += 512 + Math.ceil(size / 512) * 512;
    if (header[156] === 'x'.charCodeAt(0)) {
      pax = paxRecords(body);
      continue;
    }
    const prefix = text(header, 345, 155);
    const plain = prefix === '' ? text(header, 0, 100) : `${prefix}/${text(header, 0, 100)}`;
    yield { path: pax.get('path')?.toString() ?? plain, header, pax, body };
    pax = new Map();
  }
}

function paxRecords(body: Buffer): Map<string, Buffer> {
  const records = new Map<string, Buffer>();
  for (let at = 0; at < body.length;) {
    const blank = body.indexOf(' ', at);
    const end = at + Number(body.subarray(at, blank).toString());
    const equals = body.indexOf('=', blank);
    records.set(body.subarray(blank + 1, equals).toString(), body.subarray(equals + 1, end - 1));
    at = end;
  }
  return records;
}

const types: Readonly<Record<string, string>> = {
  ...{ '0': 'file', '1': 'hard link', '2': 'symbolic link', '3': 'character device' },
  ...{ '4': 'block device', '5': 'directory', '6': 'pipe' },
};

function layerContent(archive: Buffer): LayerContent {
  const content: Record<string, LayerEntry> = {};
  for (const { path, header, pax, body } of entriesOf(archive)) {
    const type = types[text(header, 156, 1)] ?? text(header, 156, 1);
    const modified = Math.floor(Number(pax.get('mtime')?.toString() ?? octal(header, 136, 12)));
    const xattrs = [...pax]
      .filter(([key]) => key.startsWith('SCHILY.xattr.'))
      .map(([key, value]): [string, string] => [key.slice('SCHILY.xattr.'.length), value.toString('hex')]);
    const id = (name: string, at: number): string =>
      pax.get(name)?.toString() ?? String(octal(header, at, 8));
    content[path.replace(/\/$/, '')] = {
      type,
      mode: (octal(header, 100, 8) & 0o7777).toString(8),
      owner: `${id('uid', 108)}:${id('gid', 116)}`,
      modified: Date.now() / 1000 - modified < 3600 ? 'now' : modified,
      ...(type.endsWith('link') ? { link: pax.get('linkpath')?.toString() ?? text(header, 157, 100) } : {}),
      ...(type.endsWith('device') ? { device: `${octal(header, 329, 8)},${octal(header, 337, 8)}` } : {}),
      ...(type === 'file' ? { content: shown(body) } : {}),
      ...(xattrs.length === 0 ? {} : { xattrs: Object.fromEntries(xattrs) }),
    };
  }
  return content;
}

/** A short text as it is, anything else by its hash. */
function shown(body: Buffer): string {
  const plain = body.toString();
  return body.length <= 200 && !plain.includes('\ufffd')
    ? plain
    : createHash('sha256').update(body).digest('hex');
}

/** The files of all layers on one another, by path; what was removed is not among them. */
export function mergedFiles(layers: readonly LayerContent[]): LayerContent {
  const merged = new Map<string, LayerEntry>();
  const remove = (path: string): void => {
    for (const name of [...merged.keys()]) {
      if (name === path || name.startsWith(`${path}/`)) merged.delete(name);
    }
  };
  for (const layer of layers) {
    for (const [path, entry] of Object.entries(layer)) {
      const [, above = '', whiteout] = /^(.*\/)?\.wh\.([^/]+)$/.exec(path) ?? [];
      if (whiteout === '.wh..opq') {
        for (const name of [...merged.keys()]) if (name.startsWith(above)) merged.delete(name);
      } else if (whiteout !== undefined) {
        remove(`${above}${whiteout}`);
      } else {
        if (entry.type !== 'directory') remove(path);
        merged.set(path, entry);
      }
    }
  }
  return Object.fromEntries([...merged].sort(([a], [b]) => (a < b ? -1 : 1)));
}
