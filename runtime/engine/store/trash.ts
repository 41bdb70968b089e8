// Where folders go to die: discarding is a rename, which is instant and survives a kill; the trees are
// removed afterwards, many in one worker job. What an earlier engine left here is removed at the start.
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename } from 'node:fs/promises';
import path from 'node:path';
import type { WorkerClient } from '../helper/worker-client.ts';

/** How long discarded folders gather: starting the worker stalls the engine for longer than most removals take. */
const gatherMs = 1000;

/** The data root's trash, shared by layers, containers and volumes. */
export interface Trash {
  /** Takes a file or folder of the data root out of sight at once; it is removed later. No error when it is absent. */
  discard(target: string): Promise<void>;
  /** Resolves when nothing waits to be removed, or what waits could not be removed now. */
  settled(): Promise<void>;
}

/** Opens `dataRoot/trash` and begins to remove what is in it. */
export async function createTrash(dataRoot: string, worker: Pick<WorkerClient, 'remove'>): Promise<Trash> {
  const root = path.join(dataRoot, 'trash');
  await mkdir(root, { recursive: true, mode: 0o700 });
  const waiting = new Set(await readdir(root));
  let running: Promise<void> | undefined;
  let hurry = (): void => undefined;

  async function removeAll(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, gatherMs);
      hurry = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    while (waiting.size > 0) {
      const names = [...waiting];
      // What could not be removed stays in the folder, and the next start tries again.
      await worker.remove(root, names);
      for (const name of names) waiting.delete(name);
    }
  }

  function begin(): void {
    if (running !== undefined || waiting.size === 0) return;
    running = removeAll().then(
      () => {
        running = undefined;
        begin();
      },
      // Without a worker nothing is removed; the names wait for the next discard or start.
      () => {
        running = undefined;
      },
    );
  }

  begin();
  return {
    async discard(target) {
      const name = `${Date.now().toString(36)}-${randomBytes(6).toString('hex')}`;
      try {
        await rename(target, path.join(root, name));
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return;
        throw error;
      }
      waiting.add(name);
      begin();
    },
    async settled() {
      while (running !== undefined) {
        hurry();
        await running;
      }
    },
  };
}
