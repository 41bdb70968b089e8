// A log line with terminal escapes as runs of styled, inert text: basic SGR (the 16 colours, bold, dim, italic, underline,
// inverse) is kept as class names, every other escape is dropped, every other control character is shown.
import { inertLine } from '../format/inert.ts';

export interface TextRun {
  readonly text: string;
  /** Class names; empty for plain text. */
  readonly style: string;
}

// CSI sequences; OSC, DCS, SOS, PM and APC strings with their end; two- and three-character escapes; a lone ESC.
const escape =
  // eslint-disable-next-line no-control-regex -- escapes are control characters
  /\u001b\[([0-?]*)[ -/]*([@-~])|\u001b[\]PX^_][^\u0007\u001b]*(?:\u0007|\u001b\\)?|\u001b[ -/]*[0-~]|\u001b/g;

interface Style {
  bold: boolean;
  dim: boolean;
  italic: boolean;
  underline: boolean;
  inverse: boolean;
  colour: number | undefined;
}

const plain: Style = {
  bold: false,
  dim: false,
  italic: false,
  underline: false,
  inverse: false,
  colour: undefined,
};

/** More runs than this are a stranger's try to fill the page with elements: what follows keeps the last style. */
const mostRuns = 400;

/** Splits a line into runs. Plain lines, by far the most, take the short way. */
export function styledRuns(line: string): TextRun[] {
  const text = line.endsWith('\r') ? line.slice(0, -1) : line;
  if (!text.includes('\u001b')) return [{ text: inertLine(text), style: '' }];
  const runs: TextRun[] = [];
  let style = plain;
  let from = 0;
  const push = (to: number): void => {
    if (to === from) return;
    const run = { text: inertLine(text.slice(from, to)), style: classNames(style) };
    const last = runs.at(-1);
    if (last?.style === run.style) runs[runs.length - 1] = { ...last, text: last.text + run.text };
    else runs.push(run);
  };
  for (const match of text.matchAll(escape)) {
    push(match.index);
    from = match.index + match[0].length;
    if (match[2] === 'm' && runs.length < mostRuns) style = restyled(style, match[1] ?? '');
  }
  push(text.length);
  return runs;
}

function restyled(before: Style, parameters: string): Style {
  let style = { ...before };
  const codes = parameters === '' ? [0] : parameters.split(/[;:]/).map(Number);
  for (let at = 0; at < codes.length; at++) {
    const code = codes[at] ?? 0;
    if (code === 0) style = { ...plain };
    else if (code === 1) style.bold = true;
    else if (code === 2) style.dim = true;
    else if (code === 3) style.italic = true;
    else if (code === 4) style.underline = true;
    else if (code === 7) style.inverse = true;
    else if (code === 22) {
      style.bold = false;
      style.dim = false;
    } else if (code === 23) style.italic = false;
    else if (code === 24) style.underline = false;
    else if (code === 27) style.inverse = false;
    else if (code >= 30 && code <= 37) style.colour = code - 30;
    else if (code >= 90 && code <= 97) style.colour = code - 90;
    else if (code === 39) style.colour = undefined;
    else if (code === 38 || code === 48) {
      // 38;5;n takes the first 16 of the palette as ours; anything finer keeps the plain ink.
      const palette = codes[at + 1] === 5 ? (codes[at + 2] ?? 16) : 16;
      if (code === 38) style.colour = palette < 16 ? palette % 8 : undefined;
      at += codes[at + 1] === 5 ? 2 : 4;
    }
  }
  return style;
}

function classNames(style: Style): string {
  const names: string[] = [];
  if (style.bold) names.push('sgr-bold');
  if (style.dim) names.push('sgr-dim');
  if (style.italic) names.push('sgr-italic');
  if (style.underline) names.push('sgr-underline');
  if (style.inverse) names.push('sgr-inverse');
  else if (style.colour !== undefined) names.push(`sgr-${style.colour}`);
  return names.join(' ');
}
