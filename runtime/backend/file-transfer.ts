// Streams of bytes between the engine and a window, each side waiting for the other: files of volumes and images, archives of images.
import { PassThrough } from 'node:stream';
import type { EngineClient, EngineRequest } from '../client/engine-client.ts';
import { uploadWindowBytes, type UploadEvent } from '../contract/streams.ts';
import type { BackendStream } from './backend-stream.ts';
import { contractError, toContractError } from './contract-failure.ts';
import type { StreamOutput } from './output-queue.ts';

/** Sends what the engine answers, and ends with it. */
export function openDownload(
  client: EngineClient,
  request: Pick<EngineRequest, 'path' | 'query'>,
  output: StreamOutput<never>,
): BackendStream<never> {
  const abort = new AbortController();
  let goOn = (): void => undefined;
  output.onOpen(() => goOn());
  abort.signal.addEventListener('abort', () => goOn());
  const run = async (): Promise<void> => {
    const response = await client.stream({ method: 'GET', ...request, signal: abort.signal });
    abort.signal.addEventListener('abort', () => response.destroy());
    if (abort.signal.aborted) response.destroy();
    for await (const chunk of response as AsyncIterable<Buffer>) {
      output.data(chunk);
      if (output.blocked) await new Promise<void>((resolve) => (goOn = resolve));
    }
  };
  run().then(
    () => output.close(),
    (error: unknown) => output.close(toContractError(error)),
  );
  return {
    input: () => undefined,
    end: () => undefined,
    control: () => undefined,
    dispose: () => abort.abort(),
  };
}

/**
 * Gives the engine what the window sends; ends when the engine has answered and `check` finds nothing wrong in it. A window that goes
 * before leaves no half of a file.
 */
export function openUpload(
  client: EngineClient,
  request: Pick<EngineRequest, 'method' | 'path' | 'query'>,
  sizeBytes: number,
  output: StreamOutput<UploadEvent>,
  check: (answer: string) => void = () => undefined,
): BackendStream<never> {
  const abort = new AbortController();
  const content = new PassThrough({ highWaterMark: uploadWindowBytes });
  let givenBytes = 0;
  let takenBytes = 0;
  // It breaks when the request does, which says why.
  content.on('error', () => undefined);
  const input = (data: Uint8Array): void => {
    givenBytes += data.length;
    if (givenBytes > sizeBytes || givenBytes - takenBytes > uploadWindowBytes) {
      output.close(contractError('invalid', 'The window sent more than it may.'));
      abort.abort();
      return;
    }
    const { length } = data;
    content.write(Buffer.from(data), () => {
      takenBytes += length;
      output.event({ takenBytes });
    });
    if (givenBytes === sizeBytes) content.end();
  };
  if (sizeBytes === 0) content.end();
  client
    .text({ ...request, content, signal: abort.signal })
    .then(check)
    .then(
      () => output.close(),
      (error: unknown) => output.close(toContractError(error)),
    );
  return {
    input,
    end: () => undefined,
    control: () => undefined,
    dispose: () => {
      if (givenBytes < sizeBytes) abort.abort();
      content.destroy();
    },
  };
}
