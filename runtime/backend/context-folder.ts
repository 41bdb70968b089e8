// A build's context as a folder of the user's own: what lies in it, and its small text files, read and replaced as a whole. No path leads out
// of the folder, links included. Packing is context-pack.ts's.
import { constants, type Dirent } from 'node:fs';
import { lstat, mkdir, open, readdir, realpath, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import os from 'node:os';
import path from 'node:path';
import { contextTextBytes, type ContextEntry, type NewContext } from '../contract/builds.ts';
import { DockerfileError } from '../syntax/dockerfile/source.ts';
import { ignoreMatcher, parseIgnorePatterns, type IgnorePattern } from '../syntax/ignore-patterns.ts';
import { ContractFailure, contractError } from './contract-failure.ts';

/** So many entries of a folder are shown. */
const shownEntries = 2000;
/** Names that a Dockerfile goes by. */
const dockerfileName = /^(?:.+\.)?(?:dockerfile|containerfile)(?:\..+)?$/i;

/** A failure with the contract's form. */
export function refusal(code: string, message: string, hint?: string): ContractFailure {
  return new ContractFailure(contractError(code, message, hint));
}

/** What an entry of a folder is, the link itself and not what it leads to. */
export function entryKind(entry: Dirent): ContextEntry['kind'] {
  if (entry.isDirectory()) return 'folder';
  if (entry.isFile()) return 'file';
  return entry.isSymbolicLink() ? 'link' : 'other';
}

/** What went wrong with a file, in words. */
export function fileFailure(error: unknown, name: string): Error {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return refusal('notFound', `There is no ${name}.`);
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return refusal('unauthorized', `You may not use ${name}.`, 'Check its owner and its permissions.');
    case 'EEXIST':
      return refusal('conflict', `${name} is there already.`, 'Choose another name.');
    case 'ENOSPC':
    case 'EDQUOT':
      return refusal('unavailable', `There is no room on the disk for ${name}.`);
    case 'ELOOP':
      return refusal('invalid', `${name} is a link that leads nowhere.`);
    default:
      return error instanceof Error ? error : new Error(String(error));
  }
}

/** The folder where it really is. Rejects when it is none. */
export async function realFolder(folder: string): Promise<string> {
  try {
    const real = await realpath(folder);
    if (!(await stat(real)).isDirectory()) throw refusal('invalid', `${folder} is no folder.`);
    return real;
  } catch (error) {
    throw fileFailure(error, folder);
  }
}

/** The file or folder where it really is; refuses what a link leads out of the context. */
export async function inside(root: string, relative: string): Promise<string> {
  const real = await realpath(path.join(root, relative));
  if (real !== root && !real.startsWith(root.endsWith(path.sep) ? root : root + path.sep)) {
    throw refusal(
      'invalid',
      `${relative} is a link that leads out of the folder.`,
      'A build would not see it either.',
    );
  }
  return real;
}

function unlessMissing(error: unknown): undefined {
  if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
}

/** The folders in a folder; hidden ones only where they are asked for. */
export async function listFolders(
  wanted: string,
): Promise<{ path: string; parent: string; folders: { name: string; isContext: boolean }[] }> {
  const folder = await realFolder(wanted === '' ? os.homedir() : wanted);
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    const names = entries
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
      .map(({ name }) => name)
      .sort((a, b) => a.localeCompare(b, 'en'))
      .slice(0, shownEntries);
    const folders = await Promise.all(
      names.map(async (name) => ({
        name,
        isContext: (await dockerfilesIn(path.join(folder, name))).length > 0,
      })),
    );
    const parent = path.dirname(folder);
    return { path: folder, parent: parent === folder ? '' : parent, folders };
  } catch (error) {
    throw fileFailure(error, folder);
  }
}

async function dockerfilesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  const found = names.filter((name) => dockerfileName.test(name) && !name.endsWith('.dockerignore'));
  return found.sort((a, b) => Number(b === 'Dockerfile') - Number(a === 'Dockerfile') || (a < b ? -1 : 1));
}

/** Where the context really is, and its Dockerfiles; the one that is called so first. */
export async function openContextFolder(folder: string): Promise<{ folder: string; dockerfiles: string[] }> {
  const real = await realFolder(folder);
  return { folder: real, dockerfiles: await dockerfilesIn(real) };
}

/** Makes a new folder with files. What cannot be made whole is not there. */
export async function createContext({ parent, name, files }: NewContext): Promise<{ folder: string }> {
  const folder = path.join(await realFolder(parent), name);
  try {
    await mkdir(folder);
  } catch (error) {
    throw fileFailure(error, folder);
  }
  try {
    for (const { path: file, text } of files) {
      await mkdir(path.join(folder, path.dirname(file)), { recursive: true });
      const handle = await open(path.join(folder, file), 'wx');
      try {
        await handle.writeFile(text);
      } finally {
        await handle.close();
      }
    }
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw fileFailure(error, folder);
  }
  return { folder };
}

