// The bar above a log: the find field, how lines are shown, which part of the log, and what to take away.
import { Copy, Download, Eraser } from 'lucide-react';
import { memo, useEffect, useState, type ReactNode } from 'react';
import { Chip } from '../components/Chip.tsx';
import { ChoiceMenu } from '../components/ChoiceMenu.tsx';
import { IconButton } from '../components/IconButton.tsx';
import { formatSize } from '../format/number.ts';
import { en } from '../strings/en.ts';
import { logLimits } from './log-store.ts';
import { timeDisplays, useLogView } from './log-view-store.ts';
import { RangeDialog } from './RangeDialog.tsx';
import type { TimeRange } from './time-range.ts';

interface LogActionsProps {
  readonly onCopy: () => void;
  readonly onDownload: () => void;
  readonly onClear: () => void;
}

interface LogBarProps extends LogActionsProps {
  readonly find: ReactNode;
  /** Lines the log holds, and of those the ones shown; the same without a filter. */
  readonly lines: number;
  readonly shown: number;
  readonly sizeBytes: number;
  readonly dropped: number;
}

export function LogBar(props: LogBarProps) {
  const { find, lines, shown, sizeBytes, dropped, onCopy, onDownload, onClear } = props;
  useLogKeys();
  return (
    <div className="log-bar-room">
      <div className="log-bar">
        {find}
        <LogSwitches />
        {lines > 0 && (
          <div className="log-count">
            <span
              className="truncate pr-1 text-sm text-ink-3 tabular-nums"
              title={en.logs.limits(logLimits.lines, formatSize(logLimits.bytes))}
            >
              {shown === lines ? en.logs.lines(lines) : en.logs.shown(shown, en.logs.lines(lines))}
              {` · ${formatSize(sizeBytes)}`}
              {dropped > 0 && ` · ${en.logs.dropped(dropped)}`}
            </span>
            <LogActions onCopy={onCopy} onDownload={onDownload} onClear={onClear} />
          </div>
        )}
      </div>
    </div>
  );
}

const LogActions = memo(function LogActions({ onCopy, onDownload, onClear }: LogActionsProps) {
  return (
    <>
      <IconButton label={en.logs.copy} icon={<Copy aria-hidden />} onClick={onCopy} />
      <IconButton label={en.logs.download} icon={<Download aria-hidden />} onClick={onDownload} />
      <IconButton label={en.logs.clear} icon={<Eraser aria-hidden />} onClick={onClear} />
    </>
  );
});

/** How lines are shown. The counts beside them change with every line. */
const LogSwitches = memo(function LogSwitches() {
  const view = useLogView();
  return (
    <div className="log-chips">
      <Chip text={en.logs.follow} on={view.follow} onToggle={(follow) => useLogView.setState({ follow })} />
      <Chip text={en.logs.wrap} on={view.wrap} onToggle={(wrap) => useLogView.setState({ wrap })} />
      <ChoiceMenu
        label={en.logs.time}
        value={view.time}
        options={timeDisplays.map((time) => ({ value: time, text: en.logs.times[time] }))}
        on={view.time !== 'off'}
        onChoose={(time) => useLogView.setState({ time })}
      />
      <RangeMenu />
      {view.query.text !== '' && (
        <Chip
          text={en.logs.matchesOnly}
          tip={en.logs.matchesOnlyTip}
          on={view.matchesOnly}
          onToggle={(matchesOnly) => useLogView.setState({ matchesOnly })}
        />
      )}
      <Chip
        text={en.logs.errorsOnly}
        tip={en.logs.errorsOnlyTip}
        on={view.errorsOnly}
        onToggle={(errorsOnly) => useLogView.setState({ errorsOnly })}
      />
    </div>
  );
});

const rangeKinds: readonly TimeRange['kind'][] = ['all', 'quarter', 'hour', 'today', 'custom'];

function RangeMenu() {
  const range = useLogView((view) => view.range);
  const [asking, setAsking] = useState(false);
  return (
    <>
      <ChoiceMenu
        label={en.logs.range.label}
        value={range.kind}
        text={
          range.kind === 'custom'
            ? en.logs.range.customShort(range.fromMs, range.toMs)
            : en.logs.range[range.kind]
        }
        options={rangeKinds.map((kind) => ({ value: kind, text: en.logs.range[kind] }))}
        on={range.kind !== 'all'}
        onChoose={(kind) => {
          if (kind === 'custom') setAsking(true);
          // A new object also for the same choice: "the last hour" is counted anew.
          else useLogView.setState({ range: { kind } });
        }}
      />
      {asking && <RangeDialog onClose={() => setAsking(false)} />}
    </>
  );
}

/** Alt with C, R, M, E: the switches, from anywhere but a terminal. Told by the key's place, since Alt changes letters. */
function useLogKeys(): void {
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      if (!event.altKey || event.ctrlKey || event.metaKey) return;
      const { query, matchesOnly, errorsOnly } = useLogView.getState();
      if (event.code === 'KeyC') useLogView.setState({ query: { ...query, matchCase: !query.matchCase } });
      else if (event.code === 'KeyR') useLogView.setState({ query: { ...query, regex: !query.regex } });
      else if (event.code === 'KeyM') useLogView.setState({ matchesOnly: !matchesOnly && query.text !== '' });
      else if (event.code === 'KeyE') useLogView.setState({ errorsOnly: !errorsOnly });
      else return;
      event.preventDefault();
    };
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  }, []);
}
