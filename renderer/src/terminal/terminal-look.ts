// How terminals look and read: size of letters, lines kept, and whether a screen reader is served. Remembered.
import { create } from 'zustand';
import { usePreferences, type Preferences } from '../state/preferences-store.ts';
import type { TerminalLook } from './terminal-screen.ts';

const key = 'berth.terminal';

function preferred({ terminalFontPx, terminalScrollbackLines }: Preferences) {
  return { fontPx: terminalFontPx, scrollbackLines: terminalScrollbackLines };
}

export const useTerminalLook = create<TerminalLook>(() => ({
  ...preferred(usePreferences.getState()),
  screenReader: localStorage.getItem(key) === 'reader',
}));

usePreferences.subscribe((preferences) => useTerminalLook.setState(preferred(preferences)));

export function terminalLook(): TerminalLook {
  return useTerminalLook.getState();
}

/** Serves screen readers or not, and remembers it. */
export function serveScreenReader(screenReader: boolean): void {
  localStorage.setItem(key, screenReader ? 'reader' : '');
  useTerminalLook.setState({ screenReader });
}
