// Durable JSON records: one file each, replaced atomically. A record is parsed by a zod schema when it is
// read, so a torn or foreign file is an error in words and never a half-read state.
import { randomBytes } from 'node:crypto';
import { open, readdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { z } from 'zod';
import { EngineError } from '../errors.ts';

/** How a record is written: `durable` survives a power cut, `fast` (for exec-root) only the process. */
export type Durability = 'durable' | 'fast';

/**
 * Writes `value` as JSON to `file`, atomically: temp file, fsync, rename, fsync of the folder.
 * With `fast` nothing is synced.
 */
export async function writeRecord(
  file: string,
  value: unknown,
  durability: Durability = 'durable',
): Promise<void> {
  const temporary = `${file}.${randomBytes(4).toString('hex')}.tmp`;
  const handle = await open(temporary, 'wx', 0o600);
  try {
    await handle.writeFile(JSON.stringify(value));
    if (durability === 'durable') await handle.sync();
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
  if (durability === 'durable') await syncFolder(path.dirname(file));
}

/** Removes what writes of this record left that a kill broke off. */
export async function removeTornWrites(file: string): Promise<void> {
  const folder = path.dirname(file);
  for (const name of await readdir(folder)) {
    if (name.startsWith(`${path.basename(file)}.`) && name.endsWith('.tmp'))
      await rm(path.join(folder, name), { force: true });
  }
}

/** Flushes a folder, so that names made or removed in it survive a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Reads a record; undefined when there is none. Throws `internal` when it is not what `schema` says. */
export async function readRecord<T>(file: string, schema: z.ZodType<T>): Promise<T | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    throw new EngineError('internal', `the record ${file} cannot be read`, { cause: error });
  }
}
