// Two builds beside each other: which parameters differ, and step by step what took longer or was cached. Pure.
import type { BuildHead, BuildStep } from '../../../../runtime/contract/builds.ts';
import type { BuildView } from '../../state/build-view.ts';

/** Steps that are the same instruction, or one that only one of them has. */
export interface StepPair {
  readonly text: string;
  readonly older: BuildStep | undefined;
  readonly newer: BuildStep | undefined;
}

/** Pairs steps in their order: the longest run of instructions that both have, and between them what only one has. */
export function pairSteps(older: readonly BuildStep[], newer: readonly BuildStep[]): StepPair[] {
  const keyOf = (step: BuildStep): string => `${step.stageName} ${step.text}`;
  // lengths[i][j]: of the longest common run of older[i..] and newer[j..].
  const lengths = Array.from({ length: older.length + 1 }, () => new Uint32Array(newer.length + 1));
  const at = (i: number, j: number): number => lengths[i]?.[j] ?? 0;
  const same = (i: number, j: number): boolean => {
    const [a, b] = [older[i], newer[j]];
    return a !== undefined && b !== undefined && keyOf(a) === keyOf(b);
  };
  for (let i = older.length - 1; i >= 0; i--) {
    const row = lengths[i];
    if (row === undefined) continue;
    for (let j = newer.length - 1; j >= 0; j--) {
      row[j] = same(i, j) ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const pairs: StepPair[] = [];
  for (let i = 0, j = 0; i < older.length || j < newer.length;) {
    const [a, b] = [older[i], newer[j]];
    if (same(i, j)) {
      pairs.push({ text: b?.text ?? '', older: a, newer: b });
      i += 1;
      j += 1;
    } else if (b === undefined || (a !== undefined && at(i + 1, j) >= at(i, j + 1))) {
      pairs.push({ text: a?.text ?? '', older: a, newer: undefined });
      i += 1;
    } else {
      pairs.push({ text: b.text, older: undefined, newer: b });
      j += 1;
    }
  }
  return pairs;
}

export type Parameter = 'dockerfile' | 'target' | 'tags' | 'arguments' | 'source' | 'noCache' | 'pull';
const parameters: readonly Parameter[] = [
  'dockerfile',
  'target',
  'tags',
  'arguments',
  'source',
  'noCache',
  'pull',
];

/** The parameters that differ, as text. Of arguments only names are known. */
export function differingParameters(
  older: BuildHead,
  newer: BuildHead,
): { readonly name: Parameter; readonly older: string; readonly newer: string }[] {
  const shown = ({ request }: BuildHead, name: Parameter): string => {
    const value = request[name];
    return typeof value === 'string' ? value : typeof value === 'boolean' ? String(value) : value.join(', ');
  };
  return parameters
    .map((name) => ({ name, older: shown(older, name), newer: shown(newer, name) }))
    .filter((one) => one.older !== one.newer);
}

/** The one that began first comes first. */
export function inTime(a: BuildView, b: BuildView): readonly [older: BuildView, newer: BuildView] {
  return a.head.startedMs <= b.head.startedMs ? [a, b] : [b, a];
}
