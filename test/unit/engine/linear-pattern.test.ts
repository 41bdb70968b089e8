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
    ['^a{2,3}$', ['aa', 'aaa'], ['a', 'aaaa']],
    ['^(a|b)*?c$', ['c', 'abac'], ['abd']],
    ['^[\\d_]+$', ['1_2'], ['x']],
    ['^[[:alpha:]]+[[:^alpha:]]$', ['ab1'], ['abc']],
    ['\\bweb\\b', ['a web b', 'web-1'], ['webs', '_web']],
    ['^\\x41\\x{1F600}\\t$', ['A\u{1F600}\t'], ['A']],
  ])('%s', (pattern, found, missed) => {
    const test = linearPattern(pattern);
    expect(found.filter((text) => test?.(text) !== true)).toEqual([]);
    expect(missed.filter((text) => test?.(text) !== false)).toEqual([]);
  });

  it.each(['(', '[b-a]', '*', 'a{1001}', '\\q', '(?=a)'])('%s is none', (pattern) => {
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
});
