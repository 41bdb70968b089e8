// How logs are shown, for every log alike: following the end, wrapped, with times. Wrap and time are remembered.
import { create } from 'zustand';
import type { LogQuery } from './log-query.ts';

interface LogView {
  readonly follow: boolean;
  readonly wrap: boolean;
  readonly time: boolean;
  /** What is looked for; of the words, not of one log: it stays while one goes from container to container. */
  readonly query: LogQuery;
  /** Show only the lines that match. */
  readonly matchesOnly: boolean;
  readonly errorsOnly: boolean;
}

export const noQuery: LogQuery = { text: '', regex: false, matchCase: false };

const key = 'berth.log';

function remembered(): LogView {
  const words = (localStorage.getItem(key) ?? 'time').split(' ');
  return {
    follow: true,
    wrap: words.includes('wrap'),
    time: words.includes('time'),
    query: noQuery,
    matchesOnly: false,
    errorsOnly: false,
  };
}

export const useLogView = create<LogView>(remembered);

useLogView.subscribe((view) => {
  localStorage.setItem(key, [view.wrap ? 'wrap' : '', view.time ? 'time' : ''].join(' ').trim());
});
