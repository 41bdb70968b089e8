// Messages: what failed and what finished. Each is shown at the edge of the window for a while, a failure until it is
// dismissed; all are kept in a list, for what happened while one was elsewhere.
import { create } from 'zustand';

export interface Toast {
  readonly id: number;
  readonly tone: 'bad' | 'info';
  readonly title: string;
  readonly detail: string;
  readonly atMs: number;
  /** The address of what it is about. */
  readonly path: string | undefined;
}

interface ToastState {
  /** At the edge of the window now, oldest first. */
  readonly toasts: readonly Toast[];
  /** All, newest first. */
  readonly kept: readonly Toast[];
  /** How many came since the list was last looked at. */
  readonly unseen: number;
}

const showInfoMs = 5000;
const mostShown = 4;
const mostKept = 100;
let nextId = 1;

export const useToasts = create<ToastState>(() => ({ toasts: [], kept: [], unseen: 0 }));

/** Takes a message from the edge of the window; it stays in the list. */
export function dismissToast(id: number): void {
  useToasts.setState((state) => ({ toasts: state.toasts.filter((toast) => toast.id !== id) }));
}

/** Keeps a message in the list without showing it. */
export function keepMessage(tone: Toast['tone'], title: string, detail: string, path?: string): Toast {
  const toast: Toast = { id: nextId++, tone, title, detail, atMs: Date.now(), path };
  useToasts.setState(({ kept, unseen }) => ({
    kept: [toast, ...kept].slice(0, mostKept),
    unseen: Math.min(mostKept, unseen + 1),
  }));
  return toast;
}

/** Shows a message and keeps it; the oldest shown gives way when there are more than four. */
export function showToast(tone: Toast['tone'], title: string, detail: string, path?: string): void {
  const toast = keepMessage(tone, title, detail, path);
  useToasts.setState(({ toasts }) => ({ toasts: [...toasts, toast].slice(-mostShown) }));
  if (tone !== 'bad') setTimeout(() => dismissToast(toast.id), showInfoMs);
}

/** The list is being looked at: nothing in it is new any more, and nothing needs to stay at the edge. */
export function seeMessages(): void {
  useToasts.setState({ unseen: 0, toasts: [] });
}

/** Takes one message, or all, off the list. */
export function forgetMessages(id?: number): void {
  useToasts.setState(({ kept, toasts }) => ({
    kept: id === undefined ? [] : kept.filter((toast) => toast.id !== id),
    toasts: id === undefined ? [] : toasts.filter((toast) => toast.id !== id),
    unseen: 0,
  }));
}
