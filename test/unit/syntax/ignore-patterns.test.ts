import { describe, expect, it } from 'vitest';
import { hasWildcards, pathExpression } from '../../../runtime/syntax/dockerfile/wildcards.ts';
import { ignoreMatcher, parseIgnorePatterns } from '../../../runtime/syntax/ignore-patterns.ts';

const ignores = (text: string, path: string): boolean => ignoreMatcher(parseIgnorePatterns(text))(path);

describe('.dockerignore', () => {
  it.each([
    ['node_modules', 'node_modules', true],
    ['node_modules', 'node_modules/a/b', true],
    ['node_modules', 'src/node_modules', false],
    ['**/node_modules', 'src/x/node_modules/y', true],
    ['**/node_modules', 'node_modules', true],
    ['*.md', 'README.md', true],
    ['*.md', 'docs/README.md', false],
    ['**/*.md', 'docs/README.md', true],
    ['*.md\n!README.md', 'README.md', false],
    ['*.md\n!README*.md\nREADME-secret.md', 'README-secret.md', true],
    ['ignored\n!ignored/sub/kept', 'ignored/sub/kept', false],
    ['ignored\n!ignored/sub/kept', 'ignored/sub/other', true],
    ['/a/b/', 'a/b/c', true],
    ['  spaced  ', 'spaced', true],
    ['# comment', '# comment', false],
    ['*\n!src', 'src/a.ts', false],
    ['*\n!src', 'other', true],
    ['a?c', 'abc', true],
    ['a?c', 'a/c', false],
    ['[a-c]x', 'bx', true],
    ['[^a-c]x', 'bx', false],
    ['x/**', 'x/y/z', true],
    ['./a/../b', 'b', true],
    ['a.c', 'abc', false],
  ])('%j leaves %s out: %s', (text, path, left) => {
    expect(ignores(text, path)).toBe(left);
  });

  it('refuses what is no pattern', () => {
    expect(() => parseIgnorePatterns('!')).toThrow('illegal exclusion pattern: "!"');
    expect(() => parseIgnorePatterns('[a')).toThrow('syntax error in pattern');
  });
});

describe('path patterns', () => {
  it('tells wildcards from escaped ones', () => {
    expect(hasWildcards('a*')).toBe(true);
    expect(hasWildcards('a\\*')).toBe(false);
    expect(new RegExp(`^${pathExpression('a\\*[]x]')}$`).test('a*]')).toBe(true);
  });
});
