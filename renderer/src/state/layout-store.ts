// Where the details open: beside the list in a wide window, below it in a narrow one, unless the person chose.
import { create } from 'zustand';

export type DetailPlace = 'auto' | 'below' | 'beside';

interface LayoutState {
  readonly place: DetailPlace;
  readonly wide: boolean;
  /** Share of the space that the list keeps, in percent. */
  readonly listShare: number;
  /** The same of what one works on beside what comes of it: an editor, a build. */
  readonly workShare: number;
}

const placeKey = 'berth.details';
const shareKeys = { listShare: 'berth.listShare', workShare: 'berth.workShare' } as const;
const wideWindow = window.matchMedia('(min-width: 1300px)');

function rememberedPlace(): DetailPlace {
  const value = localStorage.getItem(placeKey);
  return value === 'below' || value === 'beside' ? value : 'auto';
}

function clampShare(share: number, usual: number): number {
  return Number.isFinite(share) ? Math.min(75, Math.max(25, Math.round(share))) : usual;
}

function rememberedShare(which: keyof typeof shareKeys, usual: number): number {
  return clampShare(Number(localStorage.getItem(shareKeys[which]) ?? Number.NaN), usual);
}

export const useLayout = create<LayoutState>(() => ({
  place: rememberedPlace(),
  wide: wideWindow.matches,
  listShare: rememberedShare('listShare', 46),
  workShare: rememberedShare('workShare', 54),
}));

wideWindow.addEventListener('change', () => useLayout.setState({ wide: wideWindow.matches }));

/** Whether the details stand beside the list. */
export function useDetailsBeside(): boolean {
  return useLayout((state) => (state.place === 'auto' ? state.wide : state.place === 'beside'));
}

/** Puts the details below or beside and remembers it. */
export function placeDetails(place: DetailPlace): void {
  localStorage.setItem(placeKey, place);
  useLayout.setState({ place });
}

/** Gives the first pane this share of the space, between 25 and 75 percent, and remembers it. */
export function sharePanes(which: 'listShare' | 'workShare', percent: number): void {
  const share = clampShare(percent, 50);
  localStorage.setItem(shareKeys[which], String(share));
  useLayout.setState({ [which]: share });
}
