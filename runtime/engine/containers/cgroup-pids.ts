// The processes of a container: whoever is in its cgroup or below it.
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

/** Process ids in the first of these cgroups (all have the same processes); empty when it is gone. */
export async function cgroupPids(places: readonly { readonly path: string }[]): Promise<Set<number>> {
  const [first] = places;
  const pids = new Set<number>();
  if (first !== undefined) await collect(first.path, pids);
  return pids;
}

async function collect(folder: string, pids: Set<number>): Promise<void> {
  const text = await readFile(path.join(folder, 'cgroup.procs'), 'utf8').catch(() => '');
  for (const line of text.split('\n')) if (line !== '') pids.add(Number(line));
  const children = await readdir(folder, { withFileTypes: true }).catch(() => []);
  for (const child of children) if (child.isDirectory()) await collect(path.join(folder, child.name), pids);
}
