// The bell, and the list of messages below it: what failed and what finished while one was elsewhere.
import { Bell, CircleAlert, Info, X } from 'lucide-react';
import { useLocation } from 'wouter';
import { Popover } from '../components/Popover.tsx';
import { useAge } from '../format/clock.ts';
import { inert } from '../format/inert.ts';
import { closePanel, openPanel, usePanel } from '../state/panel-store.ts';
import { forgetMessages, seeMessages, useToasts, type Toast } from '../state/toast-store.ts';
import { en } from '../strings/en.ts';

const words = en.notices;

export function MessagePanel() {
  const open = usePanel((state) => state.panel === 'messages');
  const kept = useToasts((state) => state.kept);
  const unseen = useToasts((state) => state.unseen);
  const bad = kept.slice(0, unseen).some((toast) => toast.tone === 'bad');
  const set = (next: boolean): void => {
    seeMessages();
    if (next) openPanel('messages');
    else closePanel('messages');
  };
  return (
    <Popover
      label={words.title}
      open={open}
      onOpen={set}
      button={
        <button
          type="button"
          className="btn btn-ghost btn-icon relative"
          aria-label={words.button(unseen)}
          title={words.button(unseen)}
        >
          <Bell aria-hidden />
          {unseen > 0 && !open && (
            <span aria-hidden className={`bell-count ${bad ? 'bell-count-bad' : ''}`}>
              {unseen > 9 ? '9+' : unseen}
            </span>
          )}
        </button>
      }
    >
      <div className="popover-head">
        <h2 className="font-[620]">{words.title}</h2>
        <span className="flex-1" />
        <button
          type="button"
          className="btn btn-ghost h-6"
          disabled={kept.length === 0}
          onClick={() => forgetMessages()}
        >
          {words.clear}
        </button>
      </div>
      {kept.length === 0 ? (
        <p className="px-4 pt-2 pb-6 text-center text-ink-3">{words.empty}</p>
      ) : (
        <ul className="popover-list">
          {kept.map((toast) => (
            <Message key={toast.id} toast={toast} />
          ))}
        </ul>
      )}
    </Popover>
  );
}

function Message({ toast }: { readonly toast: Toast }) {
  const [, navigate] = useLocation();
  const age = useAge(toast.atMs);
  const title = inert(toast.title);
  const { path } = toast;
  return (
    <li className="popover-item flex items-start gap-2">
      {toast.tone === 'bad' ? (
        <CircleAlert role="img" aria-label={words.bad} className="mt-[2px] h-4 w-4 flex-none text-bad" />
      ) : (
        <Info role="img" aria-label={words.info} className="mt-[2px] h-4 w-4 flex-none text-accent" />
      )}
      <div className="min-w-0 flex-1 break-words">
        {path === undefined ? (
          <div className="font-[550]">{title}</div>
        ) : (
          <button
            type="button"
            className="link text-left"
            onClick={() => {
              closePanel('messages');
              navigate(path);
            }}
          >
            {title}
          </button>
        )}
        <div className="text-sm text-ink-2">{inert(toast.detail)}</div>
      </div>
      <span className="flex-none pt-[1px] text-sm whitespace-nowrap text-ink-3 tabular-nums">
        {en.tasks.ago(age)}
      </span>
      <button
        type="button"
        className="btn btn-ghost btn-icon h-6 w-6"
        aria-label={`${en.common.dismiss}: ${title}`}
        onClick={() => forgetMessages(toast.id)}
      >
        <X aria-hidden />
      </button>
    </li>
  );
}
