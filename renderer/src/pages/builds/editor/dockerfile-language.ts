// The colours of a Dockerfile: a line-by-line reader that knows instructions, flags, variables, strings, here-documents and comments. What is
// right and wrong is the parser's affair, not this one's.
import { HighlightStyle, StreamLanguage, syntaxHighlighting, type StringStream } from '@codemirror/language';
import type { Extension } from '@codemirror/state';
import { tags } from '@lezer/highlight';
import { en } from '../../../strings/en.ts';

const instructions: ReadonlySet<string> = new Set(Object.keys(en.dockerfile));

interface LineState {
  /** The line before went on. */
  goesOn: boolean;
  /** The instruction that one is in. */
  keyword: string;
  /** Ends of the here-documents that are open, the next first. */
  documents: string[];
  /** Of those that begin behind this line. */
  announced: string[];
  /** A flag may follow. */
  flags: boolean;
}

function readToken(stream: StringStream, state: LineState): string | null {
  if (stream.sol()) {
    state.documents.push(...state.announced);
    state.announced = [];
    const [end] = state.documents;
    if (end !== undefined) {
      const line = stream.string.replace(/^\t+/, '').replace(/\r$/, '');
      if (line === end) state.documents.shift();
      stream.skipToEnd();
      return line === end ? 'heading' : 'string';
    }
    const goesOn = state.goesOn;
    if (stream.match(/^\s*#.*/)) return 'comment';
    state.goesOn = /(?:^|[^\\])\\\s*$/.test(stream.string);
    if (!goesOn) {
      state.keyword = '';
      state.flags = false;
    }
  }
  if (stream.eatSpace()) return null;
  if (state.keyword === '' || (state.keyword === 'ONBUILD' && !state.flags)) {
    const [word = ''] = /^[A-Za-z]+/.exec(stream.string.slice(stream.pos)) ?? [];
    if (word !== '' && instructions.has(word.toUpperCase())) {
      stream.pos += word.length;
      state.flags = state.keyword === 'ONBUILD' || word.toUpperCase() !== 'ONBUILD';
      state.keyword = word.toUpperCase();
      return 'keyword';
    }
    state.keyword = '?';
  }
  if (state.flags && stream.match(/^--[a-z-]+/)) return 'attributeName';
  if (state.keyword === 'FROM' && stream.match(/^as\b/i)) return 'keyword';
  if (state.keyword === 'HEALTHCHECK' && stream.match(/^(?:CMD|NONE)\b/i)) return 'keyword';
  if (stream.match(/^"(?:[^"\\]|\\.)*"?/) || stream.match(/^'[^']*'?/)) return 'string';
  if (stream.match(/^\$(?:\{[^}]*\}?|\w+)/)) return 'variableName';
  const heredoc = stream.match(/^<<-?\s*["']?(\w+)["']?/);
  if (typeof heredoc === 'object' && heredoc !== null) {
    if (['RUN', 'COPY', 'ADD'].includes(state.keyword)) state.announced.push(heredoc[1] ?? '');
    return 'heading';
  }
  if (stream.match(/^\\\s*$/)) return 'punctuation';
  if (stream.match(/^[[\],=]/)) return 'punctuation';
  stream.next();
  stream.match(/^[^\s"'$<\\[\],=]*/);
  return null;
}

const language = StreamLanguage.define<LineState>({
  name: 'dockerfile',
  startState: () => ({ goesOn: false, keyword: '', documents: [], announced: [], flags: false }),
  copyState: (state) => ({ ...state, documents: [...state.documents], announced: [...state.announced] }),
  token: readToken,
  languageData: { commentTokens: { line: '#' } },
});

/** The colours are the theme's own. */
const colours = HighlightStyle.define([
  { tag: tags.keyword, color: 'var(--accent)', fontWeight: '600' },
  { tag: tags.comment, color: 'var(--ink-3)', fontStyle: 'italic' },
  { tag: tags.string, color: 'var(--ok)' },
  { tag: tags.heading, color: 'var(--ok)', fontWeight: '600' },
  { tag: tags.variableName, color: 'var(--warn)' },
  { tag: tags.attributeName, color: 'var(--ansi-magenta)' },
  { tag: tags.punctuation, color: 'var(--ink-2)' },
]);

/** Highlighting for Dockerfiles. */
export const dockerfileLanguage: Extension = [language, syntaxHighlighting(colours)];
