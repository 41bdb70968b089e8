// One long job in the list: how far it is, its parts on demand, and what can be done with it.
import { ChevronRight, CircleAlert, CircleCheck, CircleSlash, Hammer, Play, RotateCw, X } from 'lucide-react';
import { useState } from 'react';
import { useLocation } from 'wouter';
import type { TaskModel } from '../../../runtime/contract/model.ts';
import { IconButton } from '../components/IconButton.tsx';
import { useAge } from '../format/clock.ts';
import { inert } from '../format/inert.ts';
import { PullBar, PullLayers, pulledLayers } from '../pages/images/PullProgress.tsx';
import { pagePath } from '../route.ts';
import { openDialog } from '../state/dialog-store.ts';
import { closePanel } from '../state/panel-store.ts';
import { cancelTask, forgetTask, retryTask } from '../state/tasks.ts';
import { en } from '../strings/en.ts';

const words = en.tasks;

export function TaskItem({ task }: { readonly task: TaskModel }) {
  const [unfolded, setUnfolded] = useState(false);
  const subject = inert(task.subject);
  const running = task.state === 'running';
  const kind = words.kinds[task.kind];
  const partsId = `task-parts-${task.id}`;
  return (
    <li className="popover-item" aria-label={kind.label(subject)}>
      <div className="flex items-center gap-2">
        <Mark state={task.state} />
        <span className="min-w-0 flex-1 truncate font-[550]" title={subject}>
          {kind.title(subject)}
        </span>
        <Actions task={task} />
      </div>
      {running && (
        <div className="mt-1 ml-[24px]">
          <PullBar pull={task} label={kind.progress(subject)} />
        </div>
      )}
      <div className="mt-1 ml-[24px] flex items-baseline gap-2 text-sm text-ink-2">
        {task.state === 'failed' ? (
          <span className="min-w-0 break-words text-bad">
            {inert([task.error, task.hint].filter((text) => text !== '').join(' '))}
          </span>
        ) : (
          <span className="min-w-0 truncate">{statusOf(task)}</span>
        )}
        <span className="flex-1" />
        <Age task={task} />
      </div>
      {task.parts.length > 0 && (
        <div className="ml-[18px]">
          <button
            type="button"
            className="disclosure"
            aria-expanded={unfolded}
            aria-controls={partsId}
            onClick={() => setUnfolded(!unfolded)}
          >
            <ChevronRight aria-hidden />
            {pulledLayers(task)}
          </button>
          <div id={partsId} hidden={!unfolded}>
            {unfolded && <PullLayers pull={task} narrow />}
          </div>
        </div>
      )}
    </li>
  );
}

function statusOf(task: TaskModel): string {
  if (task.state === 'done') return words.kinds[task.kind].ended;
  if (task.state === 'cancelled') return words.cancelled;
  return task.status === '' ? en.pull.starting : inert(task.status);
}

function Mark({ state }: { readonly state: TaskModel['state'] }) {
  const size = 'h-4 w-4 flex-none';
  switch (state) {
    case 'running':
      return (
        <span
          className="grid h-4 w-4 flex-none place-items-center"
          role="img"
          aria-label={words.states.running}
        >
          <span className="mark mark-busy" aria-hidden />
        </span>
      );
    case 'done':
      return <CircleCheck role="img" aria-label={words.states.done} className={`${size} text-ok`} />;
    case 'failed':
      return <CircleAlert role="img" aria-label={words.states.failed} className={`${size} text-bad`} />;
    case 'cancelled':
      return <CircleSlash role="img" aria-label={words.states.cancelled} className={`${size} text-ink-3`} />;
  }
}

function Age({ task }: { readonly task: TaskModel }) {
  const age = useAge(task.endedMs ?? task.startedMs);
  return (
    <span className="flex-none whitespace-nowrap text-ink-3 tabular-nums">
      {task.endedMs === null ? age : words.ago(age)}
    </span>
  );
}

function Actions({ task }: { readonly task: TaskModel }) {
  const subject = inert(task.subject);
  const [, navigate] = useLocation();
  const show = task.kind === 'build' && (
    <Action
      text={words.show}
      of={subject}
      icon={<Hammer aria-hidden />}
      onAct={() => {
        closePanel('tasks');
        navigate(pagePath('builds', task.id));
      }}
    />
  );
  if (task.state === 'running') {
    return (
      <>
        {show}
        <Action text={words.cancel} of={subject} icon={<X aria-hidden />} onAct={() => cancelTask(task)} />
      </>
    );
  }
  return (
    <>
      {show}
      {task.kind === 'build' || (task.state === 'done' && task.kind === 'push') ? null : task.state ===
        'done' ? (
        <Action
          text={words.run}
          of={subject}
          icon={<Play aria-hidden />}
          onAct={() => {
            closePanel('tasks');
            openDialog({ kind: 'run', image: task.subject });
          }}
        />
      ) : (
        <Action
          text={words.retry}
          of={subject}
          icon={<RotateCw aria-hidden />}
          onAct={() => retryTask(task)}
        />
      )}
      <Action
        text={en.common.dismiss}
        of={subject}
        icon={<X aria-hidden />}
        onAct={() => forgetTask(task.id)}
      />
    </>
  );
}

interface ActionProps {
  readonly text: string;
  readonly of: string;
  readonly icon: React.ReactNode;
  readonly onAct: () => Promise<void> | void;
}

function Action({ text, of, icon, onAct }: ActionProps) {
  return (
    <IconButton label={`${text}: ${of}`} tip={text} look="small" icon={icon} onClick={() => void onAct()} />
  );
}
