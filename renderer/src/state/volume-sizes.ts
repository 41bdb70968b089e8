// What volumes hold, asked for while the page shows them: measuring walks through all their files, so it is done when the page opens and
// when volumes come and go, never on a timer.
import { create } from 'zustand';
import { useConnection } from '../transport/connection.ts';

/** Bytes by volume; those the engine does not know are not in it. */
export const useVolumeSizes = create<{ readonly sizes: ReadonlyMap<string, number> }>(() => ({
  sizes: new Map(),
}));

let asking: Promise<void> | undefined;
let again = false;

/** Measures anew; while that is under way, once more after it. An engine that cannot leaves the sizes unknown. */
export function measureVolumes(): Promise<void> {
  if (asking !== undefined) {
    again = true;
    return asking;
  }
  const ask = async (): Promise<void> => {
    try {
      do {
        again = false;
        const answer = await useConnection.getState().client?.call('volumes.sizes', {});
        if (answer === undefined) return;
        useVolumeSizes.setState({ sizes: new Map(answer.sizes.map(({ id, bytes }) => [id, bytes])) });
      } while (again);
    } catch {
      useVolumeSizes.setState({ sizes: new Map() });
    }
  };
  asking = ask().finally(() => (asking = undefined));
  return asking;
}
