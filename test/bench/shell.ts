// Commands as a person at a shell waits for them. To start a process out of a large one, as Node is here, takes milliseconds of its
// own, the same for both engines: they would hide a part of what differs.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { quoted, withShell } from '../fixtures/shell.ts';

/** Runs a command to its end; its wall time in ms. Throws when it fails. Several may run at the same time. */
export function timeCommand(argv: readonly string[]): Promise<number> {
  return withShell(async (shell) => {
    const words = path.join(shell.folder, 'stderr');
    const { exitCode, wallMs } = await shell.run(
      `exec ${quoted(...argv)} < /dev/null > /dev/null 2> ${quoted(words)}`,
    );
    if (exitCode === 0) return wallMs;
    throw new Error(`${argv.join(' ')} ended with ${String(exitCode)}: ${await readFile(words, 'utf8')}`);
  });
}
