// The messages at the edge of the window.
import { CircleAlert, Info, X } from 'lucide-react';
import { dismissToast, useToasts } from '../state/toast-store.ts';
import { inert } from '../format/inert.ts';
import { en } from '../strings/en.ts';

export function Toasts() {
  const toasts = useToasts((state) => state.toasts);
  return (
    <div className="fixed right-4 bottom-11 z-[65] flex flex-col gap-2" aria-live="polite">
      {toasts.map((toast) => (
        <div
          key={toast.id}
          className={`toast ${toast.tone === 'bad' ? 'toast-bad' : ''}`}
          role={toast.tone === 'bad' ? 'alert' : 'status'}
        >
          {toast.tone === 'bad' ? (
            <CircleAlert aria-hidden className="mt-[2px] h-4 w-4 flex-none text-bad" />
          ) : (
            <Info aria-hidden className="mt-[2px] h-4 w-4 flex-none text-accent" />
          )}
          <div className="min-w-0 flex-1">
            <div className="font-[600]">{inert(toast.title)}</div>
            <div className="text-ink-2">{inert(toast.detail)}</div>
          </div>
          <button
            type="button"
            className="btn btn-ghost btn-icon h-6 w-6"
            aria-label={en.common.dismiss}
            onClick={() => dismissToast(toast.id)}
          >
            <X aria-hidden />
          </button>
        </div>
      ))}
    </div>
  );
}
