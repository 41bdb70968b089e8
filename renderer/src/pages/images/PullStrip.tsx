// Pulls and pushes that run while no dialog shows them: a line each above the list. How they ended is told by the list of tasks.
import { X } from 'lucide-react';
import { useMemo } from 'react';
import type { TaskModel } from '../../../../runtime/contract/model.ts';
import { inert } from '../../format/inert.ts';
import { openDialog, useDialog } from '../../state/dialog-store.ts';
import { useModel } from '../../state/model-store.ts';
import { cancelTask } from '../../state/tasks.ts';
import { en } from '../../strings/en.ts';
import { PullBar } from './PullProgress.tsx';

export function PullStrip() {
  const tasks = useModel((state) => state.tasks);
  const running = useMemo(
    () => [...tasks.values()].filter((task) => task.state === 'running' && task.kind !== 'build'),
    [tasks],
  );
  const inDialog = useDialog((state) => state.dialog?.kind === 'pull' || state.dialog?.kind === 'run');
  if (inDialog || running.length === 0) return null;
  return (
    <ul className="mx-[18px] mb-[10px] flex flex-none flex-col gap-1">
      {running.map((task) => (
        <Line key={task.id} pull={task} />
      ))}
    </ul>
  );
}

function Line({ pull }: { readonly pull: TaskModel }) {
  const name = inert(pull.subject);
  const kind = en.tasks.kinds[pull.kind];
  const sentence = kind.running(name);
  return (
    <li className="flex h-9 items-center gap-3 rounded-sm border border-line bg-surface px-3">
      <span className="min-w-0 flex-none max-w-[60%] truncate" title={sentence}>
        {sentence}
      </span>
      <span className="min-w-0 flex-1">
        <PullBar pull={pull} label={sentence} />
      </span>
      {pull.kind === 'pull' && (
        <button
          type="button"
          className="link"
          onClick={() => openDialog({ kind: 'pull', reference: pull.subject })}
        >
          {en.pull.show}
        </button>
      )}
      <button
        type="button"
        className="btn btn-ghost btn-icon"
        aria-label={`${kind.cancel}: ${name}`}
        onClick={() => void cancelTask(pull)}
      >
        <X aria-hidden />
      </button>
    </li>
  );
}
