// One build, as it runs or as it went: its state and time, what ended it, its steps as a list and as a graph, its Dockerfile and parameters.
import { CircleAlert, Hammer, Play, X } from 'lucide-react';
import { useId, useState, type ReactNode } from 'react';
import type { BuildHead } from '../../../../runtime/contract/builds.ts';
import { FailureNotice } from '../../components/FailureNotice.tsx';
import { Tabs } from '../../components/Tabs.tsx';
import { inert } from '../../format/inert.ts';
import { useBuild, useBuildHistory } from '../../state/build-history.ts';
import type { BuildView } from '../../state/build-view.ts';
import { openDialog } from '../../state/dialog-store.ts';
import { useModel } from '../../state/model-store.ts';
import { en } from '../../strings/en.ts';
import { cancelBuild } from './build-actions.ts';
import { buildName } from './build-text.ts';
import { BuildFacts } from './BuildFacts.tsx';
import { BuildGraph } from './BuildGraph.tsx';
import { BuildSource } from './BuildSource.tsx';
import { BuildSteps } from './BuildSteps.tsx';
import { Duration } from './Duration.tsx';
import { StateMark } from './StepState.tsx';

const words = en.builds.details;
const tabs = ['steps', 'graph', 'dockerfile', 'about'] as const;
type Tab = (typeof tabs)[number];

interface BuildPanelProps {
  readonly id: string;
  /** Goes to a line of the Dockerfile in the editor; without it the line is shown here. */
  readonly onLine?: (line: number) => void;
  /** Buttons at the end of the head. */
  readonly actions: ReactNode;
}

export function BuildPanel({ id, onLine, actions }: BuildPanelProps) {
  const { view, failure } = useBuild(id);
  const task = useModel((state) => state.tasks.get(id));
  const known = useBuildHistory((state) => state.known);
  const [tab, setTab] = useState<Tab>('steps');
  const prefix = useId();
  const panelId = `${prefix}-panel`;
  const name = inert(view === undefined ? (task?.subject ?? id) : nameOf(view.head));
  return (
    <section aria-label={words.label(name)} className="flex min-h-0 flex-1 flex-col">
      <div className="flex flex-none items-center gap-[10px] px-[18px] pt-[10px] pb-2">
        {view === undefined ? (
          <Hammer aria-hidden className="h-4 w-4 flex-none text-ink-3" />
        ) : (
          <StateMark state={view.head.state} />
        )}
        <h2 className="min-w-0 truncate text-lg font-[600]" title={name}>
          <bdi>{name}</bdi>
        </h2>
        <span className="flex-1" />
        <HeadActions id={id} view={view} isBeginning={view === undefined && task?.state === 'running'} />
        {actions}
      </div>
      {view !== undefined && <Outcome view={view} />}
      {view === undefined && task !== undefined && task.state === 'failed' && (
        <div className="px-[18px]">
          <FailureNotice title={words.failed} failure={{ message: task.error, hint: task.hint }} />
        </div>
      )}
      {view === undefined && failure !== undefined && (
        <div className="px-[18px]">
          <FailureNotice title={en.builds.failedHistory} failure={failure} />
        </div>
      )}
      {view === undefined && task?.state === 'running' && (
        <p className="flex items-center gap-2 px-[18px] py-2 text-ink-3" role="status">
          <span className="mark mark-busy" aria-hidden />
          {task.status === '' ? words.waiting : inert(task.status)}
        </p>
      )}
      {view === undefined && task === undefined && known && failure === undefined && (
        <p className="px-[18px] py-2 text-ink-3">{words.unknown}</p>
      )}
      {view !== undefined && (
        <>
          <Tabs
            label={words.tabsLabel}
            idPrefix={prefix}
            panelId={panelId}
            items={tabs.map((value) => ({ value, text: words.tabs[value] }))}
            value={tab}
            onChoose={setTab}
          />
          <div
            // Anew for each: how far one was scrolled says nothing of another.
            key={tab}
            role="tabpanel"
            id={panelId}
            aria-labelledby={`${prefix}-${tab}`}
            // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by keyboard
            tabIndex={0}
            className="min-h-0 flex-1 overflow-auto"
          >
            <FailedNotice head={view.head} />
            {tab === 'steps' && (
              <BuildSteps steps={view.steps} onLine={onLine ?? (() => setTab('dockerfile'))} />
            )}
            {tab === 'graph' && <BuildGraph steps={view.steps} />}
            {tab === 'dockerfile' && <BuildSource text={view.head.dockerfile} error={view.head.error} />}
            {tab === 'about' && <BuildFacts head={view.head} />}
          </div>
        </>
      )}
    </section>
  );
}

function nameOf({ names, request }: BuildHead): string {
  return buildName({ names, tags: request.tags, source: request.source });
}

interface HeadActionsProps {
  readonly id: string;
  readonly view: BuildView | undefined;
  readonly isBeginning: boolean;
}

function HeadActions({ id, view, isBeginning }: HeadActionsProps) {
  if (isBeginning || view?.head.state === 'running') {
    return (
      <button type="button" className="btn" onClick={() => void cancelBuild(id)}>
        <X aria-hidden />
        {words.cancel}
      </button>
    );
  }
  if (view?.head.state !== 'done') return null;
  const image = view.head.names[0] ?? view.head.image;
  return (
    <button type="button" className="btn btn-primary" onClick={() => openDialog({ kind: 'run', image })}>
      <Play aria-hidden />
      {words.run}
    </button>
  );
}

function Outcome({ view: { head, steps } }: { readonly view: BuildView }) {
  const finished = steps.filter(({ state }) => state === 'done').length;
  const cached = steps.filter((step) => step.cached).length;
  const share = head.state === 'done' ? 1 : finished / Math.max(1, steps.length);
  return (
    <div className="flex-none px-[18px] pb-2">
      <div
        role="progressbar"
        aria-label={words.progress}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(share * 100)}
        className={`progress ${{ done: 'progress-done', failed: 'progress-bad', running: '', canceled: '' }[head.state]}`}
      >
        <i style={{ width: `${share * 100}%` }} />
      </div>
      <p className="mt-1 flex gap-2 text-sm text-ink-2 tabular-nums" role="status">
        <span>{en.builds.states[head.state]}</span>
        <span>
          <Duration of={head} />
        </span>
        <span className="flex-1" />
        <span>{en.builds.stepsOf(finished, steps.length, cached)}</span>
      </p>
      {head.error !== null && head.state === 'failed' && (
        // Read out once; what is shown of it comes anew with each tab.
        <p className="sr-only" role="alert">
          {inert(head.error.message)} {inert(head.error.hint)}
        </p>
      )}
    </div>
  );
}

/** What ended it; it scrolls with what is below, which has little room in a small window. */
function FailedNotice({ head: { error, state } }: { readonly head: BuildHead }) {
  if (error === null || state !== 'failed') return null;
  return (
    <div className="notice notice-bad mx-[18px] mt-2">
      <CircleAlert aria-hidden />
      <div className="min-w-0 break-words">
        {error.range !== null && (
          <span className="mr-2 font-[600]">{words.failedAt(error.range.startLine)}</span>
        )}
        {inert(error.message)}
        {error.hint !== '' && <div className="mt-1 text-ink-2">{inert(error.hint)}</div>}
      </div>
    </div>
  );
}
