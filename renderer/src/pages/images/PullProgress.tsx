// A pull in detail: one bar for all of it, and one line per layer.
import { formatShare, formatSize } from '../../format/number.ts';
import { inert } from '../../format/inert.ts';
import { pullShare, type Pull, type PullLayer } from '../../state/pull-store.ts';
import { en } from '../../strings/en.ts';

const finished = /^(pull complete|already exists|download complete)$/i;

function isDone(layer: PullLayer): boolean {
  return /^(pull complete|already exists)$/i.test(layer.status);
}

export function PullProgress({ pull }: { readonly pull: Pull }) {
  const done = pull.layers.filter(isDone).length;
  return (
    <div className="flex flex-col gap-2">
      <div className="flex items-baseline gap-3 text-sm">
        <span className="min-w-0 truncate text-ink">
          {inert(pull.status === '' ? en.pull.starting : pull.status)}
        </span>
        <span className="flex-1" />
        {pull.layers.length > 0 && (
          <span className="whitespace-nowrap text-ink-3 tabular-nums">
            {en.pull.layers(done, pull.layers.length)}
          </span>
        )}
      </div>
      <PullBar pull={pull} label={en.pull.progress} />
      {pull.layers.length > 0 && (
        <ul className="mt-1 flex max-h-[220px] flex-col overflow-auto">
          {pull.layers.map((layer) => (
            <Layer key={layer.id} layer={layer} />
          ))}
        </ul>
      )}
    </div>
  );
}

/** The whole pull as one bar; without known sizes it only says that something moves. */
export function PullBar({ pull, label }: { readonly pull: Pull; readonly label: string }) {
  const share = pullShare(pull);
  const moving = share === undefined && pull.state === 'running';
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      {...(share === undefined
        ? {}
        : { 'aria-valuenow': Math.round(share * 100), 'aria-valuetext': formatShare(share) })}
      className={`progress ${pull.state === 'done' ? 'progress-done' : ''} ${moving ? 'progress-unknown' : ''}`}
    >
      <i style={moving ? undefined : { width: `${(share ?? 0) * 100}%` }} />
    </div>
  );
}

function Layer({ layer }: { readonly layer: PullLayer }) {
  const done = finished.test(layer.status);
  const share = done ? 1 : layer.totalBytes > 0 ? layer.currentBytes / layer.totalBytes : 0;
  return (
    <li className="grid h-7 grid-cols-[100px_130px_1fr_120px] items-center gap-3 text-sm">
      <span className="truncate font-mono text-ink-2">{inert(layer.id)}</span>
      <span className="truncate text-ink-3">{inert(layer.status)}</span>
      <span
        role="progressbar"
        aria-label={en.pull.layer(inert(layer.id))}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(Math.min(1, share) * 100)}
        className={`progress ${isDone(layer) ? 'progress-done' : ''}`}
      >
        <i style={{ width: `${Math.min(1, share) * 100}%` }} />
      </span>
      <span className="truncate text-right text-ink-3 tabular-nums">
        {layer.totalBytes > 0 &&
          !done &&
          en.pull.ofBytes(formatSize(layer.currentBytes), formatSize(layer.totalBytes))}
        {layer.totalBytes > 0 && done && formatSize(layer.totalBytes)}
      </span>
    </li>
  );
}
