// COPY and ADD as requests to the worker: variables replaced, wildcards and lists of exclusions as expressions. Pure.
import path from 'node:path';
import type { InstructionOf } from '../../syntax/dockerfile/instructions.ts';
import { hasWildcards, pathExpression } from '../../syntax/dockerfile/wildcards.ts';
import { expandWord, type Lookup, type WordRules } from '../../syntax/dockerfile/words.ts';
import { parseIgnorePatterns, pathOrBelow, type IgnorePattern } from '../../syntax/ignore-patterns.ts';
import type { ModeChange, PathRule, SelectedSource } from '../helper/build-worker.ts';
import { parseModeChanges } from './mode-changes.ts';

/** COPY or ADD. */
export type FilesInstruction = InstructionOf<'copy' | 'add'>;

/** What both kinds come to. */
export interface CopyPlan {
  readonly sources: readonly string[];
  /** Absolute. */
  readonly to: string;
  readonly toDirectory: boolean;
  /** The target as it was written, variables replaced. */
  readonly target: string;
  /** --chown as it was written, variables replaced. */
  readonly chown: string;
  /** As `user:group`. */
  readonly owner: string | undefined;
  readonly modes: readonly ModeChange[];
  readonly exclude: readonly PathRule[];
  readonly parents: boolean;
}

/** Replaces variables and makes paths absolute. */
export function planCopy(
  instruction: FilesInstruction,
  workingDir: string,
  lookup: Lookup,
  rules: WordRules,
): CopyPlan {
  const expand = (word: string): string => expandWord(word, lookup, rules);
  const target = expand(instruction.target.text);
  const chown = expand(instruction.chown);
  const chmod = expand(instruction.chmod);
  const many = instruction.sources.length + instruction.documents.length > 1;
  const to = path.posix.resolve('/', workingDir, target);
  return {
    sources: instruction.sources.map(({ text }) => expand(text)),
    to,
    target,
    chown,
    toDirectory: many || target === '' || /(?:^|\/)\.{0,2}$/.test(target),
    owner: chown === '' ? undefined : chown.includes(':') ? chown : `${chown}:${chown}`,
    modes: chmod === '' ? [] : parseModeChanges(chmod),
    exclude: ignoreRules(
      parseIgnorePatterns(instruction.exclude.map(({ value }) => expand(value)).join('\n')),
    ),
    parents: instruction.parents,
  };
}

/** A source as the worker is asked for it. */
export function selectedSource(source: string, parents: boolean): SelectedSource {
  // Up is never further up than the root.
  const at = source.indexOf('/./');
  const pivot = parents && at >= 0 ? { pivot: relative(source.slice(0, at)) } : {};
  const plain = relative(source);
  if (!hasWildcards(source)) return { path: `/${plain}`, ...pivot };
  const parts = plain.split('/');
  const first = parts.findIndex((part) => hasWildcards(part));
  return {
    match: `^${pathExpression(plain)}$`,
    base: parts.slice(0, first).join('/'),
    asked: source,
    ...pivot,
  };
}

/** A path from the root, without dots. */
function relative(source: string): string {
  return path.posix.resolve('/', source).slice(1);
}

/** A list of patterns as the worker takes it. */
export function ignoreRules(patterns: readonly IgnorePattern[]): PathRule[] {
  return patterns.map(({ expression, exception }) => ({ match: pathOrBelow(expression), keep: exception }));
}
