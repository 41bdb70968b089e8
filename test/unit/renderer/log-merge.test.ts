// Several logs in one: in the order of their times, without waiting for ever for one that says nothing.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LogMerge } from '../../../renderer/src/logs/log-merge.ts';
import { LogFrameError, LogStore } from '../../../renderer/src/logs/log-store.ts';

function frame(...lines: readonly (readonly [timeMs: number, text: string])[]): Uint8Array {
  const texts = lines.map(([timeMs, text]) => ({ timeMs, bytes: new TextEncoder().encode(text) }));
  const made = new Uint8Array(texts.reduce((sum, { bytes }) => sum + 13 + bytes.length, 0));
  const view = new DataView(made.buffer);
  let at = 0;
  for (const { timeMs, bytes } of texts) {
    view.setUint8(at, 1);
    view.setFloat64(at + 1, timeMs);
    view.setUint32(at + 9, bytes.length);
    made.set(bytes, at + 13);
    at += 13 + bytes.length;
  }
  return made;
}

/** What is given out, as `source:text`. */
function taken(merge: LogMerge, nowMs: number): { lines: string[]; waitMs: number | undefined } {
  const store = new LogStore();
  const waitMs = merge.take(nowMs, (source, records) => void store.append(records, source));
  const lines = Array.from({ length: store.end }, (_, number) => {
    const line = store.line(number);
    return `${String(line?.source)}:${line?.text ?? ''}`;
  });
  return { lines, waitMs };
}

describe('LogMerge', () => {
  it('gives one log out as it comes', () => {
    const merge = new LogMerge(1, 0);
    merge.push(0, frame([2, 'a'], [1, 'b']));
    expect(taken(merge, 0)).toEqual({ lines: ['0:a', '0:b'], waitMs: undefined });
  });

  it('takes the earliest line next, whatever the frames were', () => {
    const log = fc.array(fc.array(fc.nat(50), { minLength: 1 }), { minLength: 1 });
    fc.assert(
      fc.property(fc.array(log, { minLength: 1, maxLength: 5 }), (logs) => {
        const merge = new LogMerge(logs.length, 0);
        const wanted: number[] = [];
        let sentBytes = 0;
        for (const [source, frames] of logs.entries()) {
          let timeMs = 0;
          for (const steps of frames) {
            const sent = frame(
              ...steps.map((step) => {
                timeMs += step;
                wanted.push(timeMs);
                return [timeMs, String(timeMs)] as const;
              }),
            );
            sentBytes += sent.length;
            merge.push(source, sent);
          }
          merge.end(source);
        }
        const { lines, waitMs } = taken(merge, 0);
        expect(waitMs).toBeUndefined();
        expect(lines.map((line) => Number(line.split(':')[1]))).toEqual(wanted.sort((a, b) => a - b));
        expect(logs.reduce((sum, _, source) => sum + merge.takenBytes(source), 0)).toBe(sentBytes);
      }),
    );
  });

  it('waits for a log that is still being read, but not for long', () => {
    const merge = new LogMerge(2, 0);
    merge.push(0, frame([5, 'late']));
    const { lines, waitMs } = taken(merge, 100);
    expect(lines).toEqual([]);
    expect(waitMs).toBeGreaterThan(0);
    merge.push(1, frame([1, 'early']));
    expect(taken(merge, 4150).lines).toEqual(['1:early']);
    expect(taken(merge, 8150).lines).toEqual([]);
    expect(taken(merge, 4150 + 10_000)).toEqual({ lines: ['0:late'], waitMs: undefined });
  });

  it('waits no longer for a log that has caught up with its end', () => {
    const merge = new LogMerge(2, 0);
    merge.push(0, frame([5, 'late']));
    merge.push(1, frame([1, 'early']));
    merge.caughtUp(1);
    expect(taken(merge, 100).lines).toEqual(['1:early']);
    expect(taken(merge, 301)).toEqual({ lines: ['0:late'], waitMs: undefined });
    // From its end on it is new again for whoever goes on.
    merge.end(1);
    merge.begin(1, 600);
    merge.push(0, frame([550, 'meanwhile']));
    expect(taken(merge, 3000).lines).toEqual([]);
  });

  it('waits for a quiet log only while a line of that time may still come', () => {
    const merge = new LogMerge(2, 0);
    for (const source of [0, 1]) merge.caughtUp(source);
    merge.push(0, frame([1, 'a']));
    expect(taken(merge, 5000).lines).toEqual(['0:a']);
    merge.push(1, frame([5100, 'b']));
    expect(taken(merge, 9000).lines).toEqual(['1:b']);
    merge.push(0, frame([9001, 'c'], [9002, 'd']));
    const { lines, waitMs } = taken(merge, 9010);
    expect(lines).toEqual([]);
    expect(waitMs).toBeGreaterThan(0);
    expect(waitMs).toBeLessThan(250);
    merge.push(1, frame([9001.5, 'e']));
    expect(taken(merge, 9020).lines).toEqual(['0:c', '1:e']);
    expect(taken(merge, 9300).lines).toEqual(['0:d']);
    // A log far behind, as when it is written faster than it is read, waits for nobody.
    merge.push(1, frame([9303, 'f']));
    expect(taken(merge, 9700).lines).toEqual(['1:f']);
  });

  it('does not wait for one that ended, and again for one that goes on', () => {
    const merge = new LogMerge(2, 0);
    merge.end(1);
    merge.push(0, frame([1, 'a']));
    expect(taken(merge, 1).lines).toEqual(['0:a']);
    merge.begin(1, 2);
    merge.push(0, frame([2, 'b']));
    expect(taken(merge, 3).lines).toEqual([]);
  });

  it('acknowledges a frame when all of it went', () => {
    const merge = new LogMerge(2, 0);
    const sent = frame([1, 'a'], [9, 'b']);
    merge.push(0, sent);
    merge.push(1, frame([5, 'c']));
    expect(taken(merge, 1).lines).toEqual(['0:a', '1:c']);
    expect(merge.takenBytes(0)).toBe(0);
    expect(taken(merge, 9999).lines).toEqual(['0:b']);
    expect(merge.takenBytes(0)).toBe(sent.length);
    expect(merge.takenBytes(0)).toBe(0);
  });

  it('refuses a frame that ends inside a record', () => {
    const merge = new LogMerge(1, 0);
    merge.push(0, frame([1, 'hello']).subarray(0, 15));
    expect(() => merge.take(0, () => undefined)).toThrow(LogFrameError);
  });
});
