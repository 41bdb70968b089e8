// What is wrong with a Dockerfile, from our own parser and rules as one types. Pure.
import { checkDockerfile } from '../../../../../runtime/syntax/dockerfile/checks.ts';
import { DockerfileError, type SourceRange } from '../../../../../runtime/syntax/dockerfile/source.ts';
import { parseIgnorePatterns, type IgnorePattern } from '../../../../../runtime/syntax/ignore-patterns.ts';

export interface Problem {
  /** An error is what cannot be built. */
  readonly severity: 'error' | 'warning';
  readonly message: string;
  /** The rule that says so; empty for an error. */
  readonly rule: string;
  readonly range: SourceRange;
}

const top: SourceRange = { startLine: 1, startColumn: 1, endLine: 1, endColumn: 1 };

/** The problems in the order of the text. `ignoreText` is that of `.dockerignore`. */
export function problemsOf(text: string, ignoreText: string): Problem[] {
  const { error, findings } = checkDockerfile(text, { ignored: patternsOf(ignoreText) });
  if (error !== undefined) {
    return [{ severity: 'error', message: error.message, rule: '', range: error.range ?? top }];
  }
  return findings.map(({ rule, message, range }) => ({ severity: 'warning', message, rule, range }));
}

/** What is wrong with a `.dockerignore`. */
export function ignoreProblemsOf(text: string): Problem[] {
  try {
    parseIgnorePatterns(text);
    return [];
  } catch (error) {
    if (!(error instanceof DockerfileError)) throw error;
    return [{ severity: 'error', message: error.message, rule: '', range: error.range ?? top }];
  }
}

function patternsOf(text: string): IgnorePattern[] {
  try {
    return parseIgnorePatterns(text);
  } catch {
    return [];
  }
}
