// The button with the number of running jobs, and the list of all of them below it.
import { ListChecks } from 'lucide-react';
import { useMemo } from 'react';
import { Popover } from '../components/Popover.tsx';
import { useModel } from '../state/model-store.ts';
import { closePanel, openPanel, usePanel } from '../state/panel-store.ts';
import { forgetEnded, tasksInOrder } from '../state/tasks.ts';
import { en } from '../strings/en.ts';
import { TaskItem } from './TaskItem.tsx';

const words = en.tasks;

export function TaskPanel() {
  const open = usePanel((state) => state.panel === 'tasks');
  const tasks = useModel((state) => state.tasks);
  const ordered = useMemo(() => tasksInOrder(tasks.values()), [tasks]);
  const running = ordered.filter((task) => task.state === 'running').length;
  const failed = ordered.some((task) => task.state === 'failed');
  return (
    <Popover
      label={words.title}
      open={open}
      onOpen={(next) => (next ? openPanel('tasks') : closePanel('tasks'))}
      button={
        <button type="button" className="btn btn-ghost" aria-label={words.button(running, ordered.length)}>
          {running > 0 ? (
            <span className="mark mark-busy" aria-hidden />
          ) : failed ? (
            <span className="mark mark-failed" aria-hidden />
          ) : (
            <ListChecks aria-hidden />
          )}
          <span className="header-text">{words.count(running)}</span>
        </button>
      }
    >
      <div className="popover-head">
        <h2 className="font-[620]">{words.title}</h2>
        <span className="flex-1" />
        <button
          type="button"
          className="btn btn-ghost h-6"
          disabled={running === ordered.length}
          onClick={() => void forgetEnded()}
        >
          {words.clear}
        </button>
      </div>
      {ordered.length === 0 ? (
        <p className="px-4 pt-2 pb-6 text-center text-ink-3">{words.empty}</p>
      ) : (
        <ul className="popover-list">
          {ordered.map((task) => (
            <TaskItem key={task.id} task={task} />
          ))}
        </ul>
      )}
    </Popover>
  );
}
