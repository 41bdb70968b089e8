// Kills whatever is left in cgroups, for containers whose monitor is gone. A cold path.
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

const attempts = 10;

/** Kills all processes of these cgroups (one per hierarchy, all with the same processes). */
export async function killCgroups(paths: readonly string[]): Promise<void> {
  // Frozen processes of v1 do not even die.
  for (const folder of paths) {
    await writeFile(path.join(folder, 'freezer.state'), 'THAWED', { flag: 'r+' }).catch(() => undefined);
  }
  for (const folder of paths) {
    const killed = await writeFile(path.join(folder, 'cgroup.kill'), '1', { flag: 'r+' }).then(
      () => true,
      () => false, // v1, or gone
    );
    // A fork may slip in between the reading and the killing: look again until nobody is there.
    for (let attempt = 0; !killed && attempt < attempts; attempt += 1) {
      const text = await readFile(path.join(folder, 'cgroup.procs'), 'utf8').catch(() => '');
      const pids = text
        .split('\n')
        .map(Number)
        .filter((pid) => pid > 1);
      if (pids.length === 0) break;
      for (const pid of pids) {
        try {
          process.kill(pid, 'SIGKILL');
        } catch {
          // it ended by itself
        }
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}
