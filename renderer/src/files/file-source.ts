// Where a folder view's files come from: a volume, an image, or a layer of one.
import type { FileEntry } from '../../../runtime/contract/methods.ts';
import type { TransferKind } from '../state/file-transfer.ts';

/** Paths are absolute inside it. What rejects does so with a contract failure, or the signal's reason. */
export interface FileSource {
  /** Other files have another key. */
  readonly key: string;
  /** What an archive of all of it is called. */
  readonly name: string;
  /** What its top folder is called for screen readers. */
  readonly rootText: string;
  read(path: string): Promise<{ readonly entries: readonly FileEntry[]; readonly total: number }>;
  download(
    path: string,
    kind: TransferKind,
    onProgress: (bytes: number) => void,
    signal: AbortSignal,
  ): Promise<Blob>;
  /** Absent where files are only read, like {@link edit}. */
  readonly upload?: (
    path: string,
    kind: TransferKind,
    file: Blob,
    onProgress: (bytes: number) => void,
    signal: AbortSignal,
  ) => Promise<void>;
  readonly edit?: (path: string) => void;
  /** Ask for another name, and whether it shall go. */
  readonly rename?: (path: string) => void;
  readonly remove?: (path: string, kind: FileEntry['kind']) => void;
}
