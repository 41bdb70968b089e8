// The screens of this page, one for each session that was looked at. A screen goes when its session is forgotten; after a
// lost connection it is shown anew; colours and letters follow the person's choices.
import { useModel } from '../state/model-store.ts';
import { useTheme } from '../state/theme-store.ts';
import { useConnection } from '../transport/connection.ts';
import { terminalLook, useTerminalLook } from './terminal-look.ts';
import { TerminalScreen } from './terminal-screen.ts';

const screens = new Map<string, TerminalScreen>();
/** Those whose view was opened. */
const connected = new WeakSet<TerminalScreen>();
/** Containers in which this page is beginning a session, and sessions so begun that have no screen yet. */
const beginning = new Set<string>();
const fresh = new Set<string>();

/** Does what begins a session there: nobody saw anything of one that comes meanwhile. */
export async function beginFresh<T>(container: string, begin: () => Promise<T>): Promise<T> {
  beginning.add(container);
  try {
    return await begin();
  } finally {
    beginning.delete(container);
  }
}

/** The session's screen, made when it is first asked for. */
export function screenOf(session: string): TerminalScreen {
  const known = screens.get(session);
  if (known !== undefined) return known;
  const made = new TerminalScreen(session, fresh.delete(session), terminalLook());
  screens.set(session, made);
  return made;
}

/** Begins the view of a screen that stands in the page, so that it has its size from the start. */
export function connectScreen(screen: TerminalScreen): void {
  const { client } = useConnection.getState();
  if (client !== undefined && screen.state().view === 'opening' && !connected.has(screen)) {
    connected.add(screen);
    screen.connect(client);
  }
}

/** Looks after the screens for the life of the page. Called once, by whoever first needs a terminal. */
export function startScreens(): void {
  useModel.subscribe((state, before) => {
    if (state.terminals === before.terminals) return;
    for (const { id, container } of state.terminals.values())
      if (beginning.has(container) && !before.terminals.has(id)) fresh.add(id);
    for (const [session, screen] of screens) {
      if (state.terminals.has(session)) continue;
      screens.delete(session);
      screen.dispose();
    }
  });
  useConnection.subscribe((state, before) => {
    if (state.client === undefined || state.client === before.client) return;
    for (const screen of screens.values()) if (screen.state().view === 'lost') screen.connect(state.client);
  });
  useTheme.subscribe(() => screens.forEach((screen) => screen.applyTheme()));
  useTerminalLook.subscribe(() => screens.forEach((screen) => screen.applyLook(terminalLook())));
}
