// Lines written to hurt the viewer: they stay text, and cost no more than they are long.
import { describe, expect, it } from 'vitest';
import { styledRuns } from '../../../renderer/src/logs/ansi.ts';
import { linksIn, logSegments, shownText } from '../../../renderer/src/logs/log-segments.ts';
import { foldOf, unfolded } from '../../../renderer/src/logs/unfolded-line.ts';

describe('a hostile line', () => {
  it('writes no clipboard, opens no hidden address, sets no title', () => {
    const line =
      '\u001b]52;c;cm0gLXJm\u0007\u001b]8;;http://evil.example\u001b\\bank\u001b]8;;\u001b\\\u001b]0;owned\u0007';
    expect(shownText(line)).toBe('bank');
    expect(logSegments(line, undefined)).toEqual([
      { text: 'bank', style: '', href: undefined, match: false },
    ]);
  });

  it('shows what would move, hide or turn text', () => {
    expect(shownText('a\rb\u0000c\u0008\u202egnp.exe\u2066x\u200by\u009bz\u0085')).toBe(
      'a^Mb^@c^H‹U+202E›gnp.exe‹U+2066›x‹U+200B›y‹U+009B›z‹U+0085›',
    );
  });

  it('leaves markup as it is', () => {
    const line = '<img src=x onerror=alert(1)>&lt;';
    expect(shownText(line)).toBe(line);
  });

  it('never becomes many thousand elements', () => {
    const rainbow = Array.from({ length: 50_000 }, (_, n) => `\u001b[3${String(n % 8)}mx`).join('');
    expect(styledRuns(rainbow).length).toBeLessThanOrEqual(401);
    expect(shownText(rainbow)).toBe('x'.repeat(50_000));
    expect(linksIn('http://a.example '.repeat(10_000)).length).toBeLessThanOrEqual(50);
    expect(logSegments('aba'.repeat(100_000), /a/g).length).toBeLessThanOrEqual(401);
  });

  // Each of these took time by the square of its length: with a million characters that is never over.
  it.each([
    ['closing brackets', `http://a.example/${')'.repeat(1_000_000)}`],
    ['full stops', `http://a.example/${'.'.repeat(1_000_000)}x`],
    ['unended sequences', '\u001b['.repeat(500_000)],
    ['long parameters', `\u001b[${'1;'.repeat(500_000)}`],
    ['an unended string', `\u001b]8;;${'x'.repeat(1_000_000)}`],
    ['escapes', '\u001b'.repeat(1_000_000)],
    ['braces', `{${'{'.repeat(1_000_000)}}`],
    ['blanks', ' '.repeat(1_000_000)],
  ])('is drawn in time that grows with its length: %s', (_, line) => {
    const drawn = logSegments(line, /x/g).map((segment) => segment.text);
    expect(drawn.join('')).toBe(shownText(line));
    foldOf(line, 0);
  });

  it('is opened in rows that hold all of it', () => {
    const line = `${'🦀'.repeat(150)}${'x'.repeat(1_000_000)}`;
    const rows = unfolded(line).split('\n');
    expect(rows.join('')).toBe(line);
    expect(Math.max(...rows.map((row) => row.length))).toBeLessThanOrEqual(201);
    // No row ends in half a character.
    expect(rows.some((row) => /[\ud800-\udbff]$/.test(row))).toBe(false);
  });

  it('offers to open JSON and long lines, and nothing else', () => {
    expect(foldOf('{"a":1}', 0)).toBe('json');
    expect(foldOf(`{"a":"${'x'.repeat(5000)}"}`, 0)).toBe('json');
    expect(foldOf('{not json}', 0)).toBeUndefined();
    expect(foldOf('plain', 0)).toBeUndefined();
    expect(foldOf('the head of a long one', 1)).toBe('long');
  });
});
