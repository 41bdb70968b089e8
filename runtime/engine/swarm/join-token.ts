// Join tokens in Docker's form, `SWMTKN-1-DIGEST-SECRET`: by the digest a node knows the swarm's authority when it comes, by the
// secret the manager knows that it may. Both are numbers of base 36, as ids of nodes are.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

const digestLength = 50;
const idLength = 25;
const pattern = /^SWMTKN-1-([0-9a-z]{50})-([0-9a-z]{25})$/;

/** An id of a node, a swarm, or a network of one: 25 characters of chance. */
export function createId(): string {
  return base36(randomBytes(16), idLength);
}

/** What a join token ends with. */
export function createSecret(): string {
  return base36(randomBytes(16), idLength);
}

/** The token for a swarm with this authority (PEM). */
export function formatToken(authority: string, secret: string): string {
  return `SWMTKN-1-${digestOf(authority)}-${secret}`;
}

/** The parts of a token; undefined for what is none. */
export function parseToken(text: string): { readonly digest: string; readonly secret: string } | undefined {
  const [, digest, secret] = pattern.exec(text.trim()) ?? [];
  return digest === undefined || secret === undefined ? undefined : { digest, secret };
}

/** Whether an authority (PEM) is the one of a token's digest. */
export function matchesDigest(authority: string, digest: string): boolean {
  return same(digestOf(authority), digest);
}

/** Compares secrets without telling by the time it takes how much of them is right. */
export function same(a: string, b: string): boolean {
  const [left, right] = [a, b].map((text) => createHash('sha256').update(text).digest());
  return left !== undefined && right !== undefined && timingSafeEqual(left, right);
}

function digestOf(authority: string): string {
  return base36(createHash('sha256').update(authority).digest(), digestLength);
}

function base36(bytes: Buffer, length: number): string {
  return BigInt(`0x${bytes.toString('hex')}`)
    .toString(36)
    .padStart(length, '0');
}
