// Where a build takes its files from: an archive that the client sends, its folders over its session, a lone Dockerfile, a URL, a git
// repository. A worker brings all of it into a folder of the build's own; an archive only when something of it is needed that is not known
// from an earlier build of the very same bytes, because making thousands of files is most of what a build takes whose steps are all in the
// cache.
import { mkdir, open, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { parseIgnorePatterns } from '../../syntax/ignore-patterns.ts';
import { EngineError, messageOf } from '../errors.ts';
import type { BuildWorker, Checksum, PathRule, Selection } from '../helper/build-worker.ts';
import { WorkerError } from '../helper/worker-job.ts';
import { fetchFolder, type FolderWish } from '../session/fetch-folder.ts';
import type { Session } from '../session/sessions.ts';
import { KnownArchive, type KnownArchives } from './known-archives.ts';
import { ignoreRules } from './copy-plan.ts';
import { download, fetchGit, isGitSource, parseGitSource } from './remote-source.ts';

/** A build's files. */
export interface BuildContext {
  /** Where they lie, once {@link unpack} is done. */
  readonly root: string;
  /** Brings the files there, unless they are. */
  unpack(): Promise<void>;
  /** Of a selection from {@link root}; it need not be unpacked. */
  checksum(selection: Selection): Promise<Checksum>;
  /** The Dockerfile's text. */
  readonly dockerfile: string;
  readonly ignore: readonly PathRule[];
}

export interface ContextSource {
  /** The client's archive. */
  readonly body: Readable;
  /** `remote` of the request; "" without one. */
  readonly remote: string;
  /** Path of the Dockerfile in the context. */
  readonly dockerfile: string;
  /** The client's session, when it has one. */
  readonly session: Session | undefined;
  /** Told of what has come over it. */
  readonly received: (sizeBytes: number) => void;
}

/** Where files lie, or will. */
interface Place {
  readonly root: string;
  readonly unpack: () => Promise<void>;
  readonly known: KnownArchive;
}

/** Opens a context in `folder`, which is the build's own. Throws in Docker's words. */
export async function openContext(
  worker: BuildWorker,
  folder: string,
  { body, remote, dockerfile, session, received }: ContextSource,
  archives: KnownArchives,
  signal: AbortSignal,
): Promise<BuildContext> {
  const placeOf = async (name: string, input: Readable): Promise<Place> => {
    const place = path.join(folder, name);
    await mkdir(place, { recursive: true, mode: 0o755 });
    return placeOfArchive(worker, place, input, archives, signal);
  };
  const archive = (input: Readable): Promise<Place> => placeOf('context', input);
  if (remote === 'client-session') {
    body.resume();
    if (session === undefined) throw new EngineError('invalid', 'no session names the folder that is built');
    const fetch = (name: string, wish: FolderWish): Promise<Place> =>
      placeOf(
        name,
        Readable.from(counted(fetchFolder(session, wish, signal), received), { objectMode: false }),
      );
    return openServedContext(worker, dockerfile, fetch, signal);
  }
  if (remote === '') {
    const place = await archive(body);
    const { text, rules } = await read(worker, place, dockerfile, signal);
    return contextOf(worker, place, text, sentAnyway(rules, dockerfile), signal);
  }
  body.resume();
  const root = path.join(folder, 'context');
  await mkdir(root, { mode: 0o755 });
  let place: Place;
  if (isGitSource(remote)) {
    const source = parseGitSource(remote);
    await fetchGit(source, root, false, signal);
    place = filled(source.folder === '' ? root : await folderOf(worker, folder, root, source.folder, signal));
  } else if (/^https?:\/\//.test(remote)) {
    const { response, contentType } = await download(remote, signal);
    // As Docker: text is a Dockerfile, everything else an archive.
    if (contentType.startsWith('text/plain')) {
      await writeFile(path.join(root, 'Dockerfile'), await bounded(response));
      const { text } = await read(worker, filled(root), 'Dockerfile', signal);
      return contextOf(worker, filled(root), text, [], signal);
    }
    place = await archive(response);
  } else {
    throw new EngineError('invalid', `remote context could not be understood: ${JSON.stringify(remote)}`);
  }
  const { text, rules } = await read(worker, place, dockerfile, signal);
  return contextOf(worker, place, text, rules, signal);
}

/**
 * A context whose folders the client serves: the Dockerfile's, which may lie elsewhere, and the context, of which the client leaves out
 * what is ignored.
 */
async function openServedContext(
  worker: BuildWorker,
  dockerfile: string,
  fetch: (name: string, wish: FolderWish) => Promise<Place>,
  signal: AbortSignal,
): Promise<BuildContext> {
  const ownIgnore = `${dockerfile}.dockerignore`;
  const files = await fetch('dockerfile', {
    name: 'dockerfile',
    only: [dockerfile, ownIgnore, dockerfile.toLowerCase()],
  });
  const peek = peeker(worker, files, signal);
  const text = await readDockerfile(peek, dockerfile);
  let ignored = await peek(ownIgnore);
  if (ignored === undefined) {
    const file = '.dockerignore';
    const place = await fetch('ignore', { name: 'context', only: [file] });
    ignored = await peeker(worker, place, signal)(file);
  }
  const patterns = parseIgnorePatterns(ignored ?? '');
  const exclude = patterns.map(({ pattern, exception }) => `${exception ? '!' : ''}${pattern}`);
  const place = await fetch('context', { name: 'context', exclude });
  // Older clients do not understand all of these patterns, and send too much.
  return contextOf(worker, place, text, ignoreRules(patterns), signal);
}

async function* counted(
  parts: AsyncIterable<Buffer>,
  received: (sizeBytes: number) => void,
): AsyncGenerator<Buffer> {
  for await (const part of parts) {
    received(part.length);
    yield part;
  }
}

/** A folder that has its files already. */
function filled(root: string): Place {
  return { root, unpack: () => Promise.resolve(), known: new KnownArchive() };
}

/** Keeps an archive beside `root`, into which it is unpacked when that is asked for. */
async function placeOfArchive(
  worker: BuildWorker,
  root: string,
  input: Readable,
  archives: KnownArchives,
  signal: AbortSignal,
): Promise<Place> {
  const file = `${root}.archive`;
  const digest = await asArchive(worker.spool(file, input, signal));
  let unpacked: Promise<void> | undefined;
  const unpack = async (): Promise<void> => {
    const handle = await open(file);
    try {
      await asArchive(worker.context(root, handle.fd, signal));
    } finally {
      await handle.close();
    }
    await rm(file);
  };
  return { root, unpack: () => (unpacked ??= unpack()), known: archives.get(digest) };
}

function contextOf(
  worker: BuildWorker,
  { root, unpack, known }: Place,
  dockerfile: string,
  ignore: readonly PathRule[],
  signal: AbortSignal,
): BuildContext {
  return {
    root,
    unpack,
    checksum: (selection) =>
      known.checksum({ ...selection, root: '' }, async () => {
        await unpack();
        return worker.checksum(selection, signal);
      }),
    dockerfile,
    ignore,
  };
}

/** Reads small files of a place; undefined for one that is not there. */
function peeker(
  worker: BuildWorker,
  { known, root, unpack }: Place,
  signal: AbortSignal,
): (name: string) => Promise<string | undefined> {
  return (name) =>
    known.text(name, async () => {
      await unpack();
      return worker.peek(root, name, signal);
    });
}

/** The Dockerfile, and what is ignored. */
async function read(
  worker: BuildWorker,
  place: Place,
  dockerfile: string,
  signal: AbortSignal,
): Promise<{ text: string; rules: PathRule[] }> {
  const peek = peeker(worker, place, signal);
  const [text, own, common] = await Promise.all([
    readDockerfile(peek, dockerfile),
    peek(`${dockerfile}.dockerignore`),
    peek('.dockerignore'),
  ]);
  return { text, rules: ignoreRules(parseIgnorePatterns(own ?? common ?? '')) };
}

/** A folder of a repository, as a context of its own. */
async function folderOf(
  worker: BuildWorker,
  room: string,
  root: string,
  inside: string,
  signal: AbortSignal,
): Promise<string> {
  const dest = path.join(room, 'folder');
  await mkdir(dest, { mode: 0o755 });
  const request = { root, sources: [{ path: `/${inside}` }], to: '/', toDirectory: true };
  await worker.copy(request, { dest }, undefined, signal);
  return dest;
}

/** Clients leave out themselves what is ignored, but always send these two files. */
function sentAnyway(rules: readonly PathRule[], dockerfile: string): PathRule[] {
  return [dockerfile, '.dockerignore'].flatMap((name): PathRule[] => {
    const plain = path.posix.resolve('/', name).slice(1);
    const last = rules.findLast(({ match }) => new RegExp(match, 'su').test(plain));
    if (last === undefined || last.keep === true) return [];
    return [{ match: `^${plain.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}$` }];
  });
}

/** Says in Docker's words what is wrong with an archive. */
async function asArchive<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof WorkerError)) throw error;
    const kind = ['EBADARCHIVE', 'ETRUNCATED'].includes(error.code) ? 'invalid' : 'internal';
    throw new EngineError(kind, `Error processing tar file: ${messageOf(error)}`, { cause: error });
  }
}

async function readDockerfile(
  peek: (name: string) => Promise<string | undefined>,
  name: string,
): Promise<string> {
  const inside = path.posix.normalize(name);
  if (inside.startsWith('..') || inside.includes('\0')) {
    throw new EngineError('invalid', `Forbidden path outside the build context: ${name}`);
  }
  const text =
    (await peek(`/${inside}`)) ??
    // Docker's own second try.
    (name === 'Dockerfile' ? await peek('/dockerfile') : undefined);
  if (text === undefined) {
    throw new EngineError('invalid', `Cannot locate specified Dockerfile: ${name}`);
  }
  if (text === '') throw new EngineError('invalid', `the Dockerfile (${name}) cannot be empty`);
  return text;
}

async function bounded(stream: Readable): Promise<Buffer> {
  let size = 0;
  stream.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > 4 * 1024 * 1024) stream.destroy(new EngineError('invalid', 'the Dockerfile is too large'));
  });
  return buffer(stream);
}
