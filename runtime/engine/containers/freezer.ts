// Stops and resumes all processes of a cgroup: the freezer controller of cgroup v1, cgroup.freeze of v2.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EngineError } from '../errors.ts';

/** A cgroup of a container. */
interface Place {
  readonly path: string;
  readonly version: 1 | 2;
}

const pollMs = 5;
/** As runc: a v1 cgroup may stick halfway when a process forks meanwhile; it is thawed and frozen again. */
const pollsPerAttempt = 50;
const attempts = 20;

/** Stops the processes; resolves when all stand still. What cannot be stopped goes on, and it throws. */
export async function freeze(places: readonly Place[]): Promise<void> {
  const freezer = freezerOf(places);
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    freezer.write(true);
    for (let poll = 0; poll < pollsPerAttempt; poll += 1) {
      if (freezer.frozen()) return;
      await sleep(pollMs);
    }
    freezer.write(false);
  }
  throw new EngineError('internal', 'unable to freeze: its processes did not stop in time');
}

/** Lets the processes go on. Synchronous: a signal that was just sent is to be seen at once. */
export function thaw(places: readonly Place[]): void {
  freezerOf(places).write(false);
}

/** Whether the processes are stopped; false where nothing can be frozen. */
export function isFrozen(places: readonly Place[]): boolean {
  try {
    return freezerOf(places).frozen();
  } catch {
    return false;
  }
}

interface Freezer {
  write(stop: boolean): void;
  frozen(): boolean;
}

function freezerOf(places: readonly Place[]): Freezer {
  for (const { path: folder, version } of places) {
    const file = path.join(folder, version === 1 ? 'freezer.state' : 'cgroup.freeze');
    if (readIfThere(file) === undefined) continue;
    return {
      write: (stop) => {
        const [frozen, thawed] = version === 1 ? ['FROZEN', 'THAWED'] : ['1', '0'];
        // r+: a cgroup's files are never made by opening them.
        writeFileSync(file, stop ? frozen : thawed, { flag: 'r+' });
      },
      frozen: () =>
        version === 1
          ? readIfThere(file)?.trim() === 'FROZEN'
          : /^frozen 1$/m.test(readIfThere(path.join(folder, 'cgroup.events')) ?? ''),
    };
  }
  throw new EngineError('internal', 'no freezer: none of its cgroups can be frozen');
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
