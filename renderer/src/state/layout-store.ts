// Where the details open: beside the list in a wide window, below it in a narrow one, unless the person chose.
import { create } from 'zustand';

export type DetailPlace = 'auto' | 'below' | 'beside';

interface LayoutState {
  readonly place: DetailPlace;
  readonly wide: boolean;
  /** Share of the space that the list keeps, in percent. */
  readonly listShare: number;
}

const placeKey = 'berth.details';
const shareKey = 'berth.listShare';
const wideWindow = window.matchMedia('(min-width: 1300px)');

function rememberedPlace(): DetailPlace {
  const value = localStorage.getItem(placeKey);
  return value === 'below' || value === 'beside' ? value : 'auto';
}

function clampShare(share: number): number {
  return Number.isFinite(share) ? Math.min(75, Math.max(25, Math.round(share))) : 46;
}

export const useLayout = create<LayoutState>(() => ({
  place: rememberedPlace(),
  wide: wideWindow.matches,
  listShare: clampShare(Number(localStorage.getItem(shareKey) ?? Number.NaN)),
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

/** Gives the list this share of the space, between 25 and 75 percent, and remembers it. */
export function shareWithList(percent: number): void {
  const listShare = clampShare(percent);
  localStorage.setItem(shareKey, String(listShare));
  useLayout.setState({ listShare });
}
