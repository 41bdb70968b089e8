// Starts the engine anew, where it is ours, and knows whether that is under way or why it did not go.
import { create } from 'zustand';
import { openClient } from '../transport/connection.ts';
import { asFailure, type ContractFailure } from '../transport/contract-failure.ts';

interface EngineControl {
  readonly restarting: boolean;
  readonly failure: ContractFailure | undefined;
}

export const useEngineControl = create<EngineControl>(() => ({ restarting: false, failure: undefined }));

/** Ends the engine if it runs and starts it; the store says how it went. */
export async function restartEngine(): Promise<void> {
  if (useEngineControl.getState().restarting) return;
  useEngineControl.setState({ restarting: true, failure: undefined });
  try {
    const client = openClient();
    await client.call('engine.restart', {});
    useEngineControl.setState({ restarting: false });
  } catch (error) {
    useEngineControl.setState({ restarting: false, failure: asFailure(error) });
  }
}