/** The patterns of what a context leaves out: the Dockerfile's own file of them, else `.dockerignore`. */
export async function ignorePatterns(root: string, dockerfile: string): Promise<IgnorePattern[]> {
  for (const name of [`${dockerfile}.dockerignore`, '.dockerignore']) {
    let text: string;
    try {
      ({ text } = await readText(root, name));
    } catch (error) {
      if (error instanceof ContractFailure && error.error.code === 'notFound') continue;
      throw error;
    }
    try {
      return parseIgnorePatterns(text);
    } catch (error) {
      if (error instanceof DockerfileError) throw refusal('invalid', `${name}: ${error.message}`);
      throw error;
    }
  }
  return [];
}

/** What lies in a folder of a context: folders first, by name. */
export async function listContext(
  folder: string,
  relative: string,
  dockerfile: string,
): Promise<{ entries: ContextEntry[]; total: number }> {
  const root = await realFolder(folder);
  // A broken file of patterns is told where it is edited; the list is there all the same.
  const isIgnored = ignoreMatcher(await ignorePatterns(root, dockerfile).catch(() => []));
  try {
    const at = await inside(root, relative);
    const found = (await readdir(at, { withFileTypes: true })).sort(
      (a, b) => Number(b.isDirectory()) - Number(a.isDirectory()) || a.name.localeCompare(b.name, 'en'),
    );
    const entries = await Promise.all(
      found.slice(0, shownEntries).map(async (entry): Promise<ContextEntry> => {
        const kind = entryKind(entry);
        const sizeBytes =
          kind === 'file' ? ((await lstat(path.join(at, entry.name)).catch(() => undefined))?.size ?? 0) : 0;
        const name = relative === '' ? entry.name : `${relative}/${entry.name}`;
        return { name: entry.name, kind, sizeBytes, ignored: isIgnored(name) };
      }),
    );
    return { entries, total: found.length };
  } catch (error) {
    throw fileFailure(error, relative === '' ? root : relative);
  }
}

/** A small text file and which state of it that is. */
export async function readText(folder: string, relative: string): Promise<{ text: string; version: string }> {
  const root = await realFolder(folder);
  let handle: FileHandle | undefined;
  try {
    handle = await open(
      await inside(root, relative),
      constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
    );
    const before = await handle.stat({ bigint: true });
    if (!before.isFile()) throw refusal('invalid', `${relative} is no file.`);
    if (before.size > contextTextBytes)
      throw refusal('invalid', `${relative} is too large to be edited here.`);
    const bytes = await handle.readFile();
    if (bytes.includes(0)) throw refusal('invalid', `${relative} is no text.`);
    let text: string;
    try {
      text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      throw refusal('invalid', `${relative} is no text in UTF-8.`);
    }
    return { text, version: versionOf(before) };
  } catch (error) {
    throw fileFailure(error, relative);
  } finally {
    await handle?.close();
  }
}

/** Changes with every writing, whoever writes. */
function versionOf(status: { ino: bigint; size: bigint; mtimeNs: bigint }): string {
  return `${String(status.ino)}-${String(status.size)}-${String(status.mtimeNs)}`;
}

/**
 * Replaces a file as a whole, or makes it when `version` is null. `conflict` when it is not as it was read; whoever is interrupted in the middle
 * leaves the old one.
 */
export async function writeText(
  folder: string,
  relative: string,
  text: string,
  version: string | null,
): Promise<{ version: string }> {
  const root = await realFolder(folder);
  let temporary: string | undefined;
  try {
    // A link that was read through is written through; a file that is not there yet has only its folder to be looked at.
    const known = version === null ? undefined : await inside(root, relative).catch(unlessMissing);
    const parent = await inside(root, path.posix.dirname(relative));
    const target = known ?? path.join(parent, path.posix.basename(relative));
    const now = await lstat(target, { bigint: true }).catch(() => undefined);
    const found = now === undefined ? null : versionOf(now);
    if (found !== version) {
      const message =
        found === null
          ? `${relative} was removed while it was open here.`
          : version === null
            ? `${relative} is there already.`
            : `${relative} was changed by another program while it was open here.`;
      throw refusal('conflict', message, 'Load it anew, or overwrite it.');
    }
    temporary = `${target}.${randomBytes(6).toString('hex')}.tmp`;
    const handle = await open(temporary, 'wx', now === undefined ? 0o666 : Number(now.mode & 0o777n));
    try {
      // The mask of the process takes bits that the old file may have.
      if (now !== undefined) await handle.chmod(Number(now.mode & 0o7777n));
      await handle.writeFile(text);
      await handle.sync();
      const written = versionOf(await handle.stat({ bigint: true }));
      await rename(temporary, target);
      temporary = undefined;
      return { version: written };
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw fileFailure(error, relative);
  } finally {
    if (temporary !== undefined) await rm(temporary, { force: true });
  }
}
