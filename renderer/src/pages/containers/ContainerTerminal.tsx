// A shell in a running container. The session outlives this view: it is kept while one looks at something else.
import '@xterm/xterm/css/xterm.css';
import { Play, SquareTerminal } from 'lucide-react';
import { useEffect, useRef, useSyncExternalStore } from 'react';
import type { ContainerModel } from '../../../../runtime/contract/model.ts';
import { EmptyState } from '../../components/EmptyState.tsx';
import { inert } from '../../format/inert.ts';
import { actOnContainer } from '../../state/container-actions.ts';
import { en } from '../../strings/en.ts';
import { TerminalSession, type TerminalState } from '../../terminal/terminal-session.ts';
import { endSession, keepSession, useTerminalSessions } from '../../terminal/terminal-sessions.ts';
import { useConnection } from '../../transport/connection.ts';
import { isAlive } from './container-status.ts';

const words = en.terminal;

export function ContainerTerminal({ container }: { readonly container: ContainerModel }) {
  const { id } = container;
  const session = useTerminalSessions((state) => state.sessions.get(id));
  const alive = isAlive(container);
  if (!alive && session === undefined) {
    return (
      <EmptyState
        icon={<SquareTerminal aria-hidden />}
        title={words.stopped}
        text={words.stoppedText}
        action={
          <button type="button" className="btn" onClick={() => void actOnContainer(id, 'start')}>
            <Play aria-hidden />
            {words.start}
          </button>
        }
      />
    );
  }
  return (
    <div
      className="flex min-h-0 flex-1 flex-col"
      role="group"
      aria-label={words.region(inert(container.name))}
    >
      {session !== undefined && <SessionBar id={id} session={session} alive={alive} />}
      <Screen id={id} session={session} />
    </div>
  );
}

function leaveTerminal(): void {
  document.getElementById('details-tab-terminal')?.focus();
}

function Screen({ id, session }: { readonly id: string; readonly session: TerminalSession | undefined }) {
  const host = useRef<HTMLDivElement>(null);
  const client = useConnection((state) => state.client);

  useEffect(() => {
    const parent = host.current;
    if (parent === null) return;
    if (session === undefined) {
      if (client !== undefined) {
        const opened = new TerminalSession(client, id, parent, leaveTerminal);
        keepSession(id, opened);
        opened.focus();
      }
      return;
    }
    if (session.element.parentElement !== parent) {
      parent.replaceChildren(session.element);
      session.focus();
    }
    session.fit();
    const observer = new ResizeObserver(() => session.fit());
    observer.observe(parent);
    return () => observer.disconnect();
  }, [client, id, session]);

  return <div ref={host} className="terminal-host" />;
}

interface SessionBarProps {
  readonly id: string;
  readonly session: TerminalSession;
  readonly alive: boolean;
}

function SessionBar({ id, session, alive }: SessionBarProps) {
  const state = useSyncExternalStore(session.subscribe, session.state);
  const over = state.phase === 'ended' || state.phase === 'failed';
  const mark = over
    ? state.phase === 'failed'
      ? 'failed'
      : 'stopped'
    : state.phase === 'opening'
      ? 'busy'
      : 'running';
  return (
    <div
      className={`flex min-h-[37px] flex-none items-center gap-2 border-b border-line px-[18px] py-[5px] text-sm text-ink-2 ${state.phase === 'failed' ? 'bg-bad-soft' : ''}`}
      role="status"
    >
      <span className={`mark mark-${mark}`} aria-hidden />
      <span className="min-w-0 truncate" title={sentence(state)}>
        {sentence(state)}
      </span>
      <span className="flex-1" />
      {over ? (
        alive ? (
          <button type="button" className="btn h-[26px]" onClick={() => endSession(id)}>
            {words.again}
          </button>
        ) : (
          <button type="button" className="btn h-[26px]" onClick={() => void startAndOpen(id)}>
            {words.start}
          </button>
        )
      ) : (
        <>
          <span className="flex items-center gap-1 whitespace-nowrap text-ink-3">
            <kbd className="kbd">{words.leaveKeys}</kbd> {words.leave}
          </span>
        </>
      )}
    </div>
  );
}

/** Without a session the view opens one by itself as soon as the container runs. */
async function startAndOpen(id: string): Promise<void> {
  if (await actOnContainer(id, 'start')) endSession(id);
}

function sentence(state: TerminalState): string {
  switch (state.phase) {
    case 'opening':
      return words.opening;
    case 'running':
      return words.running;
    case 'ended':
      return state.exitCode === undefined ? words.endedPlain : words.ended(state.exitCode);
    case 'failed':
      return words.failed(inert(state.failure?.message ?? ''));
  }
}
