// Keys of the page. Single ones work except where one types, in a dialog or a menu, and in a terminal; those with Ctrl (Cmd
// on a Mac) everywhere but in a terminal, whose program may want them, and below a dialog.
import { useEffect, useRef } from 'react';

/** Whether shortcuts are made with Cmd here. */
export const onMac = /^Mac/.test(navigator.platform);

/** How a shortcut with the modifier is printed: `Ctrl K`, `⌘K`. */
export function chordText(key: string): string {
  return onMac ? `⌘${key}` : `Ctrl ${key}`;
}

function useKeyDown(act: (event: KeyboardEvent) => void, capture: boolean): void {
  const latest = useRef(act);
  useEffect(() => {
    latest.current = act;
  });
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => latest.current(event);
    document.addEventListener('keydown', listen, { capture });
    return () => document.removeEventListener('keydown', listen, { capture });
  }, [capture]);
}

/** Calls `act` on that key without modifiers while the component is mounted. */
export function usePageKey(key: string, act: () => void): void {
  useKeyDown((event) => {
    if (event.key !== key || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (typesOrAsks(event.target)) return;
    event.preventDefault();
    act();
  }, false);
}

/** Calls `act` on that key with Ctrl, or Cmd on a Mac, while the component is mounted; an empty key is none. */
export function useChord(key: string, act: () => void): void {
  useKeyDown((event) => {
    const modified = onMac ? event.metaKey && !event.ctrlKey : event.ctrlKey && !event.metaKey;
    if (key === '' || !modified || event.altKey || event.shiftKey || event.key.toLowerCase() !== key) return;
    // On a Mac the terminal's program never hears of Cmd.
    if (!onMac && event.target instanceof Element && event.target.closest('.xterm') !== null) return;
    if (asksNow()) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }, true);
}

/** Calls `act` on Ctrl (Cmd) Shift and that key, in a terminal too. */
export function useShiftChord(key: string, act: () => void): void {
  useKeyDown((event) => {
    const modified = onMac ? event.metaKey : event.ctrlKey;
    if (!modified || !event.shiftKey || event.altKey || event.key.toLowerCase() !== key || asksNow()) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }, true);
}

function asksNow(): boolean {
  return document.querySelector('.dialog-overlay') !== null;
}

function typesOrAsks(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    target.closest(
      'input, textarea, select, [contenteditable], [role=dialog], [role=alertdialog], [role=menu], .xterm',
    ) !== null
  );
}
