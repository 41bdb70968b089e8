// Pulls that run, or ended, while no dialog shows them: a line each above the list.
import { X } from 'lucide-react';
import { inert } from '../../format/inert.ts';
import { openDialog, useDialog } from '../../state/dialog-store.ts';
import { cancelPull, forgetPull, usePulls, type Pull } from '../../state/pull-store.ts';
import { en } from '../../strings/en.ts';
import { PullBar } from './PullProgress.tsx';

export function PullStrip() {
  const pulls = usePulls((state) => state.pulls);
  const inDialog = useDialog((state) => state.dialog?.kind === 'pull' || state.dialog?.kind === 'run');
  if (inDialog || pulls.size === 0) return null;
  return (
    <ul className="mx-[18px] mb-[10px] flex flex-none flex-col gap-1">
      {[...pulls.values()].map((pull) => (
        <Line key={pull.reference} pull={pull} />
      ))}
    </ul>
  );
}

function Line({ pull }: { readonly pull: Pull }) {
  const name = inert(pull.reference);
  const running = pull.state === 'running';
  const sentence = {
    running: en.pull.running(name),
    done: en.pull.done(name),
    failed: `${en.pull.failed(name)}: ${inert(pull.error)}`,
    cancelled: en.pull.cancelled(name),
  }[pull.state];
  return (
    <li
      className={`flex h-9 items-center gap-3 rounded-sm border border-line px-3 ${pull.state === 'failed' ? 'bg-bad-soft' : 'bg-surface'}`}
    >
      <span className="min-w-0 flex-none max-w-[60%] truncate" title={sentence}>
        {sentence}
      </span>
      <span className="min-w-0 flex-1">{running && <PullBar pull={pull} label={sentence} />}</span>
      <button
        type="button"
        className="link"
        onClick={() => openDialog({ kind: 'pull', reference: pull.reference })}
      >
        {en.pull.show}
      </button>
      <button
        type="button"
        className="btn btn-ghost btn-icon"
        aria-label={running ? `${en.pull.cancelPull}: ${name}` : `${en.common.dismiss}: ${name}`}
        onClick={() => (running ? cancelPull(pull.reference) : forgetPull(pull.reference))}
      >
        <X aria-hidden />
      </button>
    </li>
  );
}
