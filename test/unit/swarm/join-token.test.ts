import { describe, expect, it } from 'vitest';
import {
  createId,
  createSecret,
  formatToken,
  matchesDigest,
  parseToken,
  same,
} from '../../../runtime/engine/swarm/join-token.ts';

const authority = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
const digest = 'd'.repeat(50);
const secret = '0a'.repeat(12) + 'z';

describe('a join token', () => {
  it('names its authority and holds its secret', () => {
    const made = createSecret();
    const token = formatToken(authority, made);
    const parsed = parseToken(token);
    expect(token).toMatch(/^SWMTKN-1-[0-9a-z]{50}-[0-9a-z]{25}$/);
    expect(parsed?.secret).toBe(made);
    expect(matchesDigest(authority, parsed?.digest ?? '')).toBe(true);
    expect(matchesDigest(`${authority}\n`, parsed?.digest ?? '')).toBe(false);
    expect(matchesDigest(authority, '')).toBe(false);
  });

  it('names its authority by the SHA-256 of the PEM in base 36, as SwarmKit does', () => {
    // Worked out by other means than the engine's.
    const expected = '33y0svi7o89e2roi9w5fachctdkdpg4vz6x9i88hhm0uddu7sn';
    expect(formatToken(authority, secret)).toBe(`SWMTKN-1-${expected}-${secret}`);
  });

  it('may have blanks around it', () => {
    expect(parseToken(` SWMTKN-1-${digest}-${secret}\n`)).toEqual({ digest, secret });
  });

  it.each([
    '',
    'SWMTKN',
    `SWMTKN-2-${digest}-${secret}`,
    `swmtkn-1-${digest}-${secret}`,
    `SWMTKN-1-${digest}`,
    `SWMTKN-1-${digest}-`,
    `SWMTKN-1-${digest}d-${secret}`,
    `SWMTKN-1-${digest.slice(1)}-${secret}`,
    `SWMTKN-1-${digest}-${secret}z`,
    `SWMTKN-1-${digest}-${secret.toUpperCase()}`,
    `SWMTKN-1-${digest}-${secret}-x`,
    `x SWMTKN-1-${digest}-${secret}`,
    `SWMTKN-1-${digest}\n-${secret}`,
  ])('is none: %j', (text) => {
    expect(parseToken(text)).toBeUndefined();
  });
});

describe('an id', () => {
  it.each([
    ['a node', createId],
    ['a secret', createSecret],
  ])('of %s is 25 characters of base 36, each time others', (_, create) => {
    const made = Array.from({ length: 200 }, () => create());
    expect(made.filter((id) => !/^[0-9a-z]{25}$/.test(id))).toEqual([]);
    expect(new Set(made).size).toBe(made.length);
    // With fewer than 16 bytes of chance it would begin with zeros.
    expect(new Set(made.map((id) => id[0])).size).toBeGreaterThan(1);
  });
});

describe('secrets', () => {
  it.each([
    ['', '', true],
    ['a', 'a', true],
    ['a', 'b', false],
    ['a', 'aa', false],
    ['a', '', false],
    ['é', 'e\u0301', false],
  ])('%j and %j are the same: %s', (a, b, expected) => {
    expect(same(a, b)).toBe(expected);
  });
});
