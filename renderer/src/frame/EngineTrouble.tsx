// Says, on a page, that the engine or the way to it is in trouble: the reason, since when, and what to do. With nothing to
// show it takes the page's place; with a list that may be out of date it is a strip above it.
import { PlugZap, ServerOff, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import type { EngineModel } from '../../../runtime/contract/model.ts';
import { EmptyState } from '../components/EmptyState.tsx';
import { useAge } from '../format/clock.ts';
import { inert } from '../format/inert.ts';
import { useModel } from '../state/model-store.ts';
import { en } from '../strings/en.ts';
import { useConnection } from '../transport/connection.ts';

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
  if (strip === true) {
    return (
      <StaleStrip
        sentence={`${en.engine[engine.state]}. ${inert(engine.reason)}`}
        help={en.engine.help[engine.state]}
      />
    );
  }
  return <Trouble engine={engine} />;
}

function Trouble({
  engine,
}: {
  readonly engine: (EngineModel & { readonly state: Exclude<EngineModel['state'], 'running'> }) | EngineModel;
}) {
  const age = useAge(engine.sinceMs);
  if (engine.state === 'running') return null;
  return (
    <EmptyState
      icon={<ServerOff aria-hidden />}
      title={`${en.engine[engine.state]} ${en.engine.forAge(age)}`}
      text={inert(engine.reason)}
      detail={en.engine.help[engine.state]}
      {...(engine.state === 'down' ? { command: en.engine.command } : {})}
    />
  );
}

function StaleStrip({ sentence, help }: { readonly sentence: string; readonly help?: string }) {
  const updatedMs = useModel((state) => state.updatedMs);
  return (
    <div className="notice mx-[18px] mb-[10px] flex-none" role="status">
      <TriangleAlert aria-hidden />
      <div className="min-w-0 break-words">
        <span className="font-[550]">{sentence}</span>{' '}
        {updatedMs !== undefined && <StaleAge updatedMs={updatedMs} />}
        {help !== undefined && <div className="text-ink-2">{help}</div>}
      </div>
    </div>
  );
}

function StaleAge({ updatedMs }: { readonly updatedMs: number }) {
  const age = useAge(updatedMs);
  return <span className="text-ink-2">{en.engine.stale(age)}</span>;
}
