import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { linearPattern } from '../../../runtime/engine/linear-pattern.ts';

describe('a pattern', () => {
  it.each([
    ['', ['', 'x'], []],
    ['web', ['web', 'my-web-1'], ['we', 'wEb']],
    ['^web$', ['web'], ['web1', 'aweb', '']],
    ['web|db', ['web', 'db2'], ['cache']],
    ['^(web|db)_[0-9]+$', ['web_1', 'db_42'], ['web_', 'web_x', 'cache_1']],
    ['a.c', ['abc', 'xa.cx'], ['ac', 'a\nc']],
    ['(?s)a.c', ['a\nc'], ['ac']],
    ['(?i)WEB[a-c]', ['webA', 'WEBc'], ['webd']],
    ['(?i:a)b', ['Ab'], ['AB']],
    ['(?i)a(?-i)b', ['Ab'], ['AB']],
    ['(?P<name>a)+$', ['aa'], ['ab']],
    ['^a{2,3}$', ['aa', 'aaa'], ['a', 'aaaa']],
    ['^a{2}$|^b{2,}$', ['aa', 'bbbb'], ['aaa', 'b']],
    ['a{,2}', ['a{,2}'], ['aa']],
    ['^(a|b)*?c$', ['c', 'abac'], ['abd']],
    ['^(a*)*$', ['', 'aaa'], ['b']],
    ['[^a-c]', ['d', 'ad'], ['abc', '']],
    ['^[]a-]+$', ['a-]'], ['b']],
    ['^[\\d_]+$', ['1_2'], ['x']],
    ['^[[:alpha:]]+[[:^alpha:]]$', ['ab1'], ['abc']],
    ['\\bweb\\b', ['a web b', 'web-1'], ['webs', '_web']],
    ['\\Aa\\.b\\z', ['a.b'], ['axb', 'a.b ']],
    ['^\\x41\\x{1F600}\\t$', ['A\u{1F600}\t'], ['A']],
    ['^.$', ['\u{1F600}'], ['']],
    ['(?m)^b$', ['a\nb\nc'], ['ab']],
  ])('%s', (pattern, found, missed) => {
    const test = linearPattern(pattern);
    expect(found.filter((text) => test?.(text) !== true)).toEqual([]);
    expect(missed.filter((text) => test?.(text) !== false)).toEqual([]);
  });

  it.each([
    '(',
    ')',
    '[',
    '[b-a]',
    '*',
    'a**',
    'a{2}{3}',
    '\\',
    '\\q',
    '\\1',
    '(?=a)',
    '(?<=a)',
    'a{1001}',
    '[[:x:]]',
  ])('%s is none', (pattern) => {
    expect(linearPattern(pattern)).toBeUndefined();
  });

  it.each(['((((a{1000}){1000}){1000}){1000})', '('.repeat(10_000)])(
    'is refused when it is too large',
    (pattern) => {
      expect(linearPattern(pattern)).toBeUndefined();
    },
  );

  it('takes no longer than the text is long, where others never end', () => {
    const text = 'a'.repeat(5000);
    expect(linearPattern('^(a+)+$')?.(`${text}b`)).toBe(false);
    expect(linearPattern('^(a|aa)*(a|aa)*(a|aa)*$')?.(text)).toBe(true);
  });

  it("finds what JavaScript's own finds", () => {
    const atom = fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '\\w', '(a|b)', '(ab)', '^', '$', '\\b');
    const piece = fc
      .tuple(atom, fc.constantFrom('', '*', '+', '?', '{2}', '{1,3}'))
      .map(([one, times]) => (['^', '$', '\\b'].includes(one) ? one : one + times));
    const pattern = fc.array(
      fc.array(piece, { maxLength: 5 }).map((parts) => parts.join('')),
      { minLength: 1, maxLength: 3 },
    );
    const text = fc
      .array(fc.constantFrom('a', 'b', 'c', ' '), { maxLength: 8 })
      .map((chars) => chars.join(''));
    fc.assert(
      fc.property(pattern, text, (alternatives, said) => {
        const source = alternatives.join('|');
        return linearPattern(source)?.(said) === new RegExp(source).test(said);
      }),
      { numRuns: 1000 },
    );
  });
});
