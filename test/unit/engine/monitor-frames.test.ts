// The splitter of frames: the same output however the bytes are cut.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameSplitter, frame, frameType } from '../../../runtime/engine/helper/monitor-frames.ts';

function split(bytes: Buffer, sizes: readonly number[], raw: boolean) {
  const output: Buffer[] = [];
  const control: [number, string][] = [];
  const splitter = new FrameSplitter(raw, {
    output: (part) => output.push(Buffer.from(part)),
    control: (type, payload) => control.push([type, payload.toString()]),
  });
  let at = 0;
  for (let turn = 0; at < bytes.length; turn += 1) {
    const size = Math.max(1, sizes[turn % Math.max(1, sizes.length)] ?? 1);
    splitter.push(bytes.subarray(at, at + size));
    at += size;
  }
  return { output: Buffer.concat(output), control };
}

describe('a run of frames', () => {
  const kinds = fc.constantFrom(frameType.stdout, frameType.stderr, frameType.greeting, frameType.exit);
  const frames = fc.array(fc.tuple(kinds, fc.uint8Array({ maxLength: 40 })), { maxLength: 12 });

  it('comes out the same however it is cut', () => {
    fc.assert(
      fc.property(frames, fc.array(fc.integer({ min: 1, max: 30 })), fc.boolean(), (list, sizes, raw) => {
        const isOutput = (type: number) => type === frameType.stdout || type === frameType.stderr;
        const bytes = Buffer.concat(list.map(([type, payload]) => frame(type, payload)));
        const result = split(bytes, sizes, raw);
        const expected = Buffer.concat(
          list
            .filter(([type]) => isOutput(type))
            .map(([type, payload]) => (raw ? Buffer.from(payload) : frame(type, payload))),
        );
        expect(result.output.equals(expected)).toBe(true);
        expect(result.control).toEqual(
          list
            .filter(([type]) => !isOutput(type))
            .map(([type, payload]) => [type, Buffer.from(payload).toString()]),
        );
      }),
    );
  });

  it('passes whole runs on without copying', () => {
    const bytes = Buffer.concat([
      frame(frameType.stdout, Buffer.from('a')),
      frame(frameType.stderr, Buffer.from('b')),
    ]);
    const parts: Buffer[] = [];
    new FrameSplitter(false, { output: (part) => parts.push(part), control: () => undefined }).push(bytes);
    expect(parts).toHaveLength(1);
    expect(parts[0]?.buffer).toBe(bytes.buffer);
  });

  it('refuses a frame that is too long', () => {
    const bytes = Buffer.alloc(8);
    bytes[0] = frameType.exit;
    bytes.writeUInt32BE(1 << 30, 4);
    expect(() => split(bytes, [8], false)).toThrow('too long');
  });
});
