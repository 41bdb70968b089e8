// Where a build takes its files from: an archive that the client sends, a lone Dockerfile, a URL, a git repository. All of it is
// unpacked by a worker into a folder of the build's own.
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { parseIgnorePatterns } from '../../syntax/ignore-patterns.ts';
import { EngineError, messageOf } from '../errors.ts';
import type { BuildWorker, PathRule } from '../helper/build-worker.ts';
import { WorkerError } from '../helper/worker-job.ts';
import { ignoreRules } from './copy-plan.ts';
import { download, fetchGit, isGitSource, parseGitSource } from './remote-source.ts';

/** A build's files. */
export interface BuildContext {
  readonly root: string;
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
}

/** Brings a context into `folder`, which is the build's own. Throws in Docker's words. */
export async function openContext(
  worker: BuildWorker,
  folder: string,
  { body, remote, dockerfile }: ContextSource,
  signal: AbortSignal,
): Promise<BuildContext> {
  const root = path.join(folder, 'context');
  await mkdir(root, { mode: 0o755 });
  let from = root;
  let ignoresAll = false;
  if (remote === '' || remote === 'client-session') {
    await unpack(worker, root, body, signal);
  } else if (isGitSource(remote)) {
    body.resume();
    const source = parseGitSource(remote);
    await fetchGit(source, root, false, signal);
    if (source.folder !== '') from = await folderOf(worker, folder, root, source.folder, signal);
    ignoresAll = true;
  } else if (/^https?:\/\//.test(remote)) {
    body.resume();
    const { response, contentType } = await download(remote, signal);
    // As Docker: text is a Dockerfile, everything else an archive.
    if (contentType.startsWith('text/plain')) {
      await writeFile(path.join(root, 'Dockerfile'), await bounded(response));
      return { root, dockerfile: await readDockerfile(worker, root, 'Dockerfile', signal), ignore: [] };
    }
    await unpack(worker, root, response, signal);
    ignoresAll = true;
  } else {
    throw new EngineError('invalid', `remote context could not be understood: ${JSON.stringify(remote)}`);
  }
  const [text, own, common] = await Promise.all([
    readDockerfile(worker, from, dockerfile, signal),
    worker.peek(from, `${dockerfile}.dockerignore`, signal),
    worker.peek(from, '.dockerignore', signal),
  ]);
  const rules = ignoreRules(parseIgnorePatterns(own ?? common ?? ''));
  return { root: from, dockerfile: text, ignore: ignoresAll ? rules : sentAnyway(rules, dockerfile) };
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

async function unpack(worker: BuildWorker, root: string, body: Readable, signal: AbortSignal): Promise<void> {
  try {
    await worker.context(root, body, signal);
  } catch (error) {
    if (!(error instanceof WorkerError)) throw error;
    const kind = ['EBADARCHIVE', 'ETRUNCATED'].includes(error.code) ? 'invalid' : 'internal';
    throw new EngineError(kind, `Error processing tar file: ${messageOf(error)}`, { cause: error });
  }
}

async function readDockerfile(
  worker: BuildWorker,
  root: string,
  name: string,
  signal: AbortSignal,
): Promise<string> {
  const inside = path.posix.normalize(name);
  if (inside.startsWith('..') || inside.includes('\0')) {
    throw new EngineError('invalid', `Forbidden path outside the build context: ${name}`);
  }
  const text =
    (await worker.peek(root, `/${inside}`, signal)) ??
    // Docker's own second try.
    (name === 'Dockerfile' ? await worker.peek(root, '/dockerfile', signal) : undefined);
  if (text === undefined) {
    throw new EngineError('invalid', `Cannot locate specified Dockerfile: ${name}`);
  }
  if (text === '') throw new EngineError('invalid', `The Dockerfile (${name}) cannot be empty`);
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
