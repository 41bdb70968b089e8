import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RecordBatch } from '../../../runtime/backend/log-records.ts';
import { LogDecoder } from '../../../runtime/backend/log-stream.ts';
import { readRecords, type LogRecord } from './window-port.ts';

const time = '2026-01-02T03:04:05.123456789Z ';
const timeMs = Date.parse('2026-01-02T03:04:05Z') + 123.456789;

function frame(stream: number, payload: string | Buffer): Buffer {
  const body = Buffer.from(payload);
  const header = Buffer.alloc(8);
  header.writeUInt8(stream, 0);
  header.writeUInt32BE(body.length, 4);
  return Buffer.concat([header, body]);
}

function decode(chunks: readonly Buffer[], tty = false): LogRecord[] {
  const frames: Uint8Array[] = [];
  const batch = new RecordBatch((bytes) => frames.push(bytes));
  const decoder = new LogDecoder(tty, batch);
  for (const chunk of chunks) decoder.push(chunk);
  decoder.end();
  return frames.flatMap((bytes) => readRecords(Buffer.from(bytes)));
}

/** Cuts a buffer at the given places (taken modulo its length). */
function cut(whole: Buffer, places: readonly number[]): Buffer[] {
  const at = [...new Set(places.map((place) => place % (whole.length + 1)))].sort((a, b) => a - b);
  return [0, ...at].map((from, index) => whole.subarray(from, at[index] ?? whole.length));
}

const line = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 30 }).map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 30 }).map((bytes) => Buffer.from(bytes)),
);
const message = fc.record({
  stream: fc.constantFrom(1, 2),
  timed: fc.boolean(),
  line,
  ended: fc.boolean(),
});
const places = fc.array(fc.nat(), { maxLength: 40 });

describe('decoding a log', () => {
  it('gives the same records however frames are cut', () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 20 }), places, (messages, at) => {
        const whole = Buffer.concat(
          messages.map((each) =>
            frame(
              each.stream,
              Buffer.concat([
                Buffer.from(each.timed ? time : ''),
                each.line,
                Buffer.from(each.ended ? '\n' : ''),
              ]),
            ),
          ),
        );
        expect(decode(cut(whole, at))).toEqual(decode([whole]));
      }),
    );
  });

  it('gives the same records however the output of a terminal is cut', () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 20 }), places, (lines, at) => {
        const whole = Buffer.concat(lines.flatMap((each) => [Buffer.from(time), each, Buffer.from('\r\n')]));
        expect(decode(cut(whole, at), true)).toEqual(decode([whole], true));
      }),
    );
  });

  it('returns each line as it was written, with its stream and its time', () => {
    const texts = fc.array(
      fc.record({
        stream: fc.constantFrom(1, 2),
        text: fc.string({ unit: 'grapheme', maxLength: 40 }).filter((text) => !/[\r\n]/.test(text)),
      }),
    );
    fc.assert(
      fc.property(texts, places, (written, at) => {
        const whole = Buffer.concat(written.map(({ stream, text }) => frame(stream, `${time}${text}\n`)));
        const expected = written.map(({ stream, text }) => ({ stream, timeMs, text }));
        expect(decode(cut(whole, at))).toEqual(expected);
      }),
    );
  });

  it('joins messages of one long line and drops the times in its middle', () => {
    const chunks = [
      frame(1, `${time}begin `),
      frame(2, `${time}other\n`),
      frame(1, `${time}middle `),
      frame(1, `${time}end\n`),
    ];
    expect(decode(chunks)).toEqual([
      { stream: 2, timeMs, text: 'other' },
      { stream: 1, timeMs, text: 'begin middle end' },
    ]);
  });

  it('keeps a time that a program wrote itself', () => {
    expect(decode([frame(1, `${time}${time}mine\n`)])).toEqual([{ stream: 1, timeMs, text: `${time}mine` }]);
  });

  it.each([
    ['no time', 'plain', 0, 'plain'],
    ['an offset', '2026-01-02T03:04:05+02:00 x', Date.parse('2026-01-02T01:04:05Z'), 'x'],
    ['no fraction', '2026-01-02T03:04:05Z x', Date.parse('2026-01-02T03:04:05Z'), 'x'],
    ['an impossible time', '2026-13-02T03:04:05Z x', 0, '2026-13-02T03:04:05Z x'],
    ['an empty line', time, timeMs, ''],
  ])('reads a line with %s', (_name, written, expectedMs, text) => {
    expect(decode([frame(1, `${written}\n`)])).toEqual([{ stream: 1, timeMs: expectedMs, text }]);
  });

  it('reads times within one second and over its end alike', () => {
    const instants = ['05.000000001Z', '05.5Z', '05.999999999Z', '06.25Z', '06Z', '06.000Z', '05.1Z'];
    const whole = Buffer.concat(instants.map((at) => frame(1, `2026-01-02T03:04:${at} x\n`)));
    const base = Date.parse('2026-01-02T03:04:00Z');
    const expected = instants.map((at) => base + Number(at.slice(0, -1)) * 1000);
    for (const [index, record] of decode([whole]).entries()) {
      expect(record.text).toBe('x');
      expect(record.timeMs).toBeCloseTo(expected[index] ?? 0, 3);
    }
  });

  it('replaces bytes that are no UTF-8, and joins characters that were cut', () => {
    const euro = Buffer.from('€');
    const chunks = [
      frame(1, euro.subarray(0, 1)),
      frame(1, euro.subarray(1)),
      frame(1, Buffer.from([0xff, 0x0a])),
    ];
    expect(decode(chunks).map(({ text }) => text)).toEqual(['€\uFFFD']);
  });

  it('cuts a huge line at 1 MiB with a mark and goes on behind it', () => {
    const huge = Buffer.alloc(3 * 1024 * 1024, 'x');
    const records = decode([frame(1, Buffer.concat([huge, Buffer.from('\nnext\n')]))]);
    expect(records.map(({ text }) => text.length)).toEqual([
      1024 * 1024 + ' … [line cut at 1 MiB]'.length,
      4,
    ]);
    expect(records[0]?.text.endsWith('[line cut at 1 MiB]')).toBe(true);
  });

  it('cuts an endless line at the same place however it comes', () => {
    const huge = frame(1, Buffer.alloc(2 * 1024 * 1024 + 7, 'y'));
    expect(decode(cut(huge, [5, 1024 * 1024 - 1, 1024 * 1024 + 9]))).toEqual(decode([huge]));
  });

  it('refuses bytes that are no frames', () => {
    expect(() => decode([Buffer.from('hello world')])).toThrow('not made of frames');
  });
});
