// Two builds beside each other: what differs in how they were asked for, and step by step how long each took.
import { useId, useMemo, useState } from 'react';
import { Dialog } from '../../components/Dialog.tsx';
import { inert } from '../../format/inert.ts';
import { formatDateTime } from '../../format/number.ts';
import { useBuild, useBuildHistory } from '../../state/build-history.ts';
import type { BuildView } from '../../state/build-view.ts';
import { closeDialog } from '../../state/dialog-store.ts';
import { en } from '../../strings/en.ts';
import { differingParameters, inTime, pairSteps, type StepPair } from './build-comparison.ts';
import { buildName, stepState, tookMs } from './build-text.ts';
import { StateBadge } from './StepState.tsx';

const words = en.builds.compare;

export function CompareBuilds({ id }: { readonly id: string }) {
  const builds = useBuildHistory((state) => state.builds);
  const own = builds.get(id);
  const others = [...builds.values()]
    .filter((build) => build.id !== id)
    .sort((a, b) => b.startedMs - a.startedMs);
  // The one before it of the same name, as a rule.
  const usual =
    others.find(
      (build) => own !== undefined && build.startedMs < own.startedMs && buildName(build) === buildName(own),
    ) ?? others[0];
  const [chosen, setChosen] = useState<string>();
  const other = chosen ?? usual?.id;
  const one = useBuild(id);
  const two = useBuild(other);
  const selectId = useId();
  const failure = one.failure ?? two.failure;
  return (
    <Dialog
      title={words.title}
      widthPx={920}
      reading
      onClose={closeDialog}
      foot={
        <button type="button" className="btn btn-primary" onClick={closeDialog}>
          {en.common.close}
        </button>
      }
    >
      {other === undefined ? (
        <p>{words.none}</p>
      ) : (
        <>
          <div className="field mb-3">
            <label htmlFor={selectId} className="field-label">
              {words.choose}
            </label>
            <select
              id={selectId}
              className="input"
              value={other}
              onChange={(event) => setChosen(event.target.value)}
            >
              {others.map((build) => (
                <option key={build.id} value={build.id}>
                  {inert(buildName(build))} · {formatDateTime(build.startedMs)} ·{' '}
                  {en.builds.states[build.state]}
                </option>
              ))}
            </select>
          </div>
          {failure !== undefined ? (
            <p className="text-bad" role="alert">
              {words.failed}: {inert(failure.message)}
            </p>
          ) : one.view === undefined || two.view === undefined ? (
            <p role="status">{words.loading}</p>
          ) : (
            <Comparison views={inTime(one.view, two.view)} />
          )}
        </>
      )}
    </Dialog>
  );
}

function Comparison({ views: [older, newer] }: { readonly views: readonly [BuildView, BuildView] }) {
  const parameters = differingParameters(older.head, newer.head);
  const pairs = useMemo(() => pairSteps(older.steps, newer.steps), [older, newer]);
  const total = (view: BuildView): string => durationOf(view.head);
  return (
    <table className="compare" aria-label={words.label}>
      <thead>
        <tr>
          <th scope="col">{words.step}</th>
          <th scope="col">
            {words.older}
            <div className="font-[400] text-ink-3">{formatDateTime(older.head.startedMs)}</div>
          </th>
          <th scope="col">
            {words.newer}
            <div className="font-[400] text-ink-3">{formatDateTime(newer.head.startedMs)}</div>
          </th>
        </tr>
      </thead>
      <tbody>
        <tr>
          <th scope="row">{words.state}</th>
          <td>{en.builds.states[older.head.state]}</td>
          <td>{en.builds.states[newer.head.state]}</td>
        </tr>
        <tr>
          <th scope="row">{words.total}</th>
          <td className="tabular-nums">{total(older)}</td>
          <td className="tabular-nums">{total(newer)}</td>
        </tr>
        {parameters.map(({ name, older: before, newer: after }) => (
          <tr key={name}>
            <th scope="row">{words.names[name]}</th>
            <td className="font-mono">{inert(before)}</td>
            <td className="font-mono">{inert(after)}</td>
          </tr>
        ))}
        {pairs.map((pair, index) => (
          // Pairs have no identity but their place.
          <tr key={index}>
            <th scope="row" className="font-mono">
              {inert(pair.text.replace(/\s+/g, ' '))}
            </th>
            <StepCell pair={pair} which="older" />
            <StepCell pair={pair} which="newer" />
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function durationOf(one: { readonly startedMs: number | null; readonly finishedMs: number | null }): string {
  const ms = tookMs(one, Date.now());
  return ms === undefined ? '' : en.builds.duration(ms);
}

function StepCell({ pair, which }: { readonly pair: StepPair; readonly which: 'older' | 'newer' }) {
  const step = pair[which];
  if (step === undefined) {
    return <td className="text-ink-3">{which === 'older' ? words.onlyNewer : words.onlyOlder}</td>;
  }
  return (
    <td>
      <span className="flex items-center gap-2 tabular-nums">
        <StateBadge state={stepState(step)} />
        {durationOf(step)}
      </span>
    </td>
  );
}
