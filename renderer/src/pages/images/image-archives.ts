// Images saved to this computer and loaded from it: one transfer at a time, which the page Images shows and can stop.
import { create } from 'zustand';
import { formatShare, formatSize } from '../../format/number.ts';
import { fetchBytes, saveBytes, sendBytes } from '../../state/file-transfer.ts';
import { showToast } from '../../state/toast-store.ts';
import { en } from '../../strings/en.ts';
import { asFailure, sentenceOf } from '../../transport/contract-failure.ts';

const words = en.images;

interface ArchiveTransfer {
  /** What is under way, for people; empty when nothing is. */
  readonly text: string;
  readonly cancel: () => void;
}

export const useArchives = create<ArchiveTransfer>(() => ({ text: '', cancel: () => undefined }));

async function transfer(failed: string, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  useArchives.getState().cancel();
  const abort = new AbortController();
  const cancel = (): void => abort.abort();
  useArchives.setState({ cancel });
  try {
    await work(abort.signal);
  } catch (error) {
    if (!abort.signal.aborted) showToast('bad', failed, sentenceOf(asFailure(error)));
  }
  if (useArchives.getState().cancel === cancel) useArchives.setState({ text: '', cancel: () => undefined });
}

/** Saves what these names mean as an archive called after `title`. */
export function saveImage(names: readonly string[], title: string): Promise<void> {
  return transfer(words.saveFailed(title), async (signal) => {
    const tell = (bytes: number): void =>
      useArchives.setState({ text: words.saving(title, formatSize(bytes)) });
    tell(0);
    const bytes = await fetchBytes('imageSave', { names: [...names] }, tell, signal);
    saveBytes(bytes, `${title.replaceAll(/[/:@]+/g, '-')}.tar`);
  });
}

/** Loads archives, one after the other. */
export async function loadArchives(files: readonly File[]): Promise<void> {
  for (const file of files) {
    await transfer(words.loadFailed(file.name), async (signal) => {
      const tell = (bytes: number): void =>
        useArchives.setState({
          text: words.loading(file.name, formatShare(file.size === 0 ? 1 : bytes / file.size)),
        });
      tell(0);
      await sendBytes('imageLoad', { sizeBytes: file.size }, file, tell, signal);
      showToast('info', words.loaded(file.name), '');
    });
  }
}
