// What can be written at a place of a Dockerfile, and what stands there means: instructions, flags, stages, images, variables, files. Pure; it
// reads the text itself, since what one types is seldom whole.
import type { InstructionHelp } from '../../../strings/dockerfile.ts';
import { en } from '../../../strings/en.ts';

const help = new Map<string, InstructionHelp>(Object.entries(en.dockerfile));

export interface Suggestion {
  readonly label: string;
  readonly kind: 'keyword' | 'property' | 'variable' | 'class' | 'text';
  readonly info: string;
  /** In the place of the label. */
  readonly insert?: string;
}

/** What is known beside the text. */
export interface Around {
  /** Images that are here. */
  readonly images: readonly string[];
  /** Files at the top of the context that are sent. */
  readonly files: readonly string[];
}

export interface Suggestions {
  /** How many characters before the cursor they replace. */
  readonly length: number;
  readonly options: readonly Suggestion[];
}

/** The instruction that a line belongs to, and its text up to there: lines that go on are joined. */
function instructionBefore(before: string): { keyword: string; text: string } {
  const lines = before.split('\n');
  let text = lines.pop() ?? '';
  while (/\\\s*$/.test(lines.at(-1) ?? '') || /^\s*#/.test(lines.at(-1) ?? '')) {
    const line = lines.pop() ?? '';
    if (!/^\s*#/.test(line)) text = `${line.replace(/\\\s*$/, ' ')}${text}`;
    else if (!/\\\s*$/.test(lines.at(-1) ?? '')) break;
  }
  const [keyword = ''] = /^\s*(?:onbuild\s+)?([a-z]+)(?=\s)/i.exec(text)?.slice(1) ?? [];
  return { keyword: keyword.toUpperCase(), text };
}

/** Names given by AS, in order. */
function stageNames(before: string): string[] {
  return [...before.matchAll(/^\s*FROM\s+.*\sAS\s+([\w.-]+)/gim)].map((match) => match[1] ?? '');
}

/** Variables that ARG and ENV lines declare. */
function variableNames(before: string): string[] {
  const found = [...before.matchAll(/^\s*(?:ARG|ENV)\s+(.*)$/gim)].flatMap(([, rest = '']) => {
    const named = [...rest.matchAll(/([A-Za-z_]\w*)=/g)].map((match) => match[1] ?? '');
    return named.length > 0 ? named : [/^[A-Za-z_]\w*/.exec(rest)?.[0] ?? ''];
  });
  return [...new Set(found)].filter((name) => name !== '');
}

/** What may be written behind `before`; undefined when nothing is known. */
export function suggestionsAt(before: string, around: Around): Suggestions | undefined {
  const { keyword, text } = instructionBefore(before);
  const [word = ''] = /\S*$/.exec(text) ?? [];
  const variable = /\$\{?(\w*)$/.exec(word);
  if (variable !== null) {
    const names = variableNames(before);
    return options(
      variable[1]?.length ?? 0,
      names.map((label) => ({ label, kind: 'variable', info: '' })),
    );
  }
  if (keyword === '') {
    if (!/^\s*[a-z]*$/i.test(text)) return undefined;
    return options(
      word.length,
      [...help].map(([label, { form, text: info }]) => ({
        label,
        kind: 'keyword',
        info: `${form}\n${info}`,
        insert: `${label} `,
      })),
    );
  }
  const from = /^--from=(\S*)$/.exec(word);
  if (from !== null) {
    const stages = stageNames(before).map((label): Suggestion => ({ label, kind: 'class', info: '' }));
    return options(from[1]?.length ?? 0, [...stages, ...images(around)]);
  }
  if (word.startsWith('--')) {
    const flags = Object.entries(help.get(keyword)?.flags ?? {});
    return options(
      word.length,
      flags.map(([name, info]) => ({ label: `--${name}`, kind: 'property', info, insert: `--${name}=` })),
    );
  }
  if (keyword === 'FROM' && /^\s*FROM\s+(?:--\S+\s+)*\S*$/i.test(text)) {
    const stages = stageNames(before).map((label): Suggestion => ({ label, kind: 'class', info: '' }));
    return options(word.length, [...stages, ...images(around), { label: 'scratch', kind: 'text', info: '' }]);
  }
  if ((keyword === 'COPY' || keyword === 'ADD') && !/--from=/.test(text)) {
    return options(
      word.length,
      around.files.map((label) => ({ label, kind: 'text', info: '' })),
    );
  }
  return undefined;
}

function images({ images: known }: Around): Suggestion[] {
  return known.map((label) => ({ label, kind: 'text', info: '' }));
}

function options(length: number, found: readonly Suggestion[]): Suggestions | undefined {
  return found.length === 0 ? undefined : { length, options: found };
}

export interface Meaning {
  /** Columns of the word in its line, from 0. */
  readonly from: number;
  readonly to: number;
  readonly title: string;
  readonly text: string;
}

/** What the word at a column of a line means; `before` is the text above the line. */
export function meaningAt(before: string, line: string, column: number): Meaning | undefined {
  const word = [...line.matchAll(/--[a-z-]+|[A-Za-z]+/g)].find(
    ({ index, 0: found }) => index <= column && column <= index + found.length,
  );
  if (word === undefined) return undefined;
  const [found] = word;
  const range = { from: word.index, to: word.index + found.length };
  const { keyword } = instructionBefore(`${before}${line} `);
  if (found.startsWith('--')) {
    const text = new Map(Object.entries(help.get(keyword)?.flags ?? {})).get(found.slice(2));
    return text === undefined ? undefined : { ...range, title: `${keyword} ${found}`, text };
  }
  const isKeyword = /^\s*(?:onbuild\s+)?$/i.test(line.slice(0, word.index)) && !/\\\s*\n$/.test(before);
  const known = isKeyword ? help.get(found.toUpperCase()) : undefined;
  return known === undefined ? undefined : { ...range, title: known.form, text: known.text };
}
