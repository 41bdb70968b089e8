// The whole page when this window is not let in: the start link was used before, or Berth was started anew.
import { KeyRound } from 'lucide-react';
import { CopyButton } from '../components/CopyButton.tsx';
import { en } from '../strings/en.ts';

const words = en.connection;

export function SessionEnded() {
  return (
    <main className="grid h-full place-items-center overflow-auto p-8">
      <div className="max-w-[520px] rounded-md border border-line bg-surface p-8 shadow-[var(--shadow)]">
        <div className="mb-4 grid h-11 w-11 place-items-center rounded-full bg-accent-soft text-accent">
          <KeyRound aria-hidden className="h-5 w-5" />
        </div>
        <h1 className="text-xl font-[620] tracking-[-0.015em]">{words.endedTitle}</h1>
        <p className="mt-2 text-ink-2">{words.endedText}</p>
        <ol className="mt-4 flex list-decimal flex-col gap-2 pl-5 text-ink">
          {words.endedSteps.map((step) => (
            <li key={step}>{step}</li>
          ))}
        </ol>
        <div className="code-line mt-3">
          {words.endedCommand}
          <CopyButton text={words.endedCommand} label={en.common.copy} />
        </div>
        <p className="mt-4 text-ink-3">{words.endedAfter}</p>
      </div>
    </main>
  );
}
