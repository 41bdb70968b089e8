// What lies in a folder of a volume or an image, from the engine's answer to the contract's form.
import type { FolderAnswer } from '../client/engine-answers.ts';
import type { FileEntry } from '../contract/methods.ts';

/** In the order of the answer. */
export function fileEntries(entries: FolderAnswer['Entries']): FileEntry[] {
  return entries.map((entry) => ({
    name: entry.Name,
    kind: entry.Type,
    sizeBytes: entry.Size,
    mode: entry.Mode,
    uid: entry.Uid,
    gid: entry.Gid,
    modifiedMs: entry.Modified * 1000,
    target: entry.LinkTarget,
  }));
}
