// How logs are shown, for every log alike: following the end, wrapped, with times. Wrap and time are remembered.
import { create } from 'zustand';

interface LogView {
  readonly follow: boolean;
  readonly wrap: boolean;
  readonly time: boolean;
}

const key = 'berth.log';

function remembered(): LogView {
  const words = (localStorage.getItem(key) ?? 'time').split(' ');
  return { follow: true, wrap: words.includes('wrap'), time: words.includes('time') };
}

export const useLogView = create<LogView>(remembered);

useLogView.subscribe((view) => {
  localStorage.setItem(key, [view.wrap ? 'wrap' : '', view.time ? 'time' : ''].join(' ').trim());
});
