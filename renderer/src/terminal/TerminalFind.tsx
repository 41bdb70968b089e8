// The field in which one looks for something on a terminal's screen and in what scrolled off it.
import { ChevronDown, ChevronUp, Search, X } from 'lucide-react';
import { useEffect, useRef, useState, useSyncExternalStore, type KeyboardEvent, type ReactNode } from 'react';
import { Tip } from '../components/Tip.tsx';
import { en } from '../strings/en.ts';
import type { ScreenFind, TerminalScreen } from './terminal-screen.ts';

interface TerminalFindProps {
  readonly screen: TerminalScreen;
  readonly onClose: () => void;
}

export function TerminalFind({ screen, onClose }: TerminalFindProps) {
  const { found } = useSyncExternalStore(screen.subscribe, screen.state);
  const [wanted, setWanted] = useState<ScreenFind>({ text: '', regex: false, matchCase: false });
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    input.current?.focus();
    return () => screen.endFind();
  }, [screen]);
  const change = (part: Partial<ScreenFind>): void => {
    const next = { ...wanted, ...part };
    setWanted(next);
    screen.find(next, 'here');
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Enter') screen.find(wanted, event.shiftKey ? 'previous' : 'next');
    else if (event.key === 'Escape') onClose();
    else return;
    event.preventDefault();
  };
  const count = found.count === 0 ? en.terminal.notFound : en.logs.position(found.index, found.count, true);
  return (
    <div className="terminal-find filter" role="search">
      <Search aria-hidden />
      <input
        ref={input}
        type="text"
        aria-label={en.terminal.find}
        placeholder={en.logs.findPlaceholder}
        autoComplete="off"
        spellCheck={false}
        value={wanted.text}
        onChange={(event) => change({ text: event.target.value })}
        onKeyDown={onKeyDown}
      />
      <span className="text-sm whitespace-nowrap tabular-nums" role="status">
        {wanted.text === '' ? '' : count}
      </span>
      <Toggle
        text="Aa"
        label={en.terminal.matchCase}
        on={wanted.matchCase}
        onToggle={(matchCase) => change({ matchCase })}
      />
      <Toggle text=".*" label={en.terminal.regex} on={wanted.regex} onToggle={(regex) => change({ regex })} />
      <span className="flex flex-none items-center">
        <Step
          label={en.logs.previous}
          icon={<ChevronUp aria-hidden />}
          onStep={() => screen.find(wanted, 'previous')}
        />
        <Step
          label={en.logs.next}
          icon={<ChevronDown aria-hidden />}
          onStep={() => screen.find(wanted, 'next')}
        />
        <Step label={en.terminal.closeFind} icon={<X aria-hidden />} onStep={onClose} />
      </span>
    </div>
  );
}

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
  readonly icon: ReactNode;
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
