// A pull in detail: one bar for all of it, and one line per layer.
import type { TaskModel } from '../../../../runtime/contract/model.ts';
import { inert } from '../../format/inert.ts';
import { formatShare, formatSize } from '../../format/number.ts';
import { taskShare } from '../../state/tasks.ts';
import { en } from '../../strings/en.ts';

type Layer = TaskModel['parts'][number];

const finished =
  /^(pull complete|already exists|download complete|pushed|layer already exists|mounted from .*)$/i;

function isDone(layer: Layer): boolean {
  return /^(pull complete|already exists|pushed|layer already exists|mounted from .*)$/i.test(layer.status);
}

/** How many layers there are and are done, as a sentence. */
export function pulledLayers(pull: TaskModel): string {
  return en.pull.layers(pull.parts.filter(isDone).length, pull.parts.length);
}

export function PullProgress({ pull }: { readonly pull: TaskModel }) {
  return (
    <div className="flex flex-col gap-2">
      <div className="flex items-baseline gap-3 text-sm">
        <span className="min-w-0 truncate text-ink">
          {inert(pull.status === '' ? en.pull.starting : pull.status)}
        </span>
        <span className="flex-1" />
        {pull.parts.length > 0 && (
          <span className="whitespace-nowrap text-ink-3 tabular-nums">{pulledLayers(pull)}</span>
        )}
      </div>
      <PullBar pull={pull} label={en.pull.progress} />
      {pull.parts.length > 0 && <PullLayers pull={pull} />}
    </div>
  );
}

/** The whole pull as one bar; without known sizes it only says that something moves. */
export function PullBar({ pull, label }: { readonly pull: TaskModel; readonly label: string }) {
  const share = taskShare(pull);
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

interface PullLayersProps {
  readonly pull: TaskModel;
  /** In a narrow place: without the sizes. */
  readonly narrow?: boolean;
}

/** A line for each layer. */
export function PullLayers({ pull, narrow }: PullLayersProps) {
  return (
    <ul className="mt-1 flex max-h-[220px] flex-col overflow-auto">
      {pull.parts.map((layer) => (
        <LayerLine key={layer.id} layer={layer} narrow={narrow === true} />
      ))}
    </ul>
  );
}

function LayerLine({ layer, narrow }: { readonly layer: Layer; readonly narrow: boolean }) {
  const done = finished.test(layer.status);
  const share = done ? 1 : layer.totalBytes > 0 ? layer.currentBytes / layer.totalBytes : 0;
  return (
    <li
      className={`grid h-7 items-center gap-3 text-sm ${narrow ? 'grid-cols-[96px_1fr_120px]' : 'grid-cols-[100px_130px_1fr_120px]'}`}
    >
      <span className="truncate font-mono text-ink-2">{inert(layer.id)}</span>
      {!narrow && <span className="truncate text-ink-3">{inert(layer.status)}</span>}
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
      {narrow ? (
        <span className="truncate text-right text-ink-3">{inert(layer.status)}</span>
      ) : (
        <span className="truncate text-right text-ink-3 tabular-nums">
          {layer.totalBytes > 0 &&
            !done &&
            en.pull.ofBytes(formatSize(layer.currentBytes), formatSize(layer.totalBytes))}
          {layer.totalBytes > 0 && done && formatSize(layer.totalBytes)}
        </span>
      )}
    </li>
  );
}
