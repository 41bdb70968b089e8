// Settings: which engine this is, what it can, its log, and restarting it where it is ours.
import { Fragment, type ReactNode } from 'react';
import type { EngineModel } from '../../../../runtime/contract/model.ts';
import { CopyButton } from '../../components/CopyButton.tsx';
import { FailureNotice } from '../../components/FailureNotice.tsx';
import { inert } from '../../format/inert.ts';
import { formatDateTime, formatMemory } from '../../format/number.ts';
import { EngineLog } from '../../frame/EngineLog.tsx';
import { EngineTrouble } from '../../frame/EngineTrouble.tsx';
import { RestartEngineButton } from '../../frame/RestartEngineButton.tsx';
import { openDialog } from '../../state/dialog-store.ts';
import { useEngineControl } from '../../state/engine-control.ts';
import { useModel } from '../../state/model-store.ts';
import { en } from '../../strings/en.ts';
import { SettingRow } from './SettingRow.tsx';

const words = en.settings;

export function EngineSettings() {
  const engine = useModel((state) => state.engine);
  if (engine === undefined) return <EngineTrouble />;
  return <Facts engine={engine} />;
}

function Facts({ engine }: { readonly engine: EngineModel }) {
  const failure = useEngineControl((state) => state.failure);
  const facts: readonly (readonly [string, ReactNode])[] = [
    [words.state, `${en.engine[engine.state]} ${words.since(formatDateTime(engine.sinceMs))}`],
    [words.product, en.engine.about(inert(engine.product), inert(engine.version))],
    [words.api, inert(engine.apiVersion)],
    [
      words.endpoint,
      <span key="endpoint" className="flex items-start gap-1">
        <span className="min-w-0 font-mono text-sm">{inert(engine.endpoint)}</span>
        <CopyButton text={engine.endpoint} label={words.copyEndpoint} />
      </span>,
    ],
    [
      words.machine,
      engine.cpus > 0
        ? `${en.engine.cpus(engine.cpus)}, ${en.engine.memory(formatMemory(engine.memoryBytes))}`
        : '',
    ],
    [
      words.features,
      engine.features.length === 0 ? (
        words.noFeatures
      ) : (
        <span key="features" className="flex flex-wrap gap-1">
          {engine.features.map((feature) => (
            <span key={feature} className="badge font-mono">
              {inert(feature)}
            </span>
          ))}
        </span>
      ),
    ],
  ];
  return (
    <>
      {engine.state !== 'running' && (
        <div className="-mx-[18px]">
          <EngineTrouble strip />
        </div>
      )}
      <dl className="facts">
        {facts.map(([title, value]) => (
          <Fragment key={title}>
            <dt>{title}</dt>
            <dd>{value === '' ? en.common.none : value}</dd>
          </Fragment>
        ))}
      </dl>
      {engine.keeper ? (
        <>
          {engine.state === 'running' && (
            <SettingRow title={words.restart} note={words.restartNote}>
              <RestartEngineButton engine={engine} onAsk={() => openDialog({ kind: 'restartEngine' })} />
            </SettingRow>
          )}
          {failure !== undefined && <FailureNotice title={en.engineControl.failed} failure={failure} />}
          <div className="mt-4">
            <EngineLog />
          </div>
        </>
      ) : (
        <p className="mt-4 text-ink-3">{words.notKept}</p>
      )}
    </>
  );
}
