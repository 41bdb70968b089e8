// Says, on a page, that the engine or the way to it is in trouble: why, since when, what its log says, and what to do. With
// nothing to show it takes the page's place; with a list that may be out of date it is a strip above it.
import { PlugZap, ServerOff, TriangleAlert } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import type { EngineModel } from '../../../runtime/contract/model.ts';
import { CopyButton } from '../components/CopyButton.tsx';
import { EmptyState } from '../components/EmptyState.tsx';
import { FailureNotice } from '../components/FailureNotice.tsx';
import { useAge } from '../format/clock.ts';
import { inert } from '../format/inert.ts';
import { useEngineControl } from '../state/engine-control.ts';
import { useModel } from '../state/model-store.ts';
import { en } from '../strings/en.ts';
import { useConnection } from '../transport/connection.ts';
import { engineFix } from './engine-fix.ts';
import { EngineLog } from './EngineLog.tsx';
import { RestartEngineButton } from './RestartEngineButton.tsx';

interface EngineTroubleProps {
  readonly strip?: boolean;
  /** What to show when nothing is wrong. */
  readonly children?: ReactNode;
}

export function EngineTrouble({ strip, children }: EngineTroubleProps) {
  const connection = useConnection((state) => state.state);
  const engine = useModel((state) => state.engine);
  if (connection !== 'open' || engine === undefined) {
    if (strip === true) return connection === 'lost' ? <StaleStrip sentence={en.connection.lost} /> : null;
    return (
      <EmptyState
        icon={<PlugZap aria-hidden />}
        title={connection === 'lost' ? en.connection.lost : en.connection.waitingTitle}
        text={en.connection.waitingText}
      />
    );
  }
  if (engine.state === 'running') return children;
  if (strip !== true) return <Trouble engine={engine} state={engine.state} />;
  const sentence = `${en.engine[engine.state]}. ${inert(engine.reason)}`;
  return <StaleStrip sentence={sentence} engine={engine} />;
}

interface TroubleProps {
  readonly engine: EngineModel;
  readonly state: Exclude<EngineModel['state'], 'running'>;
}

function Trouble({ engine, state }: TroubleProps) {
  const age = useAge(engine.sinceMs);
  const failure = useEngineControl((control) => control.failure);
  const fix = engineFix(engine);
  return (
    <EmptyState
      icon={<ServerOff aria-hidden />}
      title={`${en.engine[state]} ${en.engine.forAge(age)}`}
      text={inert(engine.reason)}
      detail={fix?.help ?? en.engine.help.connecting}
      {...(fix?.command === undefined ? {} : { command: fix.command })}
      action={
        <div className="flex w-[min(680px,calc(100vw-120px))] flex-col items-center gap-4">
          {fix?.restart === true && <RestartEngineButton engine={engine} primary />}
          {failure !== undefined && (
            <div className="w-full text-left">
              <FailureNotice title={en.engineControl.failed} failure={failure} />
            </div>
          )}
          {engine.keeper && <EngineLog />}
        </div>
      }
    />
  );
}

function StaleStrip({ sentence, engine }: { readonly sentence: string; readonly engine?: EngineModel }) {
  const updatedMs = useModel((state) => state.updatedMs);
  return (
    <div className="notice mx-[18px] mb-[10px] flex-none">
      <TriangleAlert aria-hidden />
      <div className="min-w-0 flex-1 break-words">
        <div role="status">
          <span className="font-[550]">{sentence}</span>{' '}
          {updatedMs !== undefined && <StaleAge updatedMs={updatedMs} />}
        </div>
        {engine !== undefined && <StripFix engine={engine} />}
      </div>
    </div>
  );
}

function StripFix({ engine }: { readonly engine: EngineModel }) {
  const fix = engineFix(engine);
  const failure = useEngineControl((control) => control.failure);
  const [log, setLog] = useState(false);
  return (
    <>
      <div className="text-ink-2">{fix?.help ?? en.engine.help.connecting}</div>
      {(fix?.restart === true || fix?.command !== undefined || engine.keeper) && (
        <div className="mt-2 flex flex-wrap items-center gap-2">
          {fix?.restart === true && <RestartEngineButton engine={engine} />}
          {fix?.command !== undefined && (
            <div className="code-line">
              {fix.command}
              <CopyButton text={fix.command} label={en.common.copy} />
            </div>
          )}
          {engine.keeper && (
            <button type="button" className="btn btn-ghost" aria-expanded={log} onClick={() => setLog(!log)}>
              {log ? en.engineLog.hide : en.engineLog.show}
            </button>
          )}
        </div>
      )}
      {failure !== undefined && <FailureNotice title={en.engineControl.failed} failure={failure} />}
      {log && (
        <div className="mt-2">
          <EngineLog />
        </div>
      )}
    </>
  );
}

function StaleAge({ updatedMs }: { readonly updatedMs: number }) {
  const age = useAge(updatedMs);
  return <span className="text-ink-2">{en.engine.stale(age)}</span>;
}
