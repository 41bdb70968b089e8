// Says how a session ended, and offers to start it again or to close it.
import { RotateCw, X } from 'lucide-react';
import { useSyncExternalStore } from 'react';
import type { TerminalModel } from '../../../runtime/contract/model.ts';
import { inert } from '../format/inert.ts';
import { actOnContainer } from '../state/container-actions.ts';
import { en } from '../strings/en.ts';
import type { TerminalScreen } from './terminal-screen.ts';
import { closeSession, repeatSession } from './terminal-tabs.ts';

const words = en.terminal;

interface SessionEndProps {
  readonly session: TerminalModel;
  readonly screen: TerminalScreen;
  /** The container runs: the session can be started again. */
  readonly alive: boolean;
}

export function SessionEnd({ session, screen, alive }: SessionEndProps) {
  const { failure } = useSyncExternalStore(screen.subscribe, screen.state);
  const { ended } = session;
  if (ended === undefined && failure === undefined) return null;
  const reason = ended?.reason ?? failure?.message ?? '';
  const broken = reason !== '';
  const code = ended?.exitCode ?? null;
  const sentence = broken
    ? words.failed(inert(reason))
    : code === null
      ? words.endedPlain
      : words.ended(code);
  return (
    <div className={`session-end ${broken ? 'session-end-bad' : ''}`} role="status">
      <span
        className={`mark mark-${broken || (code !== null && code !== 0) ? 'failed' : 'stopped'}`}
        aria-hidden
      />
      <span className="min-w-0 truncate" title={sentence}>
        {sentence}
      </span>
      <span className="flex-1" />
      {ended !== undefined && (
        <button
          type="button"
          className="btn h-[26px]"
          onClick={() => void (alive ? repeatSession(session) : startAndRepeat(session))}
        >
          <RotateCw aria-hidden />
          {alive ? words.again : words.start}
        </button>
      )}
      <button type="button" className="btn btn-ghost h-[26px]" onClick={() => closeSession(session)}>
        <X aria-hidden />
        {en.common.close}
      </button>
    </div>
  );
}

async function startAndRepeat(session: TerminalModel): Promise<void> {
  if (await actOnContainer(session.container, 'start')) await repeatSession(session);
}
