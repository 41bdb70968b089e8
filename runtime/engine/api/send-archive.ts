// Archives as answers.
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Call } from './route.ts';

/** Streams an archive as the client takes it. A failure on the way can only cut the answer. */
export async function sendArchive(
  response: Call['response'],
  type: string,
  archive: Readable,
  signal: AbortSignal,
): Promise<void> {
  response.writeHead(200, { 'Content-Type': type });
  try {
    await pipeline(archive, response);
  } catch (error) {
    // The end of the client is the end of its stream; only a failure of ours is worth a word.
    if (!signal.aborted) throw error;
  }
}
