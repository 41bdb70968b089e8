// A JSON document as lines: what folds, what is found, and that nothing is lost on the way.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  findLines,
  firstFolds,
  indentJson,
  jsonLines,
  unfoldedTo,
  visibleLines,
} from '../../../renderer/src/components/json-tree.ts';

const document = {
  Id: 'abc',
  State: { Running: true, Pid: 12, Health: null },
  Args: ['sh', '-c'],
  Empty: {},
};

describe('jsonLines', () => {
  const lines = jsonLines(document);
  const shown = (folded: readonly string[]) =>
    visibleLines(lines, new Set(folded)).map((at) => lines[at]?.path);

  it('has a line for every value, with its place', () =>
    expect(lines.map(({ path, depth, kind, text, size }) => [path, depth, kind, text, size])).toEqual([
      ['', 0, 'object', '', 4],
      ['/Id', 1, 'string', '"abc"', 0],
      ['/State', 1, 'object', '', 3],
      ['/State/Running', 2, 'boolean', 'true', 0],
      ['/State/Pid', 2, 'number', '12', 0],
      ['/State/Health', 2, 'null', 'null', 0],
      ['/Args', 1, 'array', '', 2],
      ['/Args/0', 2, 'string', '"sh"', 0],
      ['/Args/1', 2, 'string', '"-c"', 0],
      ['/Empty', 1, 'object', '', 0],
    ]));
  it('folds what is below a line', () => {
    expect(shown(['/State'])).not.toContain('/State/Pid');
    expect(shown(['/State'])).toContain('/Args/1');
    expect(shown([''])).toEqual(['']);
  });
  it('finds names and values whatever their case, folded or not, and unfolds what hides them', () => {
    const [hit = -1, ...more] = findLines(lines, 'pid');
    expect(lines[hit]?.path).toBe('/State/Pid');
    expect(more).toEqual([]);
    expect(findLines(lines, '')).toEqual([]);
    expect([...unfoldedTo(lines, hit, new Set(['/State', '', '/Args']))]).toEqual(['/Args']);
  });
  it('never gives two places the same path', () => {
    const paths = jsonLines({ 'a/b': 1, a: { b: 2 }, '~1': 3, '/': 4 }).map((line) => line.path);
    expect(new Set(paths).size).toBe(paths.length);
  });
  it('makes hostile names and values harmless, and cuts long ones', () => {
    const [, line] = jsonLines({ x: `\u202e\u001b[31m${'a'.repeat(5000)}` });
    expect(line?.text).not.toContain('\u202e');
    expect(line?.text).not.toContain('\u001b');
    expect(line?.text.length).toBeLessThan(2100);
  });
  it('opens a big document folded below its second level', () => {
    const big = { list: Array.from({ length: 2000 }, (_, n) => ({ n })) };
    expect(firstFolds(lines).size).toBe(0);
    expect(visibleLines(jsonLines(big), firstFolds(jsonLines(big))).length).toBe(2002);
  });
});

describe('indentJson', () => {
  it('is what JSON.stringify would write', () => {
    const json = fc.json();
    fc.assert(
      fc.property(json, (text) => {
        const value: unknown = JSON.parse(text);
        expect(indentJson(JSON.stringify(value))).toBe(JSON.stringify(value, null, 2));
      }),
    );
  });
  it('keeps every digit of a number of 64 bits', () =>
    expect(indentJson('{"a": 9223372036854775807}')).toBe('{\n  "a": 9223372036854775807\n}'));
});
