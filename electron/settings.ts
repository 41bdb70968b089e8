// What the user chose for the shell. Kept in the user's data folder; whoever wants to know of changes is told.
import { z } from 'zod';
import type { StateFile } from './state-file.ts';

/** The file's form. Each field has a default, so that an older file stays good. */
export const settingsSchema = z.object({
  /** What closing the window does. */
  closeTo: z.enum(['tray', 'quit']).default('tray'),
  /** Options of berthd for the engine that the shell starts, as on its command line. */
  engineArguments: z.array(z.string().max(4096)).max(100).default([]),
});
export type SettingsValues = z.output<typeof settingsSchema>;

/** The settings, for as long as the shell runs. */
export class Settings {
  readonly #file: StateFile<SettingsValues>;
  readonly #listeners = new Set<() => void>();
  #values: SettingsValues;

  constructor(file: StateFile<SettingsValues>) {
    this.#file = file;
    this.#values = file.read() ?? settingsSchema.parse({});
  }

  get values(): SettingsValues {
    return this.#values;
  }

  /** Changes some, saves all and tells the listeners. Throws when they cannot be saved; then nothing changes. */
  set(change: Partial<SettingsValues>): void {
    const next = { ...this.#values, ...change };
    this.#file.write(next);
    this.#values = next;
    for (const listener of this.#listeners) listener();
  }

  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }
}
