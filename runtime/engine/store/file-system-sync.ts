// Flushing everything written below a folder to disk. Node has no syncfs(2), so coreutils' `sync -f` is run: once
// per batch of layers, after the answer, never in anybody's way.
import { spawn } from 'node:child_process';

/** Flushes the file system that holds `folder`. */
export function syncFileSystem(folder: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('sync', ['-f', folder], { stdio: 'ignore' });
    child.once('error', reject);
    child.once('exit', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`sync -f ${folder} failed with status ${String(code)}`));
    });
  });
}
