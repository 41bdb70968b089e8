// Keeps one contract client alive: opens the port, tries again when it closes (first at once, then slower, up to 5 s), tells
// the backend when the window is hidden, and feeds the model store. The UI reads its state from `useConnection`.
import { create } from 'zustand';
import type { Port } from '../../../runtime/contract/wire.ts';
import { applyModelDiff } from '../state/model-store.ts';
import { ContractClient } from './contract-client.ts';
import { connectionLost } from './contract-failure.ts';
import { SessionEnded } from './session.ts';

interface ConnectionState {
  /** `ended`: the session is over and trying again is pointless. */
  readonly state: 'connecting' | 'open' | 'lost' | 'ended';
  /** When this state began, ms since the epoch. */
  readonly sinceMs: number;
  /** Present while open. */
  readonly client: ContractClient | undefined;
}

export const useConnection = create<ConnectionState>(() => ({
  state: 'connecting',
  sinceMs: Date.now(),
  client: undefined,
}));

/** The open client. Throws the contract failure that says that the connection is lost. */
export function openClient(): ContractClient {
  const { client } = useConnection.getState();
  if (client === undefined) throw connectionLost();
  return client;
}

const retryDelaysMs = [0, 250, 500, 1000, 2000, 5000];

/** Starts the connection for the life of the page. `openPort` is asked again after each loss. */
export function startConnection(openPort: () => Promise<Port>): void {
  let attempt = 0;
  let lastSequence: number | undefined;

  const retry = (): void => {
    if (useConnection.getState().state !== 'lost') {
      useConnection.setState({ state: 'lost', sinceMs: Date.now(), client: undefined });
    }
    const delayMs = retryDelaysMs[Math.min(attempt, retryDelaysMs.length - 1)];
    attempt += 1;
    setTimeout(() => void connect(), delayMs);
  };

  const connect = async (): Promise<void> => {
    let port: Port;
    try {
      port = await openPort();
    } catch (error) {
      if (error instanceof SessionEnded) {
        useConnection.setState({ state: 'ended', sinceMs: Date.now(), client: undefined });
      } else retry();
      return;
    }
    lastSequence = undefined;
    const client = new ContractClient(
      port,
      (diff) => {
        attempt = 0;
        const gap = diff.reset !== true && diff.sequence !== (lastSequence ?? Number.NaN) + 1;
        lastSequence = diff.sequence;
        if (gap) resync(client);
        else applyModelDiff(diff);
      },
      retry,
    );
    useConnection.setState({ state: 'open', sinceMs: Date.now(), client });
    if (document.hidden) client.setVisible(false);
  };

  document.addEventListener('visibilitychange', () => {
    useConnection.getState().client?.setVisible(!document.hidden);
  });
  void connect();
}

/** Asks for everything anew: a window that becomes visible is sent a reset. */
function resync(client: ContractClient): void {
  client.setVisible(false);
  client.setVisible(true);
}
