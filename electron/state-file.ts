// A small JSON file in the user's data folder, read through a schema and replaced as a whole: whoever is interrupted in the
// middle leaves the old one.
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import path from 'node:path';
import type { z } from 'zod';
import { parseJson } from '../runtime/client/engine-failure.ts';

/** One such file. */
export class StateFile<T> {
  readonly #file: string;
  readonly #schema: z.ZodType<T>;

  constructor(file: string, schema: z.ZodType<T>) {
    this.#file = file;
    this.#schema = schema;
  }

  /** What was saved; undefined when nothing was, or when it is not understood. */
  read(): T | undefined {
    let text: string;
    try {
      text = readFileSync(this.#file, 'utf8');
    } catch {
      return undefined;
    }
    const parsed = this.#schema.safeParse(parseJson(text));
    return parsed.success ? parsed.data : undefined;
  }

  /** Replaces the file. Throws when the disk does not take it. */
  write(value: T): void {
    mkdirSync(path.dirname(this.#file), { recursive: true });
    const partial = `${this.#file}.${String(process.pid)}`;
    const descriptor = openSync(partial, 'w', 0o600);
    try {
      writeSync(descriptor, `${JSON.stringify(value, null, 2)}\n`);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(partial, this.#file);
  }
}
