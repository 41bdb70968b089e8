import { describe, expect, it } from 'vitest';
import { expandWord, expandWords, splitWords } from '../../../runtime/syntax/dockerfile/words.ts';

const variables = new Map([
  ['HOME', '/root'],
  ['FILE', 'archive.tar.gz'],
  ['PATHS', '/usr/bin:/usr/sbin:/bin'],
  ['EMPTY', ''],
  ['SPACED', 'one  two'],
]);
const lookup = (name: string): string | undefined => variables.get(name);

describe('words of a Dockerfile', () => {
  it.each([
    ['$HOME/x', '/root/x'],
    ['${HOME}x', '/rootx'],
    ['a\\$HOME', 'a$HOME'],
    ["'$HOME'", '$HOME'],
    ['"$HOME"', '/root'],
    ['${NONE:-$HOME}', '/root'],
    ['${EMPTY:-x}', 'x'],
    ['${EMPTY-x}', ''],
    ['${HOME:+set}', 'set'],
    ['${NONE+set}', ''],
    ['${FILE#*.}', 'tar.gz'],
    ['${FILE##*.}', 'gz'],
    ['${FILE%.*}', 'archive.tar'],
    ['${FILE%%.*}', 'archive'],
    ['${FILE#zip}', 'archive.tar.gz'],
    ['${PATHS/bin/lib}', '/usr/lib:/usr/sbin:/bin'],
    ['${PATHS//bin/lib}', '/usr/lib:/usr/slib:/lib'],
    ['${PATHS//\\/usr/}', '/bin:/sbin:/bin'],
    ['${FILE/a?c/X}', 'Xhive.tar.gz'],
    ['$', '$'],
    ['5$', '5$'],
  ])('%s is worth %s', (word, value) => {
    expect(expandWord(word, lookup)).toBe(value);
  });

  it.each([
    ['${NONE:?tell me}', 'NONE: tell me'],
    ['${EMPTY:?}', 'EMPTY: is not allowed to be empty'],
    ['${NONE?}', 'NONE: is not allowed to be unset'],
    ['${HOME', 'unsupported modifier'],
    ['${}', 'syntax error: bad substitution'],
    ['${HOME:=x}', 'unsupported modifier (:=) in substitution'],
    ['"open', 'unexpected end of statement while looking for matching double-quote'],
  ])('%s is an error', (word, message) => {
    expect(() => expandWord(word, lookup)).toThrow(message);
  });

  it('splits what comes out of a variable unless it is quoted', () => {
    expect(expandWords('$SPACED "$SPACED"', lookup)).toEqual(['one', 'two', 'one  two']);
    const kept = { keepsQuotes: true, keepsUnknown: true };
    expect(expandWords('"a b"$NOTHING', lookup, kept)).toEqual(['a b']);
  });

  it('keeps quotes and unknown variables where a shell will see them', () => {
    expect(expandWord('a "$NONE" \'b\'', lookup, { keepsQuotes: true, keepsUnknown: true })).toBe(
      'a "$NONE" \'b\'',
    );
  });

  it('takes a backtick for the escape character when told to', () => {
    expect(splitWords('a` b c', '`')).toEqual(['a` b', 'c']);
    expect(expandWord('c:\\x`$HOME', lookup, { escape: '`' })).toBe('c:\\x$HOME');
  });
});
