// The page Builds: the engine builds, the window does not yet. It says so, and how one builds from a terminal.
import { Hammer } from 'lucide-react';
import { CopyButton } from '../../components/CopyButton.tsx';
import { PageHead } from '../../components/PageHead.tsx';
import { en } from '../../strings/en.ts';

const words = en.builds;

export function BuildsPage() {
  return (
    <>
      <PageHead title={en.rail.builds} summary="" />
      <div className="min-h-0 flex-1 overflow-auto px-[18px] pb-6">
        <div className="mx-auto mt-[6vh] max-w-[620px]">
          <div className="mb-4 grid h-12 w-12 place-items-center rounded-full bg-idle-soft text-ink-3">
            <Hammer aria-hidden className="h-6 w-6" />
          </div>
          <h2 className="text-lg font-[600]">{words.title}</h2>
          <p className="mt-1 text-ink-2">{words.text}</p>
          <ol className="mt-5 flex flex-col gap-4">
            {words.steps.map((step, index) => (
              <li key={step.title} className="flex gap-3">
                <span
                  aria-hidden
                  className="grid h-6 w-6 flex-none place-items-center rounded-full bg-accent-soft text-sm font-[600] text-accent"
                >
                  {index + 1}
                </span>
                <div className="min-w-0 flex-1">
                  <h3 className="font-[600]">{step.title}</h3>
                  <p className="text-ink-2">{step.text}</p>
                  {step.commands.map((command) => (
                    <div key={command} className="code-line mt-2 flex h-auto min-h-[34px] py-[5px]">
                      <span className="min-w-0 flex-1 break-words">{command}</span>
                      <CopyButton text={command} label={en.objects.copyCommand(command)} />
                    </div>
                  ))}
                </div>
              </li>
            ))}
          </ol>
        </div>
      </div>
    </>
  );
}
