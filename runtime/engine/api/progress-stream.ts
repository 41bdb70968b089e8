// The answer of pull and load: lines of JSON as work goes on. Until the first line an error has its own status, where
// Docker gives it one; after it, the error is a line.
import type { ServerResponse } from 'node:http';
import type { ProgressMessage } from '../services.ts';
import { BuildStepError } from '../build/build-error.ts';
import { sendError, sentenceOf } from './reply.ts';

/** Runs `work` and streams what it reports. */
export async function streamProgress(
  response: ServerResponse,
  signal: AbortSignal,
  work: (report: (message: ProgressMessage) => void) => Promise<void>,
  errors: 'by status' | 'in the stream' = 'by status',
): Promise<void> {
  const begin = (): void => {
    if (!response.headersSent) response.writeHead(200, { 'Content-Type': 'application/json' });
  };
  const report = (message: ProgressMessage): void => {
    if (signal.aborted) return;
    // A slow client misses counts of bytes on their way, never a change of state.
    if (response.writableNeedDrain && message.progressDetail?.current !== undefined) return;
    begin();
    response.write(JSON.stringify(message) + '\r\n');
  };
  try {
    await work(report);
    begin();
    response.end();
  } catch (error) {
    if (signal.aborted) return;
    if (!response.headersSent && errors === 'by status') return sendError(response, error);
    begin();
    const message = sentenceOf(error);
    const code = error instanceof BuildStepError ? { code: error.exitCode } : {};
    response.end(JSON.stringify({ errorDetail: { ...code, message }, error: message }) + '\r\n');
  }
}
