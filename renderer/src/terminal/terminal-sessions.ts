// The shells that are open, one per container. They end with the container's removal, with the page, or when asked.
import { create } from 'zustand';
import { useModel } from '../state/model-store.ts';
import { useTheme } from '../state/theme-store.ts';
import type { TerminalSession } from './terminal-session.ts';

export const useTerminalSessions = create<{ readonly sessions: ReadonlyMap<string, TerminalSession> }>(
  () => ({ sessions: new Map() }),
);

/** Makes a session the container's own; one before it is ended. */
export function keepSession(containerId: string, session: TerminalSession): void {
  endSession(containerId);
  useTerminalSessions.setState((state) => ({
    sessions: new Map(state.sessions).set(containerId, session),
  }));
}

/** Ends the container's session, if there is one. */
export function endSession(containerId: string): void {
  const { sessions } = useTerminalSessions.getState();
  const session = sessions.get(containerId);
  if (session === undefined) return;
  session.dispose();
  const rest = new Map(sessions);
  rest.delete(containerId);
  useTerminalSessions.setState({ sessions: rest });
}

/** Ends sessions whose container is gone, and keeps their colours those of the theme. */
export function startTerminalUpkeep(): void {
  useModel.subscribe((state, before) => {
    if (state.containers === before.containers) return;
    for (const id of useTerminalSessions.getState().sessions.keys()) {
      if (!state.containers.has(id)) endSession(id);
    }
  });
  useTheme.subscribe(() => {
    for (const session of useTerminalSessions.getState().sessions.values()) session.applyTheme();
  });
}
