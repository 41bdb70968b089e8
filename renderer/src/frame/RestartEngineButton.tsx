// Starts the engine, or ends and starts it; turns while that is under way.
import { Play, RotateCw } from 'lucide-react';
import type { EngineModel } from '../../../runtime/contract/model.ts';
import { restartEngine, useEngineControl } from '../state/engine-control.ts';
import { en } from '../strings/en.ts';

interface RestartEngineButtonProps {
  readonly engine: EngineModel;
  readonly primary?: boolean;
  /** Instead of restarting at once: where something runs, one is asked first. */
  readonly onAsk?: () => void;
}

export function RestartEngineButton({ engine, primary, onAsk }: RestartEngineButtonProps) {
  const restarting = useEngineControl((state) => state.restarting);
  const down = engine.state === 'down';
  const words = en.engineControl;
  return (
    <button
      type="button"
      className={`btn ${primary === true ? 'btn-primary' : ''}`}
      aria-disabled={restarting}
      onClick={() => {
        if (!restarting) (onAsk ?? restartEngine)();
      }}
    >
      {restarting ? (
        <span className="mark mark-busy" aria-hidden />
      ) : down ? (
        <Play aria-hidden />
      ) : (
        <RotateCw aria-hidden />
      )}
      {restarting
        ? words.restarting
        : down
          ? words.start
          : onAsk === undefined
            ? words.restart
            : words.restartAsk}
    </button>
  );
}
