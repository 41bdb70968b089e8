// The bar above a log: the find field, how lines are shown, how many there are, and what to take away.
import { Copy, Eraser } from 'lucide-react';
import { useEffect, type ReactNode } from 'react';
import { Chip } from '../components/Chip.tsx';
import { Tip } from '../components/Tip.tsx';
import { formatSize } from '../format/number.ts';
import { en } from '../strings/en.ts';
import { logLimits } from './log-store.ts';
import { useLogView } from './log-view-store.ts';

interface LogBarProps {
  readonly find: ReactNode;
  /** Lines the log holds, and of those the ones shown; the same without a filter. */
  readonly lines: number;
  readonly shown: number;
  readonly sizeBytes: number;
  readonly dropped: number;
  readonly onCopy: () => void;
  readonly onDownload: () => void;
  readonly onClear: () => void;
}

export function LogBar(props: LogBarProps) {
  const { find, lines, shown, sizeBytes, dropped, onCopy, onDownload, onClear } = props;
  const view = useLogView();
  useLogKeys();
  return (
    <div className="flex flex-none flex-wrap items-start gap-x-2 gap-y-1 border-b border-line px-[18px] py-[6px]">
      {find}
      <div className="flex h-[30px] items-center gap-2">
        <Chip text={en.logs.follow} on={view.follow} onToggle={(follow) => useLogView.setState({ follow })} />
        <Chip text={en.logs.wrap} on={view.wrap} onToggle={(wrap) => useLogView.setState({ wrap })} />
        <Chip text={en.logs.time} on={view.time} onToggle={(time) => useLogView.setState({ time })} />
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
      {lines > 0 && (
        <div className="ml-auto flex h-[30px] min-w-0 items-center gap-1">
          <span
            className="truncate pr-1 text-sm text-ink-3 tabular-nums"
            title={en.logs.limits(logLimits.lines, formatSize(logLimits.bytes))}
          >
            {shown === lines ? en.logs.lines(lines) : en.logs.shown(shown, en.logs.lines(lines))}
            {` · ${formatSize(sizeBytes)}`}
            {dropped > 0 && ` · ${en.logs.dropped(dropped)}`}
          </span>
          <Tip text={en.logs.copy}>
            <button
              type="button"
              className="btn btn-ghost btn-icon"
              aria-label={en.logs.copy}
              onClick={onCopy}
            >
              <Copy aria-hidden />
            </button>
          </Tip>
          <Tip text={en.logs.clear}>
            <button
              type="button"
              className="btn btn-ghost btn-icon"
              aria-label={en.logs.clear}
              onClick={onClear}
            >
              <Eraser aria-hidden />
            </button>
          </Tip>
          <button type="button" className="btn btn-ghost" onClick={onDownload}>
            {en.logs.download}
          </button>
        </div>
      )}
    </div>
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
