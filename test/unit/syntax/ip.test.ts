// What is an address: exactly what Node takes for one, without a zone.
import { isIP } from 'node:net';
import { describe, expect, it } from 'vitest';
import { parseIp } from '../../../runtime/syntax/ip.ts';

const pieces = ['', '0', '1', '9', '01', 'f', 'FF', 'abcd', '12345', 'g', '10.0.0.1', '1.2.3', '256.1.1.1'];

describe('addresses', () => {
  it('are those that Node takes, whatever they are made of', () => {
    let seed = 7;
    const choose = (count: number): number => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return Math.floor((seed / 2_147_483_648) * count);
    };
    const wrong: string[] = [];
    const seen = { 0: 0, 4: 0, 6: 0 };
    for (let round = 0; round < 20_000; round++) {
      const separator = choose(4) === 0 ? '.' : ':';
      const parts = Array.from({ length: 1 + choose(9) }, () =>
        choose(3) === 0 ? (pieces[choose(pieces.length)] ?? '') : String(choose(300)),
      );
      if (choose(2) === 0) parts.splice(choose(parts.length), 0, '');
      const text = parts.join(separator);
      const family = isIP(text) as 0 | 4 | 6;
      if ((parseIp(text)?.family ?? 0) !== family) wrong.push(text);
      seen[family]++;
    }
    expect(wrong).toEqual([]);
    expect(Math.min(seen[0], seen[4], seen[6])).toBeGreaterThan(50);
  });
});
