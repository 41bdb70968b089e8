// Limits of single processes: ulimits and the OOM killer's score. Without CAP_SYS_RESOURCE nobody gets more than the
// engine itself has: what is asked beyond that is clamped, and said. Pure.
import type { HostConfig } from '../types.ts';

/** Names of ulimits (setrlimit(2)), and how /proc/self/limits calls them. */
const ulimits: ReadonlyMap<string, string> = new Map([
  ['core', 'Max core file size'],
  ['cpu', 'Max cpu time'],
  ['data', 'Max data size'],
  ['fsize', 'Max file size'],
  ['locks', 'Max file locks'],
  ['memlock', 'Max locked memory'],
  ['msgqueue', 'Max msgqueue size'],
  ['nice', 'Max nice priority'],
  ['nofile', 'Max open files'],
  ['nproc', 'Max processes'],
  ['rss', 'Max resident set'],
  ['rtprio', 'Max realtime priority'],
  ['rttime', 'Max realtime timeout'],
  ['sigpending', 'Max pending signals'],
  ['stack', 'Max stack size'],
]);

/** The ulimits there are. */
export const ulimitNames: ReadonlySet<string> = new Set(ulimits.keys());

/** What the engine's own processes have. */
export interface OwnProcess {
  /** CAP_SYS_RESOURCE: limits may be raised and the score lowered. */
  readonly mayRaise: boolean;
  /** Hard limits by ulimit name; Infinity is unlimited. */
  readonly hardLimits: ReadonlyMap<string, number>;
  readonly oomScoreAdj: number;
}

/** Hard limits from the text of /proc/self/limits. */
export function parseHardLimits(text: string): ReadonlyMap<string, number> {
  const limits = new Map<string, number>();
  for (const [name, title] of ulimits) {
    const line = text.split('\n').find((each) => each.startsWith(`${title} `));
    const hard = line?.slice(title.length).trim().split(/\s+/)[1];
    if (hard !== undefined) limits.set(name, hard === 'unlimited' ? Infinity : Number(hard));
  }
  return limits;
}

/** What a container gets less of than it asks for. */
export function processWarnings(
  host: Pick<HostConfig, 'Ulimits' | 'OomScoreAdj'>,
  { ownProcess: own }: { readonly ownProcess: OwnProcess },
): string[] {
  if (own.mayRaise) return [];
  const warnings: string[] = [];
  for (const { Name, Hard } of host.Ulimits) {
    const most = own.hardLimits.get(Name);
    if (most === undefined || (Hard === -1 ? Infinity : Hard) <= most) continue;
    warnings.push(
      `The engine may not raise limits (it lacks CAP_SYS_RESOURCE): the hard limit of ulimit ${Name} is ${String(most)}.`,
    );
  }
  if (host.OomScoreAdj < own.oomScoreAdj) {
    warnings.push(
      `The engine may not lower OOM scores (it lacks CAP_SYS_RESOURCE): the OOM score adjustment is ${String(own.oomScoreAdj)}.`,
    );
  }
  return warnings;
}
