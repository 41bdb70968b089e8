// How much a container has written to its own layer.
import { lstat, readdir } from 'node:fs/promises';
import path from 'node:path';

/** Bytes of the files below a folder; links are not followed, a file with several names counts once. */
export async function folderBytes(folder: string): Promise<number> {
  const seen = new Set<string>();
  const measure = async (at: string): Promise<number> => {
    let sum = 0;
    for (const entry of await readdir(at, { withFileTypes: true }).catch(() => [])) {
      const file = path.join(at, entry.name);
      if (entry.isDirectory()) {
        sum += await measure(file);
      } else if (entry.isFile()) {
        const { size, nlink, dev, ino } = await lstat(file);
        const key = `${String(dev)}:${String(ino)}`;
        if (nlink > 1 && seen.has(key)) continue;
        if (nlink > 1) seen.add(key);
        sum += size;
      }
    }
    return sum;
  };
  return measure(folder);
}
