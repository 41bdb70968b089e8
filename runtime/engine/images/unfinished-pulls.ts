// What pulls that have not ended well may still want: the layers that they have brought outlive a killed engine, so that the next
// pull fetches none of them again. After a while, or a prune, they are as good as forgotten.
import path from 'node:path';
import { z } from 'zod';
import { readRecord, removeTornWrites, writeRecord } from '../store/records.ts';
import { sha256Digest } from './image-manifest.ts';

const schemaVersion = 1;
/** Whoever has not pulled again by then does not want it any more. */
const keptMs = 7 * 24 * 3_600_000;
const maxPulls = 100;

const record = z.object({
  schemaVersion: z.literal(schemaVersion),
  pulls: z.array(z.object({ chain: z.array(sha256Digest), beganMs: z.number() })),
});
type Pull = z.infer<typeof record>['pulls'][number];

/** The chains of all pulls that began and did not end well. */
export class UnfinishedPulls {
  readonly #file: string;
  #pulls: readonly Pull[];

  private constructor(file: string, pulls: readonly Pull[]) {
    this.#file = file;
    this.#pulls = pulls;
  }

  /** What cannot be read is forgotten: it only saves time. */
  static async open(dataRoot: string, nowMs: number): Promise<UnfinishedPulls> {
    const file = path.join(dataRoot, 'unfinished-pulls.json');
    await removeTornWrites(file);
    const known = await readRecord(file, record).catch(() => undefined);
    const pulls = (known?.pulls ?? []).filter(({ beganMs }) => nowMs - beganMs < keptMs);
    return new UnfinishedPulls(file, pulls);
  }

  /** All chainIDs that they want. */
  layers(): Set<string> {
    return new Set(this.#pulls.flatMap(({ chain }) => chain));
  }

  /** A pull of this chain begins. */
  async begin(chain: readonly string[], nowMs: number): Promise<void> {
    const others = this.#others(chain).slice(1 - maxPulls);
    await this.#write([...others, { chain: [...chain], beganMs: nowMs }]);
  }

  /** A pull of this chain has ended well: its image keeps the layers. */
  async end(chain: readonly string[]): Promise<void> {
    const others = this.#others(chain);
    if (others.length < this.#pulls.length) await this.#write(others);
  }

  /** Nothing is wanted any more. */
  async forget(): Promise<void> {
    if (this.#pulls.length > 0) await this.#write([]);
  }

  #others(chain: readonly string[]): Pull[] {
    const top = chain.at(-1);
    return this.#pulls.filter((pull) => pull.chain.at(-1) !== top);
  }

  async #write(pulls: readonly Pull[]): Promise<void> {
    this.#pulls = pulls;
    // Not flushed: after a power cut the layers are not trusted either.
    await writeRecord(this.#file, { schemaVersion, pulls }, 'fast');
  }
}
