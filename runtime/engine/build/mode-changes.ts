// `--chmod`: octal, or symbolic as chmod(1) has it, as changes that a worker applies to each file.
import { EngineError } from '../errors.ts';
import type { ModeChange } from '../helper/build-worker.ts';

/** Throws invalid when it is neither. */
export function parseModeChanges(text: string): ModeChange[] {
  if (/^[0-7]{1,4}$/.test(text)) return [{ clear: 0o7777, set: Number.parseInt(text, 8), setIfRun: 0 }];
  return text.split(',').flatMap((clause) => {
    const [, who = '', actions = ''] = /^([ugoa]*)((?:[-+=][rwxXst]*)+)$/.exec(clause) ?? [];
    if (actions === '') throw new EngineError('invalid', `invalid chmod parameter: '${text}'`);
    const whom = who === '' || who.includes('a') ? 'ugo' : who;
    return [...actions.matchAll(/([-+=])([rwxXst]*)/g)].map(([, operator, letters = '']) => {
      const set = bits(whom, letters);
      const run = letters.includes('X') ? bits(whom, 'x') : 0;
      if (operator === '+') return { clear: 0, set, setIfRun: run };
      if (operator === '-') return { clear: set | run, set: 0, setIfRun: 0 };
      return { clear: bits(whom, 'rwxs') | (whom === 'ugo' ? 0o1000 : 0), set, setIfRun: run };
    });
  });
}

function bits(whom: string, letters: string): number {
  let mode = letters.includes('t') ? 0o1000 : 0;
  for (const [who, shift, special] of [
    ['u', 6, 0o4000],
    ['g', 3, 0o2000],
    ['o', 0, 0],
  ] as const) {
    if (!whom.includes(who)) continue;
    if (letters.includes('r')) mode |= 4 << shift;
    if (letters.includes('w')) mode |= 2 << shift;
    if (letters.includes('x')) mode |= 1 << shift;
    if (letters.includes('s')) mode |= special;
  }
  return mode;
}
