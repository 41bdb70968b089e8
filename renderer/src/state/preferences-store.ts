// The person's choices that no other store keeps: the terminal's look and what is worth a message. Applied at once, remembered.
import { create } from 'zustand';

export interface Preferences {
  readonly terminalFontPx: number;
  readonly terminalScrollbackLines: number;
  /** A message at the edge of the window when a long job has ended. */
  readonly tellTasks: boolean;
  /** Keep it in the list of messages when a container ends with a failure. */
  readonly tellContainers: boolean;
}

const key = 'berth.preferences';

/** The sizes that the terminal's letters may have, px. */
export const terminalFontPx = { least: 9, most: 24, usual: 13 };
/** The choices of how many lines a terminal keeps. */
export const scrollbackChoices: readonly number[] = [1000, 5000, 10_000, 50_000, 100_000];

const usual: Preferences = {
  terminalFontPx: terminalFontPx.usual,
  terminalScrollbackLines: 10_000,
  tellTasks: true,
  tellContainers: true,
};

/** Reads what was remembered; what makes no sense is as usual. */
export function preferencesOf(remembered: string | null): Preferences {
  let found: unknown;
  try {
    found = JSON.parse(remembered ?? '{}');
  } catch {
    return usual;
  }
  if (typeof found !== 'object' || found === null) return usual;
  const values = new Map<string, unknown>(Object.entries(found));
  const font = values.get('terminalFontPx');
  const scrollback = values.get('terminalScrollbackLines');
  const choice = (name: 'tellTasks' | 'tellContainers'): boolean => {
    const value = values.get(name);
    return typeof value === 'boolean' ? value : usual[name];
  };
  return {
    terminalFontPx:
      typeof font === 'number' && font >= terminalFontPx.least && font <= terminalFontPx.most
        ? font
        : usual.terminalFontPx,
    terminalScrollbackLines:
      typeof scrollback === 'number' && scrollbackChoices.includes(scrollback)
        ? scrollback
        : usual.terminalScrollbackLines,
    tellTasks: choice('tellTasks'),
    tellContainers: choice('tellContainers'),
  };
}

export const usePreferences = create<Preferences>(() => preferencesOf(localStorage.getItem(key)));

/** Takes a choice, at once, and remembers it. */
export function prefer(change: Partial<Preferences>): void {
  usePreferences.setState(change);
  localStorage.setItem(key, JSON.stringify(usePreferences.getState()));
}
