// Bytes on their way between a volume or an image and this computer, as a page shows them: one after the other, how far it is, and the way to stop.
import { useCallback, useEffect, useRef, useState } from 'react';
import { formatShare, formatSize } from '../format/number.ts';
import { showToast } from '../state/toast-store.ts';
import { saveBytes, type TransferKind } from '../state/file-transfer.ts';
import { en } from '../strings/en.ts';
import { asFailure, sentenceOf } from '../transport/contract-failure.ts';
import { below } from './file-list.ts';
import type { FileSource } from './file-source.ts';

const words = en.volumes.files;

/** `changed` is called when something came into the volume. Keep the source the same while its files are. */
export function useTransfer(source: FileSource, changed: () => void) {
  const [text, setText] = useState('');
  const abort = useRef<AbortController>(undefined);
  // Who leaves the page gives it up.
  useEffect(() => () => abort.current?.abort(), []);

  const run = useCallback(
    async (failed: string, work: (signal: AbortSignal) => Promise<void>): Promise<void> => {
      abort.current?.abort();
      const controller = new AbortController();
      abort.current = controller;
      try {
        await work(controller.signal);
      } catch (error) {
        if (!controller.signal.aborted) showToast('bad', failed, sentenceOf(asFailure(error)));
      }
      if (abort.current === controller) setText('');
    },
    [],
  );
  const download = useCallback(
    (path: string, kind: TransferKind): void => {
      const leaf = path.slice(path.lastIndexOf('/') + 1);
      const name = leaf === '' ? source.name : leaf;
      void run(words.downloadFailed(name), async (signal) => {
        setText(words.downloading(name, formatSize(0)));
        const progress = (bytes: number): void => setText(words.downloading(name, formatSize(bytes)));
        const bytes = await source.download(path, kind, progress, signal);
        saveBytes(bytes, kind === 'archive' ? `${name}.tar` : name);
      });
    },
    [source, run],
  );
  const upload = useCallback(
    (files: readonly File[], path: string, kind: TransferKind): void => {
      void run(words.uploadFailed(files[0]?.name ?? ''), async (signal) => {
        for (const file of files) {
          const progress = (bytes: number): void =>
            setText(words.uploading(file.name, formatShare(file.size === 0 ? 1 : bytes / file.size)));
          progress(0);
          const to = kind === 'file' ? below(path, file.name) : path;
          await source.upload?.(to, kind, file, progress, signal);
          showToast('info', words.uploaded(file.name), '');
          changed();
        }
      });
    },
    [source, run, changed],
  );
  const cancel = useCallback(() => abort.current?.abort(), []);
  return { text, download, upload, cancel };
}
