// Which entries of the palette answer what is typed, best first. Pure and one pass: fast with thousands of entries.

export type PaletteGroup =
  'actions' | 'containers' | 'images' | 'volumes' | 'networks' | 'terminals' | 'tasks' | 'pages' | 'commands';

export interface PaletteEntry {
  /** Unique among all. */
  readonly id: string;
  readonly group: PaletteGroup;
  readonly title: string;
  readonly detail: string;
  /** What it is found by besides its title, in lower case. */
  readonly also: string;
}

export interface PaletteSection<E extends PaletteEntry> {
  readonly group: PaletteGroup;
  readonly entries: readonly E[];
  /** How many of the group match, shown or not. */
  readonly total: number;
}

const order: readonly PaletteGroup[] = [
  'actions',
  'containers',
  'images',
  'volumes',
  'networks',
  'terminals',
  'tasks',
  'pages',
  'commands',
];
/** What one sees before anything is typed. */
const firstOrder: readonly PaletteGroup[] = [
  'containers',
  'terminals',
  'tasks',
  'commands',
  'pages',
  'images',
  'volumes',
  'networks',
  'actions',
];

const most = 6;
const mostCommands = 20;
const noMatch = Infinity;

/** How badly a word fits: 0 is the whole title, then its beginning, a word's beginning, anywhere, other text. */
function rankWord(word: string, title: string, also: string): number {
  const at = title.indexOf(word);
  if (at < 0) return also.includes(word) ? 8 : noMatch;
  if (at === 0) return title.length === word.length ? 0 : 1;
  for (let from = at; from >= 0; from = title.indexOf(word, from + 1)) {
    if (!/[\p{L}\p{N}]/u.test(title.charAt(from - 1))) return 2;
  }
  return 4;
}

/** How badly an entry answers: lower is better, Infinity is not at all. */
export function rankEntry(entry: PaletteEntry, words: readonly string[]): number {
  const title = entry.title.toLowerCase();
  let rank = 0;
  for (const word of words) {
    rank += rankWord(word, title, entry.also);
    if (rank === noMatch) return noMatch;
  }
  return rank;
}

/** The sections to show: the group with the best answer first, the best answers first in each, a handful of each. */
export function searchEntries<E extends PaletteEntry>(
  entries: readonly E[],
  text: string,
): PaletteSection<E>[] {
  const words = text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  const groups = new Map<PaletteGroup, { readonly entry: E; readonly rank: number }[]>();
  for (const entry of entries) {
    const rank = rankEntry(entry, words);
    if (rank === noMatch) continue;
    const group = groups.get(entry.group);
    if (group === undefined) groups.set(entry.group, [{ entry, rank }]);
    else group.push({ entry, rank });
  }
  const places = words.length === 0 ? firstOrder : order;
  const sections = [...groups].map(([group, found]) => {
    if (words.length > 0) {
      found.sort((a, b) => a.rank - b.rank || a.entry.title.length - b.entry.title.length);
    }
    const limit = group === 'commands' || group === 'pages' || group === 'actions' ? mostCommands : most;
    return {
      group,
      entries: found.slice(0, limit).map(({ entry }) => entry),
      total: found.length,
      best: found[0]?.rank ?? noMatch,
    };
  });
  sections.sort((a, b) => a.best - b.best || places.indexOf(a.group) - places.indexOf(b.group));
  return sections;
}

/** Splits `stop web` into the verbs that begin so and the words for the container; no verbs where the first word is none. */
export function verbsTyped<V extends string>(
  text: string,
  verbs: readonly { readonly verb: V; readonly name: string }[],
): { readonly verbs: readonly V[]; readonly rest: string } {
  const [first = '', ...rest] = text.trimStart().toLowerCase().split(/\s+/);
  if (first.length < 2) return { verbs: [], rest: '' };
  return {
    verbs: verbs.filter(({ name }) => name.toLowerCase().startsWith(first)).map(({ verb }) => verb),
    rest: rest.join(' '),
  };
}
