// The strip at the bottom: how the engine is (a shape, a colour, words, and since when if it is not well), whose it is, and
// what machine it has.
import type { EngineModel } from '../../../runtime/contract/model.ts';
import { useAge } from '../format/clock.ts';
import { inert } from '../format/inert.ts';
import { useModel } from '../state/model-store.ts';
import { en } from '../strings/en.ts';
import { useConnection } from '../transport/connection.ts';
import { MachineUse } from './MachineUse.tsx';

const marks = {
  connecting: 'busy',
  running: 'running',
  hung: 'warning',
  down: 'failed',
  denied: 'failed',
} as const;

export function StatusStrip() {
  const connection = useConnection();
  const engine = useModel((state) => state.engine);
  return (
    <footer className="col-span-full flex items-center gap-[18px] overflow-hidden whitespace-nowrap border-t border-line bg-surface px-[14px] text-sm text-ink-2">
      <div role="status" className="flex min-w-0 items-center gap-[7px]">
        {connection.state === 'lost' ? (
          <Trouble mark="failed" text={en.connection.lost} reason="" sinceMs={connection.sinceMs} />
        ) : engine === undefined ? (
          <Well
            mark="busy"
            text={connection.state === 'open' ? en.engine.unknown : en.connection.connecting}
          />
        ) : engine.state === 'running' ? (
          <Well mark="running" text={en.engine.running} />
        ) : (
          <Trouble
            mark={marks[engine.state]}
            text={en.engine[engine.state]}
            reason={engine.reason}
            sinceMs={engine.sinceMs}
          />
        )}
      </div>
      {engine !== undefined && <About engine={engine} />}
    </footer>
  );
}

function Well({ mark, text }: { readonly mark: string; readonly text: string }) {
  return (
    <>
      <span className={`mark mark-${mark}`} aria-hidden />
      {text}
    </>
  );
}

interface TroubleProps {
  readonly mark: string;
  readonly text: string;
  readonly reason: string;
  readonly sinceMs: number;
}

function Trouble({ mark, text, reason, sinceMs }: TroubleProps) {
  const age = useAge(sinceMs);
  return (
    <>
      <span className={`mark mark-${mark} flex-none`} aria-hidden />
      <span className="font-[550] text-ink">{text}</span>
      <span className="tabular-nums" aria-hidden>
        {en.engine.forAge(age)}
      </span>
      {reason !== '' && (
        <span className="min-w-0 truncate" title={inert(reason)}>
          {inert(reason)}
        </span>
      )}
    </>
  );
}

function About({ engine }: { readonly engine: EngineModel }) {
  return (
    <>
      {engine.product !== '' && (
        <span className="strip-about" title={inert(engine.endpoint)}>
          {en.engine.about(inert(engine.product), inert(engine.version))}
          {engine.apiVersion !== '' && ` · ${en.engine.api(inert(engine.apiVersion))}`}
        </span>
      )}
      <MachineUse engine={engine} />
    </>
  );
}
