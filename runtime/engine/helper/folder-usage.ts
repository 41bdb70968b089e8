// What folders take of the disk, counted by a worker (PROTOCOL.md, section 3).
import { z } from 'zod';
import { runJob } from './worker-job.ts';

const usageLine = z.object({ usage: z.object({ name: z.string(), bytes: z.int() }) });

/** Bytes in `inside` of each of the named folders of `root`, a file of many names once. What is not there is left out. */
export async function folderUsage(
  program: string,
  root: string,
  names: readonly string[],
  inside: string,
): Promise<ReadonlyMap<string, number>> {
  const bytes = new Map<string, number>();
  const onLine = (line: unknown): void => {
    const parsed = usageLine.safeParse(line);
    if (parsed.success) bytes.set(parsed.data.usage.name, parsed.data.usage.bytes);
  };
  const input = Buffer.from(names.map((name) => `${name}\0`).join(''));
  await runJob({ program, args: ['usage', '--root', root, '--name', inside], input, onLine });
  return bytes;
}
