// Bytes between the window and the engine: files of volumes and images, archives of images. What is fetched is kept until it is whole,
// then given to the browser to save.
import { uploadEvent, uploadWindowBytes, type StreamParams } from '../../../runtime/contract/streams.ts';
import { openClient } from '../transport/connection.ts';
import type { StreamHandle } from '../transport/contract-client.ts';

/** A file, or a folder as an archive. */
export type TransferKind = 'file' | 'archive';

const chunkBytes = 256 * 1024;

/** Fetches bytes; `onProgress` hears how many have come. Rejects with a contract failure, or the signal's reason. */
export function fetchBytes<S extends 'volumeDownload' | 'imageDownload' | 'imageSave'>(
  stream: S,
  params: StreamParams<S>,
  onProgress: (bytes: number) => void,
  signal: AbortSignal,
): Promise<Blob> {
  return new Promise((resolve, reject) => {
    const parts: Uint8Array<ArrayBuffer>[] = [];
    let bytes = 0;
    let handle: StreamHandle<S> | undefined = undefined;
    const stop = (): void => {
      handle?.close();
      reject(new DOMException('', 'AbortError'));
    };
    signal.addEventListener('abort', stop, { once: true });
    handle = openClient().open(stream, params, {
      onData: (data) => {
        parts.push(new Uint8Array(data));
        bytes += data.length;
        handle?.ack(data.length);
        onProgress(bytes);
      },
      onClosed: (failure) => {
        signal.removeEventListener('abort', stop);
        if (failure === undefined)
          resolve(new Blob(parts, { type: 'application/octet-stream' })); // else browsers guess, and name the file after their guess
        else reject(failure);
      },
    });
  });
}

/** Sends a file of this computer; `onProgress` hears how much was taken. Rejects as {@link fetchBytes} does. */
export function sendBytes<S extends 'volumeUpload' | 'imageLoad'>(
  stream: S,
  params: StreamParams<S>,
  file: Blob,
  onProgress: (bytes: number) => void,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let sent = 0;
    let taken = 0;
    let isSending = false;
    let handle: StreamHandle<S> | undefined = undefined;
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
    handle = openClient().open(stream, params, {
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
    });
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
