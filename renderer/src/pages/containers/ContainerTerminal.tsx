// The terminals of a container: its sessions as tabs, and the screen of the one in front. Sessions belong to the backend and
// outlive this view and the page.
import '@xterm/xterm/css/xterm.css';
import { Play, Search, SquareTerminal } from 'lucide-react';
import { useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { useShallow } from 'zustand/react/shallow';
import type { ContainerModel, TerminalModel } from '../../../../runtime/contract/model.ts';
import { EmptyState } from '../../components/EmptyState.tsx';
import { FailureNotice } from '../../components/FailureNotice.tsx';
import { Tabs } from '../../components/Tabs.tsx';
import { detailTabElement } from '../../components/DetailTabs.tsx';
import { IconButton } from '../../components/IconButton.tsx';
import { inert } from '../../format/inert.ts';
import { actOnContainer } from '../../state/container-actions.ts';
import { useModel } from '../../state/model-store.ts';
import { en } from '../../strings/en.ts';
import { NewSession } from '../../terminal/NewSession.tsx';
import { SessionEnd } from '../../terminal/SessionEnd.tsx';
import { sessionLabels } from '../../terminal/terminal-label.ts';
import { connectScreen, screenOf, startScreens } from '../../terminal/terminal-screens.ts';
import type { TerminalScreen } from '../../terminal/terminal-screen.ts';
import {
  beginSession,
  closeSession,
  defaultShell,
  markVisited,
  sessionsOf,
  showSession,
  useTerminalTabs,
} from '../../terminal/terminal-tabs.ts';
import { TerminalFind } from '../../terminal/TerminalFind.tsx';
import { TerminalMenu } from '../../terminal/TerminalMenu.tsx';
import { useConnection } from '../../transport/connection.ts';
import { isAlive } from './container-status.ts';

startScreens();

const words = en.terminal;
const panelId = 'terminal-panel';
const mac = navigator.platform.startsWith('Mac');

export function ContainerTerminal({ container }: { readonly container: ContainerModel }) {
  const { id } = container;
  const alive = isAlive(container);
  const sessions = useModel(useShallow((state) => sessionsOf(state.terminals, id)));
  const front = useTerminalTabs((state) => state.front.get(id));
  const visited = useTerminalTabs((state) => state.visited.has(id));
  const opening = useTerminalTabs((state) => state.opening.has(id));
  const failed = useTerminalTabs((state) => state.failures.get(id));
  const client = useConnection((state) => state.client);
  const known = useModel((state) => state.updatedMs !== undefined);
  const session = sessions.find((one) => one.id === front) ?? sessions.at(-1);

  // Whoever comes here wants a shell: the first one begins by itself.
  const wanting = !visited && alive && known && client !== undefined;
  useEffect(() => {
    if (!wanting) return;
    markVisited(id);
    if (sessions.length === 0) void beginSession(id, defaultShell);
  }, [id, wanting, sessions.length]);

  return (
    <div
      className="flex min-h-0 flex-1 flex-col"
      role="group"
      aria-label={words.region(inert(container.name))}
    >
      {failed !== undefined && (
        <div className="flex-none border-b border-line px-[18px] py-2">
          <FailureNotice title={words.notBegun} failure={failed.failure} />
          <button
            type="button"
            className="btn mt-2 h-[26px]"
            onClick={() => void beginSession(id, failed.wish)}
          >
            {words.again}
          </button>
        </div>
      )}
      {session === undefined ? (
        <NoSession container={container} alive={alive} opening={opening || wanting} />
      ) : (
        <Session container={container} sessions={sessions} session={session} opening={opening} />
      )}
    </div>
  );
}

interface NoSessionProps {
  readonly container: ContainerModel;
  readonly alive: boolean;
  readonly opening: boolean;
}

function NoSession({ container, alive, opening }: NoSessionProps) {
  const { id } = container;
  if (opening && alive) {
    return (
      <p className="flex items-center gap-2 px-[18px] py-3 text-ink-2" role="status">
        <span className="mark mark-busy" aria-hidden />
        {words.opening}
      </p>
    );
  }
  return (
    <EmptyState
      icon={<SquareTerminal aria-hidden />}
      title={alive ? words.none : words.stopped}
      text={alive ? words.noneText : words.stoppedText}
      action={
        alive ? (
          <span className="flex items-center gap-2">
            <button type="button" className="btn" onClick={() => void beginSession(id, defaultShell)}>
              <SquareTerminal aria-hidden />
              {words.openShell}
            </button>
            <NewSession container={container} disabled={false} />
          </span>
        ) : (
          <button type="button" className="btn" onClick={() => void startAndOpen(id)}>
            <Play aria-hidden />
            {words.start}
          </button>
        )
      }
    />
  );
}

async function startAndOpen(id: string): Promise<void> {
  if (await actOnContainer(id, 'start')) await beginSession(id, defaultShell);
}

interface SessionProps {
  readonly container: ContainerModel;
  readonly sessions: readonly TerminalModel[];
  readonly session: TerminalModel;
  readonly opening: boolean;
}

function Session({ container, sessions, session, opening }: SessionProps) {
  const screen = screenOf(session.id);
  const [finding, setFinding] = useState(false);
  const labels = sessionLabels(sessions);
  const alive = isAlive(container);
  const close = (id: string): void => {
    const closed = sessions.find((one) => one.id === id);
    if (closed === undefined) return;
    closeSession(closed);
    // The tab that had the focus goes: the screen that stays, or the way to others, takes it.
    if (sessions.length === 1) detailTabElement('terminal')?.focus();
    else if (id !== session.id) screen.focus();
  };
  return (
    <>
      <div className="terminal-bar">
        <Tabs
          className="sub-tabs"
          label={words.sessions}
          idPrefix="terminal-tab"
          panelId={panelId}
          items={sessions.map((one) => ({
            value: one.id,
            text: labels.get(one.id) ?? '',
            mark: <span className={`mark mark-${markOf(one)}`} role="img" aria-label={stateOf(one)} />,
          }))}
          value={session.id}
          onChoose={(id) => showSession(container.id, id)}
          onClose={close}
        />
        <NewSession container={container} disabled={!alive || opening} />
        <span className="flex-1" />
        <span className="terminal-keys">
          <kbd className="kbd">{words.leaveKeys}</kbd> {words.leave}
        </span>
        <IconButton
          label={words.findButton(words.findKeys(mac))}
          icon={<Search aria-hidden />}
          expanded={finding}
          onClick={() => setFinding(!finding)}
        />
        <TerminalMenu session={session} mac={mac} />
      </div>
      <div
        role="tabpanel"
        id={panelId}
        aria-labelledby={`terminal-tab-${session.id}`}
        className="relative flex min-h-0 flex-1 flex-col"
      >
        {finding && (
          <TerminalFind
            key={session.id}
            screen={screen}
            onClose={() => {
              setFinding(false);
              screen.focus();
            }}
          />
        )}
        <Screen screen={screen} session={session.id} onFind={() => setFinding(true)} />
        <SessionEnd session={session} screen={screen} alive={alive} />
      </div>
    </>
  );
}

interface ScreenProps {
  readonly screen: TerminalScreen;
  readonly session: string;
  readonly onFind: () => void;
}

function Screen({ screen, session, onFind }: ScreenProps) {
  const host = useRef<HTMLDivElement>(null);
  const { view } = useSyncExternalStore(screen.subscribe, screen.state);
  const latestFind = useRef(onFind);
  useEffect(() => {
    latestFind.current = onFind;
  });
  useEffect(() => {
    const parent = host.current;
    if (parent === null) return;
    // The focus stays on a tab that was reached by keys.
    const byTab = document.activeElement?.matches('[role=tab]:focus-visible') === true;
    screen.enter(parent, {
      leave: () => document.getElementById(`terminal-tab-${session}`)?.focus(),
      find: () => latestFind.current(),
    });
    connectScreen(screen);
    if (!byTab) screen.focus();
    const observer = new ResizeObserver(() => screen.fit());
    observer.observe(parent);
    return () => observer.disconnect();
  }, [screen, session]);
  return <div ref={host} className="terminal-host" data-view={view} />;
}

function markOf({ ended }: TerminalModel): string {
  if (ended === undefined) return 'running';
  return ended.reason !== '' || (ended.exitCode !== null && ended.exitCode !== 0) ? 'failed' : 'stopped';
}

function stateOf({ ended }: TerminalModel): string {
  if (ended === undefined) return words.state.running;
  return ended.reason === '' ? words.state.ended : words.state.broken;
}
