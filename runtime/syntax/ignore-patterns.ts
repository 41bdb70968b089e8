// `.dockerignore`: which files of a folder a build shall not see. Pure: paths are relative, with slashes, without a leading one.
import { pathExpression } from './dockerfile/wildcards.ts';
import { DockerfileError } from './dockerfile/source.ts';

/** One line that says something. */
export interface IgnorePattern {
  /** Cleaned: no leading or trailing slash, no dots. */
  readonly pattern: string;
  /** `!pattern`: what matches is seen after all. */
  readonly exception: boolean;
  /** An expression without anchors that matches the paths themselves, not what is below them. */
  readonly expression: string;
  /** Counted from 1. */
  readonly line: number;
}

/** Parses the file's text. Throws {@link DockerfileError} on a pattern that is none. */
export function parseIgnorePatterns(text: string): IgnorePattern[] {
  const patterns: IgnorePattern[] = [];
  for (const [index, raw] of text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .entries()) {
    if (raw.startsWith('#')) continue;
    const trimmed = raw.trim();
    if (trimmed === '') continue;
    const exception = trimmed.startsWith('!');
    const written = exception ? trimmed.slice(1).trim() : trimmed;
    if (written === '') throw new DockerfileError('illegal exclusion pattern: "!"');
    const pattern = cleanPattern(written);
    if (pattern === '') continue;
    patterns.push({ pattern, exception, expression: pathExpression(pattern), line: index + 1 });
  }
  return patterns;
}

/** Slashes and dots taken out; the root itself is ".". */
function cleanPattern(pattern: string): string {
  const parts: string[] = [];
  for (const part of pattern.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else parts.push(part);
  }
  return parts.length === 0 ? (pattern.startsWith('/') ? '' : '.') : parts.join('/');
}

/** An expression that matches a path, or any path below it. */
export function pathOrBelow(expression: string): string {
  return `^(?:${expression})(?:/.*)?$`;
}

/** Decides whether a path is left out: the last pattern that matches it or a folder above it decides. */
export function ignoreMatcher(patterns: readonly IgnorePattern[]): (path: string) => boolean {
  const compiled = patterns.map(({ exception, expression }) => ({
    exception,
    test: new RegExp(pathOrBelow(expression), 'su'),
  }));
  return (path) => {
    const last = compiled.findLast(({ test }) => test.test(path));
    return last !== undefined && !last.exception;
  };
}
