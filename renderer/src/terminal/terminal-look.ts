// How terminals look and read: size of letters, lines kept, and whether a screen reader is served. Remembered.
import { create } from 'zustand';
import type { TerminalLook } from './terminal-screen.ts';

const key = 'berth.terminal';

export const useTerminalLook = create<TerminalLook>(() => ({
  fontPx: 13,
  scrollbackLines: 10_000,
  screenReader: localStorage.getItem(key) === 'reader',
}));

export function terminalLook(): TerminalLook {
  return useTerminalLook.getState();
}

/** Serves screen readers or not, and remembers it. */
export function serveScreenReader(screenReader: boolean): void {
  localStorage.setItem(key, screenReader ? 'reader' : '');
  useTerminalLook.setState({ screenReader });
}
