// Strangers' text: control and direction characters are shown, never obeyed; of terminal escapes only colours survive.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inert, inertLine } from '../../../renderer/src/format/inert.ts';
import { styledRuns } from '../../../renderer/src/logs/ansi.ts';

const obeyed = /[\p{Cc}\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u061c\ufeff]/u;

describe('inert', () => {
  it('leaves no character that does something', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(inert(text)).not.toMatch(obeyed);
      }),
    );
  });
  it.each([
    ['plain name_1.2-3', 'plain name_1.2-3'],
    ['日本語 é 👩‍👧', '日本語 é 👩‍👧'],
    ['a\u202egnp.exe', 'a‹U+202E›gnp.exe'],
    ['bell\u0007\u001b[31m', 'bell^G^[[31m'],
    ['a\tb', 'a^Ib'],
  ])('%j becomes %j', (text, shown) => expect(inert(text)).toBe(shown));
  it('keeps tabs in log lines', () => expect(inertLine('a\tb\u0000')).toBe('a\tb^@'));
});

describe('styledRuns', () => {
  it('leaves no character that does something, whatever the escapes', () => {
    const pieces = fc.array(
      fc.oneof(fc.string(), fc.constantFrom('\u001b[', '\u001b]', '\u001b', '31m', ';', '\u0007')),
    );
    fc.assert(
      fc.property(pieces, (parts) => {
        for (const run of styledRuns(parts.join('')))
          expect(run.text.replaceAll('\t', '')).not.toMatch(obeyed);
      }),
    );
  });
  it.each([
    ['plain', [{ text: 'plain', style: '' }]],
    [
      '\u001b[31mred\u001b[0m plain',
      [
        { text: 'red', style: 'sgr-1' },
        { text: ' plain', style: '' },
      ],
    ],
    ['\u001b[1;92mok\u001b[m', [{ text: 'ok', style: 'sgr-bold sgr-2' }]],
    ['\u001b[38;5;196mfine\u001b[39m', [{ text: 'fine', style: '' }]],
    ['\u001b[38;2;1;2;3;4mtrue', [{ text: 'true', style: 'sgr-underline' }]],
    ['\u001b]0;title\u0007\u001b[2K\u001b(Bshown\r', [{ text: 'shown', style: '' }]],
    ['\u001b]8;;http://evil\u001b\\link\u001b]8;;\u001b\\', [{ text: 'link', style: '' }]],
    ['a\rb', [{ text: 'a^Mb', style: '' }]],
  ])('%j', (line, runs) => expect(styledRuns(line)).toEqual(runs));
});
