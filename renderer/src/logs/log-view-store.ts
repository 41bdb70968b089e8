// How logs are shown, for every log alike: following the end, wrapped, with times, which part. Wrap and time are remembered.
import { create } from 'zustand';
import type { LogQuery } from './log-query.ts';
import type { TimeRange } from './time-range.ts';

export type TimeDisplay = 'off' | 'local' | 'utc';
export const timeDisplays: readonly TimeDisplay[] = ['local', 'utc', 'off'];

interface LogView {
  readonly follow: boolean;
  readonly wrap: boolean;
  readonly time: TimeDisplay;
  /** Which part of the log is read; of the person, not of one log. */
  readonly range: TimeRange;
  /** What is looked for; of the words, not of one log: it stays while one goes from container to container. */
  readonly query: LogQuery;
  /** Show only the lines that match. */
  readonly matchesOnly: boolean;
  readonly errorsOnly: boolean;
}

export const noQuery: LogQuery = { text: '', regex: false, matchCase: false };

const key = 'berth.log';

function remembered(): LogView {
  const words = (localStorage.getItem(key) ?? '').split(' ');
  return {
    follow: true,
    wrap: words.includes('wrap'),
    time: timeDisplays.find((one) => words.includes(one)) ?? 'local',
    range: { kind: 'all' },
    query: noQuery,
    matchesOnly: false,
    errorsOnly: false,
  };
}

export const useLogView = create<LogView>(remembered);

useLogView.subscribe((view) => {
  localStorage.setItem(key, view.wrap ? `${view.time} wrap` : view.time);
});
