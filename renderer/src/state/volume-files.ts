// What the window does with volumes' files: list a folder, read and write a text, send and fetch bytes. The bytes of a download are kept
// until they are whole, then given to the browser to save.
import { uploadEvent, uploadWindowBytes } from '../../../runtime/contract/streams.ts';
import { openClient } from '../transport/connection.ts';
import type { StreamHandle } from '../transport/contract-client.ts';

/** A file, or a folder as an archive. */
export type TransferKind = 'file' | 'archive';

const chunkBytes = 256 * 1024;

/** Fetches bytes; `onProgress` hears how many have come. Rejects with a contract failure, or the signal's reason. */
export function downloadBytes(
  id: string,
  path: string,
  kind: TransferKind,
  onProgress: (bytes: number) => void,
  signal: AbortSignal,
): Promise<Blob> {
  return new Promise((resolve, reject) => {
    const parts: Uint8Array<ArrayBuffer>[] = [];
    let bytes = 0;
    let handle: StreamHandle<'volumeDownload'> | undefined = undefined;
    const stop = (): void => {
      handle?.close();
      reject(new DOMException('', 'AbortError'));
    };
    signal.addEventListener('abort', stop, { once: true });
    handle = openClient().open(
      'volumeDownload',
      { id, path, kind },
      {
        onData: (data) => {
          parts.push(new Uint8Array(data));
          bytes += data.length;
          handle?.ack(data.length);
          onProgress(bytes);
        },
        onClosed: (failure) => {
          signal.removeEventListener('abort', stop);
          if (failure === undefined) resolve(new Blob(parts));
          else reject(failure);
        },
      },
    );
  });
}

/** Sends a file of this computer; `onProgress` hears how much was taken. Rejects as {@link downloadBytes} does. */
export function uploadFile(
  id: string,
  path: string,
  kind: TransferKind,
  file: Blob,
  onProgress: (bytes: number) => void,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let sent = 0;
    let taken = 0;
    let isSending = false;
    let handle: StreamHandle<'volumeUpload'> | undefined = undefined;
    const fail = (error: unknown): void => {
      handle?.close();
      reject(error instanceof Error ? error : new Error(String(error)));
    };
    const stop = (): void => fail(new DOMException('', 'AbortError'));
    const pump = async (): Promise<void> => {
      if (isSending) return;
      isSending = true;
      while (sent < file.size && sent - taken + chunkBytes <= uploadWindowBytes && !signal.aborted) {
        const bytes = new Uint8Array(await file.slice(sent, sent + chunkBytes).arrayBuffer());
        sent += bytes.length;
        handle?.send(bytes);
      }
      isSending = false;
    };
    signal.addEventListener('abort', stop, { once: true });
    handle = openClient().open(
      'volumeUpload',
      { id, path, kind, sizeBytes: file.size },
      {
        onEvent: (event) => {
          taken = uploadEvent.parse(event).takenBytes;
          onProgress(taken);
          pump().catch(fail);
        },
        onClosed: (failure) => {
          signal.removeEventListener('abort', stop);
          if (failure === undefined) resolve();
          else reject(failure);
        },
      },
    );
    pump().catch(fail);
  });
}

/** Lets the browser save bytes under a name. */
export function saveBytes(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // Only once the browser has begun to read it.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
