// The byte store behind the log view: what comes in as records comes out as lines, in bounded memory.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LogFrameError, LogStore } from '../../../renderer/src/logs/log-store.ts';

function record(stream: number, timeMs: number, text: string): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  const made = new Uint8Array(13 + bytes.length);
  const view = new DataView(made.buffer);
  view.setUint8(0, stream);
  view.setFloat64(1, timeMs);
  view.setUint32(9, bytes.length);
  made.set(bytes, 13);
  return made;
}

function frame(...records: readonly Uint8Array[]): Uint8Array {
  const made = new Uint8Array(records.reduce((sum, one) => sum + one.length, 0));
  let at = 0;
  for (const one of records) {
    made.set(one, at);
    at += one.length;
  }
  return made;
}

describe('LogStore', () => {
  it('gives back every line, whatever the frames were', () => {
    const lines = fc.array(
      fc.record({ stream: fc.constantFrom<1 | 2>(1, 2), timeMs: fc.nat(), text: fc.string() }),
    );
    fc.assert(
      fc.property(fc.array(lines), (frames) => {
        const store = new LogStore();
        for (const one of frames) {
          const held = store.append(frame(...one.map((line) => record(line.stream, line.timeMs, line.text))));
          expect(held).toBe(one.length);
        }
        const wanted = frames.flat();
        expect(store.end).toBe(wanted.length);
        expect(wanted.map((_, number) => store.line(number))).toEqual(
          wanted.map((line) => ({ ...line, source: 0, moreBytes: 0 })),
        );
      }),
    );
  });

  it('takes a line that is longer than a chunk', () => {
    const store = new LogStore();
    const long = 'x'.repeat(700_000);
    store.append(frame(record(1, 1, 'before'), record(1, 2, long), record(1, 3, 'after')));
    expect([store.line(0)?.text, store.line(1)?.text, store.line(2)?.text]).toEqual([
      'before',
      long,
      'after',
    ]);
  });

  it('drops the oldest lines when there are too many bytes, and keeps the numbers of the rest', () => {
    const store = new LogStore(1024 * 1024);
    for (let number = 0; number < 5000; number++)
      store.append(record(1, number, `${number} ${'y'.repeat(500)}`));
    expect(store.memoryBytes).toBeLessThanOrEqual(1024 * 1024);
    expect(store.first).toBeGreaterThan(0);
    expect(store.end).toBe(5000);
    expect(store.line(store.first - 1)).toBeUndefined();
    expect(store.line(store.first)?.text).toMatch(new RegExp(`^${store.first} `));
    expect(store.line(4999)?.text).toMatch(/^4999 /);
    expect(store.line(5000)).toBeUndefined();
  });

  it('tells the bytes of the log, not those of its own memory', () => {
    const store = new LogStore(1024 * 1024);
    store.append(frame(record(1, 1, 'one'), record(2, 2, 'zwölf'), record(1, 3, '')));
    expect(store.sizeBytes(0)).toBe('one\nzwölf\n\n'.length + 1);
    expect(store.sizeBytes(2)).toBe(1);
    expect(store.sizeBytes(3)).toBe(0);
    for (let number = 3; number < 5000; number++) store.append(record(1, 0, 'y'.repeat(499)));
    expect(store.sizeBytes(store.first)).toBe((5000 - store.first) * 500);
    expect(store.sizeBytes(4998)).toBe(1000);
  });

  it('keeps the lines of several logs apart', () => {
    const store = new LogStore();
    store.append(frame(record(1, 1, 'a'), record(2, 2, 'b')), 0);
    store.append(frame(record(2, 3, 'c'), record(1, 4, 'd')), 63);
    store.append(record(1, 5, 'e'), 7);
    const lines = [0, 1, 2, 3, 4].map((number) => store.line(number));
    expect(lines.map((line) => line?.source)).toEqual([0, 0, 63, 63, 7]);
    expect(lines.map((line) => line?.stream)).toEqual([1, 2, 2, 1, 1]);
    expect([0, 3, 4, 5].map((number) => store.source(number))).toEqual([0, 63, 7, undefined]);
  });

  it('decodes no more of a line than is wanted, and whole characters', () => {
    const store = new LogStore();
    store.append(record(1, 0, `ab€${'x'.repeat(1_000_000)}`));
    expect(store.line(0, 4)).toMatchObject({ text: 'ab', moreBytes: 1_000_003 });
    expect(store.line(0, 6)).toMatchObject({ text: 'ab€x', moreBytes: 999_999 });
    expect(store.line(0)).toMatchObject({ moreBytes: 0 });
  });

  it('refuses a frame that ends inside a record', () => {
    const whole = record(1, 0, 'hello');
    expect(() => new LogStore().append(whole.subarray(0, 7))).toThrow(LogFrameError);
    expect(() => new LogStore().append(whole.subarray(0, 15))).toThrow(LogFrameError);
  });
});
