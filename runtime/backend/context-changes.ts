// Folders made, and entries renamed and removed, in a build's context. The entry itself is meant, not what a link leads to; and what holds it
// is inside of the context, whatever links say.
import { lstat, mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { fileFailure, inside, realFolder, refusal } from './context-folder.ts';

/** Makes an empty folder. `conflict` when there is something of that name. */
export async function makeFolder(folder: string, relative: string): Promise<void> {
  try {
    await mkdir(await entryPlace(folder, relative));
  } catch (error) {
    throw fileFailure(error, relative);
  }
}

/** Gives an entry another name where it is. `conflict` when that is taken. */
export async function renameEntry(folder: string, relative: string, name: string): Promise<void> {
  const from = await entryPlace(folder, relative);
  const to = path.join(path.dirname(from), name);
  try {
    const [old, taken] = await Promise.all([lstat(from), lstat(to).catch(() => undefined)]);
    // Where letters' case says nothing, the other name may be the entry's own.
    if (taken !== undefined && (taken.ino !== old.ino || taken.dev !== old.dev)) {
      throw refusal('conflict', `${name} is there already.`, 'Choose another name.');
    }
    await rename(from, to);
  } catch (error) {
    throw fileFailure(error, relative);
  }
}

/** Removes an entry, a folder with all that is in it. */
export async function removeEntry(folder: string, relative: string): Promise<void> {
  const place = await entryPlace(folder, relative);
  try {
    await rm(place, { recursive: (await lstat(place)).isDirectory() });
  } catch (error) {
    throw fileFailure(error, relative);
  }
}

async function entryPlace(folder: string, relative: string): Promise<string> {
  const root = await realFolder(folder);
  try {
    return path.join(await inside(root, path.posix.dirname(relative)), path.posix.basename(relative));
  } catch (error) {
    throw fileFailure(error, relative);
  }
}
