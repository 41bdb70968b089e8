// The field in which one looks for something in a log: text or a regular expression, with the count, next and previous.
import { ChevronDown, ChevronUp, Search, X } from 'lucide-react';
import { memo, useEffect, useId, useRef, type KeyboardEvent } from 'react';
import { Tip } from '../components/Tip.tsx';
import { en } from '../strings/en.ts';
import { noQuery, useLogView } from './log-view-store.ts';

interface FindFieldProps {
  /** Which match one is at, from 1; 0 when at none. */
  readonly index: number;
  readonly count: number;
  readonly complete: boolean;
  readonly error: string | undefined;
  readonly onStep: (step: 1 | -1) => void;
}

export const FindField = memo(function FindField(props: FindFieldProps) {
  const { index, count, complete, error, onStep } = props;
  const query = useLogView((view) => view.query);
  const input = useRef<HTMLInputElement>(null);
  const errorId = useId();
  useEffect(() => {
    const listen = (event: globalThis.KeyboardEvent): void => {
      if (event.key.toLowerCase() !== 'f' || event.altKey || event.shiftKey) return;
      if (!(event.ctrlKey || event.metaKey) || event.defaultPrevented) return;
      if (document.querySelector('[role=dialog], [role=alertdialog]') !== null) return;
      event.preventDefault();
      input.current?.focus();
      input.current?.select();
    };
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  }, []);

  const change = (part: Partial<typeof query>): void => useLogView.setState({ query: { ...query, ...part } });
  const clear = (): void =>
    useLogView.setState({ query: { ...query, text: noQuery.text }, matchesOnly: false });
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>): void => {
    if (event.key === 'Enter') onStep(event.shiftKey ? -1 : 1);
    else if (event.key === 'Escape') {
      clear();
      document.querySelector<HTMLElement>('[role=log]')?.focus();
    } else return;
    event.preventDefault();
  };

  return (
    <div className="log-search" role="search">
      <div className="filter log-find" data-invalid={error !== undefined || undefined}>
        <Search aria-hidden />
        <input
          ref={input}
          type="text"
          aria-label={en.logs.find}
          aria-keyshortcuts="Control+F Meta+F"
          aria-invalid={error !== undefined}
          aria-describedby={error === undefined ? undefined : errorId}
          placeholder={en.logs.findPlaceholder}
          autoComplete="off"
          spellCheck={false}
          value={query.text}
          onChange={(event) => change({ text: event.target.value })}
          onKeyDown={onKeyDown}
        />
        {query.text === '' ? (
          <kbd className="kbd">{en.logs.findKeys}</kbd>
        ) : (
          error === undefined && (
            <span
              className="whitespace-nowrap text-sm tabular-nums"
              role="status"
              title={en.logs.positionLabel}
            >
              {en.logs.position(index, count, complete)}
            </span>
          )
        )}
        <Toggle
          text="Aa"
          label={en.logs.matchCase}
          on={query.matchCase}
          onToggle={(matchCase) => change({ matchCase })}
        />
        <Toggle text=".*" label={en.logs.regex} on={query.regex} onToggle={(regex) => change({ regex })} />
        {query.text !== '' && (
          <span className="flex flex-none items-center">
            <Step label={en.logs.previous} onStep={() => onStep(-1)} icon={<ChevronUp aria-hidden />} />
            <Step label={en.logs.next} onStep={() => onStep(1)} icon={<ChevronDown aria-hidden />} />
            <Step label={en.logs.clearFind} onStep={clear} icon={<X aria-hidden />} />
          </span>
        )}
      </div>
      {error !== undefined && (
        <p id={errorId} className="field-error" role="alert">
          {error}
        </p>
      )}
    </div>
  );
});

interface ToggleProps {
  readonly text: string;
  readonly label: string;
  readonly on: boolean;
  readonly onToggle: (on: boolean) => void;
}

function Toggle({ text, label, on, onToggle }: ToggleProps) {
  return (
    <Tip text={label}>
      <button
        type="button"
        className="log-toggle"
        aria-label={label}
        aria-pressed={on}
        onClick={() => onToggle(!on)}
      >
        {text}
      </button>
    </Tip>
  );
}

interface StepProps {
  readonly label: string;
  readonly icon: React.ReactNode;
  readonly onStep: () => void;
}

function Step({ label, icon, onStep }: StepProps) {
  return (
    <Tip text={label}>
      <button type="button" className="btn btn-ghost h-5 w-5 p-0" aria-label={label} onClick={onStep}>
        {icon}
      </button>
    </Tip>
  );
}
