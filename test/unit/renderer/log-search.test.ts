// Looking for things in a log: the query, what is found while lines come and go, levels, links, and what is drawn.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openedJson } from '../../../renderer/src/logs/unfolded-line.ts';
import { LineList } from '../../../renderer/src/logs/line-list.ts';
import { levelOf } from '../../../renderer/src/logs/log-level.ts';
import { compileQuery, isFound, matchRanges } from '../../../renderer/src/logs/log-query.ts';
import { LogSearch } from '../../../renderer/src/logs/log-search.ts';
import { linksIn, logSegments, shownText } from '../../../renderer/src/logs/log-segments.ts';
import { LogStore } from '../../../renderer/src/logs/log-store.ts';

function record(stream: number, text: string): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  const made = new Uint8Array(13 + bytes.length);
  const view = new DataView(made.buffer);
  view.setUint8(0, stream);
  view.setUint32(9, bytes.length);
  made.set(bytes, 13);
  return made;
}

function entries(list: LineList): (number | undefined)[] {
  return Array.from({ length: list.end - list.first }, (_, index) => list.at(list.first + index));
}

async function complete(search: LogSearch): Promise<void> {
  search.wake();
  await new Promise<void>((resolve) => {
    const leave = search.subscribe(() => {
      if (!search.state().complete) return;
      leave();
      resolve();
    });
  });
}

describe('compileQuery', () => {
  it('finds any text as it is, in either case or in one', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.string(), (text, around) => {
        const pattern = compileQuery({ text, regex: false, matchCase: true });
        expect(pattern.kind === 'ready' && isFound(pattern.expression, around + text + around)).toBe(true);
      }),
    );
    const loose = compileQuery({ text: 'A.b', regex: false, matchCase: false });
    expect(loose.kind === 'ready' && matchRanges(loose.expression, 'a.B axb')).toEqual([{ from: 0, to: 3 }]);
  });
  it('says what is wrong with an expression', () => {
    expect(compileQuery({ text: 'a(b', regex: true, matchCase: false })).toEqual({
      kind: 'invalid',
      reason: 'Unterminated group',
    });
  });
  it('is not kept busy by empty finds', () => expect(isFound(/x*/g, 'abc')).toBe(false));
});

describe('LineList', () => {
  it('keeps the positions of lines when older ones are dropped', () => {
    const list = new LineList();
    for (let number = 0; number < 9000; number += 3) {
      list.push(number);
      list.dropBelow(number - 600);
    }
    expect(list.end).toBe(3000);
    expect(list.at(list.first)).toBe(8397);
    expect(list.position(8400)).toBe(2800);
    expect(list.position(8401)).toBe(2801);
    expect([list.has(8400), list.has(8401), list.at(0)]).toEqual([true, false, undefined]);
  });
});

describe('LogSearch', () => {
  it('finds lines as they come, whatever their escapes, and forgets dropped ones', async () => {
    const store = new LogStore(2 ** 20, 3000);
    const search = new LogSearch(store, {
      expression: /needle/g,
      byPerson: false,
      errorsOnly: false,
      hidden: new Set(),
    });
    store.append(record(1, 'hay'));
    store.append(record(1, 'nee\u001b[31mdle'));
    await complete(search);
    expect(entries(search.matches)).toEqual([1]);
    for (let number = 2; number < 30_000; number++)
      store.append(record(1, number % 1000 === 0 ? `needle ${number} ${'x'.repeat(200)}` : 'y'.repeat(200)));
    await complete(search);
    expect(entries(search.matches)).toEqual(
      Array.from({ length: 30 }, (_, index) => index * 1000).filter((number) => number >= store.first),
    );
    search.dispose();
  });

  it('tells errors by stream and by level, and looks only among them', async () => {
    const store = new LogStore();
    for (const text of ['ERROR one', 'INFO one', 'ERROR two']) store.append(record(1, text));
    store.append(record(2, 'written to stderr one'));
    const search = new LogSearch(store, {
      expression: /one/g,
      byPerson: false,
      errorsOnly: true,
      hidden: new Set(),
    });
    await complete(search);
    expect(entries(search.passing)).toEqual([0, 2, 3]);
    expect(entries(search.matches)).toEqual([0, 3]);
    search.dispose();
  });
});

describe('levelOf', () => {
  it.each([
    ['ERROR could not connect', 'error'],
    ['2026-01-01 10:00:00,123 WARNING slow', 'warn'],
    ['[info] listening', 'info'],
    ['time="x" level=debug msg="y"', 'debug'],
    ['{"time":1,"level":"fatal"}', 'error'],
    ['Nov 20 18:00 postgres[1]: FATAL: no such role', 'error'],
    ['warn: deprecated', 'warn'],
    ['the error came late', undefined],
    ['INFORMATION', undefined],
    ['', undefined],
  ])('%j: %s', (text, level) => {
    const found = levelOf(text);
    expect(found?.level).toBe(level);
    if (found !== undefined) expect(text.slice(found.from, found.to)).toMatch(/^[a-z]+$/i);
  });
});

describe('linksIn', () => {
  it.each([
    ['see http://a.example/b?c=d#e.', ['http://a.example/b?c=d#e']],
    ['(https://a.example/x_(y)), <http://b.example>', ['https://a.example/x_(y)', 'http://b.example/']],
    ['javascript:alert(1) file:///etc/passwd ftp://x data:text/html,x', []],
    ['http://', []],
  ])('%j', (text, hrefs) => expect(linksIn(text).map((link) => link.href)).toEqual(hrefs));
});

describe('logSegments', () => {
  it('draws exactly the text that is shown and searched, wherever the marks are', () => {
    const piece = fc.constantFrom('\u001b[31m', 'http://a.example', ' ', 'ERROR', 'x', '\u001b[0m', '\u0007');
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const line = pieces.join('');
        const segments = logSegments(line, /[xE]/g);
        expect(segments.map((segment) => segment.text).join('')).toBe(shownText(line));
        const marked = segments.filter((segment) => segment.match).map((segment) => segment.text);
        expect(marked.join('').replaceAll(/[xE]/g, '')).toBe('');
      }),
    );
  });
  it('lays a find over a link and a colour', () => {
    expect(logSegments('\u001b[32mto http://a.example', /o http/g)).toEqual([
      { text: 't', style: 'sgr-2', href: undefined, match: false },
      { text: 'o ', style: 'sgr-2', href: undefined, match: true },
      { text: 'http', style: 'sgr-2', href: 'http://a.example/', match: true },
      { text: '://a.example', style: 'sgr-2', href: 'http://a.example/', match: false },
    ]);
  });
});

describe('openedJson', () => {
  it('opens an object, and nothing else', () => {
    expect(openedJson(' {"a":[1]} ')).toBe('{\n  "a": [\n    1\n  ]\n}');
    for (const text of ['{a}', '[1]', '"x"', 'x {"a":1}', '']) expect(openedJson(text)).toBeUndefined();
  });
});
