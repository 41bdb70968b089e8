// What the palette finds, in which order, and how fast with very many entries.
import { describe, expect, it } from 'vitest';
import {
  rankEntry,
  searchEntries,
  verbsTyped,
  type PaletteEntry,
  type PaletteGroup,
} from '../../../renderer/src/frame/palette/palette-search.ts';

function entry(group: PaletteGroup, title: string, also = ''): PaletteEntry {
  return { id: `${group} ${title}`, group, title, detail: '', also };
}

const titles = (entries: readonly PaletteEntry[], text: string) =>
  searchEntries(entries, text).map((section) => [
    section.group,
    ...section.entries.map(({ title }) => title),
  ]);

describe('rankEntry', () => {
  it('prefers the whole title, its beginning, a word, anything in it, other text', () => {
    const rank = (title: string, also = '') => rankEntry(entry('containers', title, also), ['web']);
    expect(rank('web')).toBeLessThan(rank('web-1'));
    expect(rank('web-1')).toBeLessThan(rank('my-web'));
    expect(rank('my-web')).toBeLessThan(rank('cobweb'));
    expect(rank('cobweb')).toBeLessThan(rank('x', 'nginx web'));
    expect(rank('db')).toBe(Infinity);
  });

  it('wants every word', () => {
    expect(rankEntry(entry('containers', 'shop-web', 'python'), ['web', 'pyth'])).toBeLessThan(Infinity);
    expect(rankEntry(entry('containers', 'shop-web', 'python'), ['web', 'ruby'])).toBe(Infinity);
  });
});

describe('searchEntries', () => {
  const entries = [
    entry('containers', 'cobweb'),
    entry('containers', 'web-1'),
    entry('images', 'web'),
    entry('pages', 'Networks'),
    entry('commands', 'Pull an image…', 'download'),
  ];

  it('puts the group with the best answer first, and the best answer first in it', () => {
    expect(titles(entries, 'web')).toEqual([
      ['images', 'web'],
      ['containers', 'web-1', 'cobweb'],
    ]);
  });

  it('finds a command by another word for it', () => {
    expect(titles(entries, 'DOWN')).toEqual([['commands', 'Pull an image…']]);
  });

  it('shows a handful of each group and says how many there are', () => {
    const many = Array.from({ length: 1000 }, (_, index) => entry('containers', `c-${index}`));
    const [section] = searchEntries(many, 'c');
    expect(section?.entries).toHaveLength(6);
    expect(section?.total).toBe(1000);
  });

  it('finds nothing where nothing is', () => {
    expect(searchEntries(entries, 'zzz')).toEqual([]);
  });
});

describe('verbsTyped', () => {
  const verbs = [
    { verb: 'start', name: 'Start' },
    { verb: 'stop', name: 'Stop' },
    { verb: 'logs', name: 'Logs' },
  ] as const;

  it('reads a verb, or its beginning, and the words after it', () => {
    expect(verbsTyped('stop web 1', verbs)).toEqual({ verbs: ['stop'], rest: 'web 1' });
    expect(verbsTyped('St', verbs)).toEqual({ verbs: ['start', 'stop'], rest: '' });
  });

  it('takes a name for no verb', () => {
    expect(verbsTyped('web stop', verbs).verbs).toEqual([]);
    expect(verbsTyped('s web', verbs).verbs).toEqual([]);
  });
});
