// The output of a program that nobody is attached to, kept up to a length.
import { connectMonitor } from '../helper/monitor-client.ts';
import type { AttachSession } from './attach-session.ts';

const SIGKILL = 9;

/** What a program wrote, up to a number of bytes; what is cut ends with `...`, as Docker has it. */
export class ExecOutput {
  readonly #parts: Buffer[] = [];
  readonly #maxBytes: number;
  #size = 0;
  #cut = false;
  /** The program was killed because it took too long. */
  late = false;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get text(): string {
    return Buffer.concat(this.#parts).toString() + (this.#cut ? '...' : '');
  }

  /** Collects what comes from the monitor in `room`; kills the program after a time, and when the signal is aborted. */
  async collect(room: string, timeoutMs: number, signal: AbortSignal): Promise<AttachSession> {
    const interest = { stdout: true, stderr: true, raw: true, go: true };
    const monitor = await connectMonitor(room, interest, (bytes) => {
      this.#add(bytes);
      return true;
    });
    const kill = (): void => monitor.signal(SIGKILL);
    const timer = setTimeout(() => {
      this.late = true;
      kill();
    }, timeoutMs);
    signal.addEventListener('abort', kill);
    if (signal.aborted) kill();
    const ended = async (): Promise<'program-ended'> => {
      await monitor.exited;
      clearTimeout(timer);
      signal.removeEventListener('abort', kill);
      monitor.close();
      return 'program-ended';
    };
    return { done: ended(), exited: monitor.exited };
  }

  #add(bytes: Buffer): void {
    const kept = bytes.subarray(0, this.#maxBytes - this.#size);
    this.#cut ||= kept.length < bytes.length;
    if (kept.length === 0) return;
    this.#size += kept.length;
    this.#parts.push(Buffer.from(kept));
  }
}
