// The messages at the edge of the window. What went well is read out when there is time for it, a failure at once.
import { CircleAlert, Info, X } from 'lucide-react';
import { inert } from '../format/inert.ts';
import { dismissToast, useToasts, type Toast } from '../state/toast-store.ts';
import { en } from '../strings/en.ts';

export function Toasts() {
  const toasts = useToasts((state) => state.toasts);
  const bad = toasts.filter((toast) => toast.tone === 'bad');
  return (
    <div className="pointer-events-none fixed right-4 bottom-11 z-[65] flex flex-col gap-2">
      <div className="flex flex-col gap-2" role="status" aria-label={en.notices.toasts}>
        {toasts
          .filter((toast) => toast.tone !== 'bad')
          .map((toast) => (
            <Message key={toast.id} toast={toast} />
          ))}
      </div>
      {bad.map((toast) => (
        <div key={toast.id} role="alert">
          <Message toast={toast} />
        </div>
      ))}
    </div>
  );
}

function Message({ toast }: { readonly toast: Toast }) {
  const bad = toast.tone === 'bad';
  return (
    <div className={`toast pointer-events-auto ${bad ? 'toast-bad' : ''}`}>
      {bad ? (
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
  );
}
