import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanStart, ReplayRing } from '../../../runtime/backend/replay-ring.ts';

const keepBytes = 256 * 1024;

function kept(ring: ReplayRing): Buffer {
  return Buffer.concat(ring.replay());
}

describe('what a terminal replays', () => {
  it('is everything, while that is little', () => {
    const ring = new ReplayRing(keepBytes);
    expect(ring.replay()).toEqual([]);
    ring.push(Buffer.from('é and '));
    ring.push(Buffer.from('\x1b[1mmore'));
    expect(kept(ring).toString()).toBe('é and \x1b[1mmore');
  });

  it('is at least the last of it, and not much more, however it came', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 200_000 }), { maxLength: 12 }), (sizes) => {
        const ring = new ReplayRing(keepBytes);
        const all = Buffer.concat(sizes.map((size, index) => Buffer.alloc(size, 0x41 + index)));
        let at = 0;
        for (const size of sizes) {
          ring.push(all.subarray(at, at + size));
          at += size;
        }
        const found = kept(ring);
        expect(found.equals(all.subarray(all.length - found.length))).toBe(true);
        expect(found.length).toBeGreaterThanOrEqual(Math.min(all.length, keepBytes));
        expect(found.length).toBeLessThanOrEqual(keepBytes + 4 * 64 * 1024);
      }),
      { numRuns: 30 },
    );
  });

  it('is not changed by what comes later', () => {
    const ring = new ReplayRing(keepBytes);
    ring.push(Buffer.from('first'));
    const before = ring.replay();
    for (let count = 0; count < 100; count += 1) ring.push(Buffer.alloc(30_000, 'x'));
    expect(Buffer.concat(before).toString()).toBe('first');
  });

  it.each([
    ['plain text at the end of a line', 'cut line\nnext line', 'next line'],
    ['colours at an escape sequence', '1mred \x1b[0m plain\n', '\x1b[0m plain\n'],
    ['a cut string at its end', '0;title\x1b\\text', '\x1b\\text'],
    ['text without lines at a character', Buffer.from('é€😀').subarray(1), '€😀'],
  ])('begins %s', (_, block, expected) => {
    const bytes = Buffer.from(block);
    expect(bytes.subarray(cleanStart(bytes)).toString()).toBe(expected);
  });

  it('begins at a character after a flood', () => {
    const ring = new ReplayRing(keepBytes);
    for (let count = 0; count < 100; count += 1) ring.push(Buffer.from('€'.repeat(10_001)));
    expect(kept(ring).toString()).toMatch(/^€+$/);
  });
});
