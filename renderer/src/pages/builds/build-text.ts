// What is said of a build and its steps. Pure.
import type { BuildStep, BuildSummary } from '../../../../runtime/contract/builds.ts';
import { byText, filterWords, hasWords } from '../../components/text-filter.ts';
import { en } from '../../strings/en.ts';
import { baseName } from '../../format/folder-name.ts';

const words = en.builds;

export type BuildColumn = 'name' | 'state' | 'steps' | 'duration' | 'started' | 'actions';
export type WhichBuilds = 'all' | 'running' | 'failed';

/** What a build is called: its first name, else its folder, else that it has none. */
export function buildName({ names, tags, source }: Pick<BuildSummary, 'names' | 'tags' | 'source'>): string {
  return names[0] ?? tags[0] ?? (source === '' ? words.unnamed : baseName(source));
}

/** How long it took, or has taken by now. */
export function tookMs(
  one: { startedMs: number | null; finishedMs: number | null },
  nowMs: number,
): number | undefined {
  return one.startedMs === null ? undefined : Math.max(0, (one.finishedMs ?? nowMs) - one.startedMs);
}

/** The last lines of a step's log, without terminal escapes and with what a bare return overwrote taken out. */
export function logLines(
  log: string,
  most: number,
): { readonly lines: readonly string[]; readonly isCut: boolean } {
  // eslint-disable-next-line no-control-regex -- escapes are control characters
  const plain = log.replace(/\u001b\[[0-?]*[ -/]*[@-~]|\u001b[^[]/g, '');
  const all = plain.replace(/\n$/, '').split('\n');
  const lines = all.slice(-most).map((line) => line.replace(/\r+$/, '').replace(/^.*\r/, ''));
  return { lines, isCut: all.length > most };
}

/** The state as it is shown: a step that was not run because it was known is cached. */
export function stepState(step: Pick<BuildStep, 'state' | 'cached'>): BuildStep['state'] | 'cached' {
  return step.state === 'done' && step.cached ? 'cached' : step.state;
}

function compare(column: BuildColumn, a: BuildSummary, b: BuildSummary): number {
  switch (column) {
    case 'name':
      return byText.compare(buildName(a), buildName(b));
    case 'state':
      return byText.compare(a.state, b.state);
    case 'steps':
      return a.steps - b.steps;
    case 'duration':
      return (tookMs(a, Infinity) ?? 0) - (tookMs(b, Infinity) ?? 0);
    case 'started':
    case 'actions':
      return a.startedMs - b.startedMs;
  }
}

/** The ids to show, in order. */
export function listBuilds(
  builds: ReadonlyMap<string, BuildSummary>,
  text: string,
  which: WhichBuilds,
  column: BuildColumn,
  ascending: boolean,
): string[] {
  const sought = filterWords(text);
  const sign = ascending ? 1 : -1;
  return [...builds.values()]
    .filter(
      (build) =>
        (which === 'all' || build.state === which) &&
        hasWords(
          `${buildName(build)} ${build.names.join(' ')} ${build.source} ${build.id} ${build.target}`,
          sought,
        ),
    )
    .sort((a, b) => sign * compare(column, a, b) || b.startedMs - a.startedMs)
    .map(({ id }) => id);
}
