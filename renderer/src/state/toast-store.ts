// Short messages at the edge of the window: what failed, and where. Each goes by itself unless it is a failure.
import { create } from 'zustand';

export interface Toast {
  readonly id: number;
  readonly tone: 'bad' | 'info';
  readonly title: string;
  readonly detail: string;
}

const keepInfoMs = 5000;
const keepBadMs = 15_000;
const most = 4;
let nextId = 1;

export const useToasts = create<{ readonly toasts: readonly Toast[] }>(() => ({ toasts: [] }));

/** Takes a message away. */
export function dismissToast(id: number): void {
  useToasts.setState((state) => ({ toasts: state.toasts.filter((toast) => toast.id !== id) }));
}

/** Shows a message; the oldest gives way when there are more than four. */
export function showToast(tone: Toast['tone'], title: string, detail: string): void {
  const id = nextId++;
  useToasts.setState((state) => ({ toasts: [...state.toasts, { id, tone, title, detail }].slice(-most) }));
  setTimeout(() => dismissToast(id), tone === 'bad' ? keepBadMs : keepInfoMs);
}
