import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  familiarName,
  familiarReference,
  formatReference,
  isDigest,
  isTag,
  parseImageReference,
  withDefaultTag,
  withTagOrDigest,
  type ImageReference,
} from '../../../runtime/syntax/image-reference.ts';

const hex = 'a'.repeat(64);
const digest = `sha256:${hex}`;

describe('parseImageReference', () => {
  const table: readonly [typed: string, full: string, familiar: string][] = [
    ['busybox', 'docker.io/library/busybox', 'busybox'],
    ['busybox:1.36', 'docker.io/library/busybox:1.36', 'busybox:1.36'],
    ['docker.io/busybox', 'docker.io/library/busybox', 'busybox'],
    ['index.docker.io/library/busybox', 'docker.io/library/busybox', 'busybox'],
    ['me/app', 'docker.io/me/app', 'me/app'],
    ['docker.io/me/app:1', 'docker.io/me/app:1', 'me/app:1'],
    ['library/a/b', 'docker.io/library/a/b', 'library/a/b'],
    ['localhost/app', 'localhost/app', 'localhost/app'],
    ['localhost:5000/app:x', 'localhost:5000/app:x', 'localhost:5000/app:x'],
    ['127.0.0.1:5000/a/b/c', '127.0.0.1:5000/a/b/c', '127.0.0.1:5000/a/b/c'],
    ['[::1]:5000/app', '[::1]:5000/app', '[::1]:5000/app'],
    ['ghcr.io/me/app@' + digest, 'ghcr.io/me/app@' + digest, 'ghcr.io/me/app@' + digest],
    ['app:1@' + digest, 'docker.io/library/app:1@' + digest, 'app:1@' + digest],
    ['HOST/app', 'HOST/app', 'HOST/app'],
    ['docker.io/foo.bar/baz', 'docker.io/foo.bar/baz', 'docker.io/foo.bar/baz'],
    ['a__b--c.d_e', 'docker.io/library/a__b--c.d_e', 'a__b--c.d_e'],
    ['docker.io/library/' + hex, 'docker.io/library/' + hex, 'docker.io/library/' + hex],
  ];
  it.each(table)('%s is %s', (typed, full, familiar) => {
    const reference = parseImageReference(typed);
    expect(formatReference(reference)).toBe(full);
    expect(familiarReference(reference)).toBe(familiar);
  });

  const refused: readonly [typed: string, message: string][] = [
    ['', 'invalid reference format'],
    [':latest', 'invalid reference format'],
    ['bad name', 'invalid reference format'],
    ['-x', 'invalid reference format'],
    ['a//b', 'invalid reference format'],
    ['/a', 'invalid reference format'],
    ['a:', 'invalid reference format'],
    ['a:b:c', 'invalid reference format'],
    ['a...b', 'invalid reference format'],
    ['../etc', 'invalid reference format'],
    ['a\n', 'invalid reference format'],
    ['https://ghcr.io/me/app', 'invalid reference format'],
    ['a:' + 'x'.repeat(129), 'invalid reference format'],
    ['Busybox', 'invalid reference format: repository name must be lowercase'],
    ['ghcr.io/Me/app:Tag', 'invalid reference format: repository name must be lowercase'],
    ['a@sha256:abc', 'invalid reference format'],
    ['a@sha256:' + 'a'.repeat(63), 'invalid checksum digest length'],
    ['a@sha256:' + 'A'.repeat(64), 'invalid checksum digest format'],
    ['a@md5:' + 'a'.repeat(32), 'unsupported digest algorithm'],
    [hex, `invalid repository name (${hex}), cannot specify 64-byte hexadecimal strings`],
    ['x'.repeat(300), 'repository name must not be more than 255 characters'],
  ];
  it.each(refused)('refuses %j', (typed, message) => {
    expect(() => parseImageReference(typed)).toThrow(
      expect.objectContaining({ message, name: 'InvalidReferenceError' }),
    );
  });
});

describe('tags and digests', () => {
  it('adds latest only where nothing is said', () => {
    expect(withDefaultTag(parseImageReference('a')).tag).toBe('latest');
    expect(withDefaultTag(parseImageReference('a:b')).tag).toBe('b');
    expect(withDefaultTag(parseImageReference('a@' + digest)).tag).toBeUndefined();
  });

  it('takes a digest where a tag is expected', () => {
    const reference = parseImageReference('a:b');
    expect(withTagOrDigest(reference, digest)).toEqual({
      domain: 'docker.io',
      path: 'library/a',
      digest,
    });
    expect(withTagOrDigest(reference, 'c').tag).toBe('c');
    expect(() => withTagOrDigest(reference, '-c')).toThrow('invalid tag format');
  });

  it('knows a digest and a tag', () => {
    expect(isDigest(digest)).toBe(true);
    expect(isDigest(`${digest}:x`)).toBe(false);
    expect(isDigest('sha256')).toBe(false);
    expect(isTag('v1.0-rc_2')).toBe(true);
    expect(isTag('.a')).toBe(false);
  });
});

const component = fc.stringMatching(/^[a-z0-9]{1,6}(?:(?:[._]|__|-{1,3})[a-z0-9]{1,6}){0,2}$/);
const references: fc.Arbitrary<ImageReference> = fc
  .record({
    domain: fc.constantFrom('docker.io', 'localhost', 'ghcr.io', '127.0.0.1:5000', '[fe80::1]:443', 'Host'),
    components: fc.array(component, { minLength: 1, maxLength: 4 }),
    tag: fc.option(fc.stringMatching(/^[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,20}$/), { nil: undefined }),
    digest: fc.option(
      fc.stringMatching(/^[0-9a-f]{64}$/).map((value) => `sha256:${value}`),
      { nil: undefined },
    ),
  })
  .map(({ domain, components, tag, digest: written }) => ({
    domain,
    // Docker Hub has no repository outside a namespace.
    path:
      domain === 'docker.io' && components.length === 1
        ? `library/${components.join('/')}`
        : components.join('/'),
    ...(tag === undefined ? {} : { tag }),
    ...(written === undefined ? {} : { digest: written }),
  }));

describe('every reference', () => {
  it('is read back from its full form and from its familiar form', () => {
    fc.assert(
      fc.property(references, (reference) => {
        expect(parseImageReference(formatReference(reference))).toEqual(reference);
        expect(parseImageReference(familiarReference(reference))).toEqual(reference);
        expect(formatReference(reference).endsWith(familiarReference(reference))).toBe(true);
        expect(familiarName(reference).length).toBeGreaterThan(0);
      }),
    );
  });

  it('is either parsed or refused as invalid, whatever is typed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        try {
          const reference = parseImageReference(text);
          expect(parseImageReference(formatReference(reference))).toEqual(reference);
        } catch (error) {
          expect(error).toHaveProperty('name', 'InvalidReferenceError');
        }
      }),
    );
  });
});
