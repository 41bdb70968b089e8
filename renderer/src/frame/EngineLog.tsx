// The last lines of the engine's own log, read when shown and again on demand or when the engine's state changes.
import { RotateCw } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { CopyButton } from '../components/CopyButton.tsx';
import { IconButton } from '../components/IconButton.tsx';
import { inertText } from '../format/inert.ts';
import { useModel } from '../state/model-store.ts';
import { en } from '../strings/en.ts';
import { useConnection } from '../transport/connection.ts';
import { asFailure, sentenceOf } from '../transport/contract-failure.ts';

const words = en.engineLog;

type Answer = { readonly text: string } | { readonly failed: string };

export function EngineLog() {
  const client = useConnection((state) => state.client);
  const engineState = useModel((state) => state.engine?.state);
  const [asked, setAsked] = useState(0);
  const [answer, setAnswer] = useState<Answer>();
  const block = useRef<HTMLPreElement>(null);
  useEffect(() => {
    let wanted = true;
    void client?.call('engine.log', {}).then(
      (told) => wanted && setAnswer(told),
      (error: unknown) => wanted && setAnswer({ failed: sentenceOf(asFailure(error)) }),
    );
    return () => {
      wanted = false;
    };
  }, [client, engineState, asked]);
  useEffect(() => {
    if (block.current !== null) block.current.scrollTop = block.current.scrollHeight;
  }, [answer]);
  if (answer === undefined) return null;
  return (
    <div className="w-full text-left">
      <div className="mb-1 flex items-center gap-1">
        <h3 className="text-sm font-[600] text-ink-2">{words.title}</h3>
        <span className="flex-1" />
        <IconButton
          label={words.again}
          look="small"
          icon={<RotateCw aria-hidden />}
          onClick={() => setAsked(asked + 1)}
        />
        {'text' in answer && answer.text !== '' && <CopyButton text={answer.text} label={words.copy} />}
      </div>
      {'failed' in answer ? (
        <p className="text-bad">{words.failed(inertText(answer.failed))}</p>
      ) : answer.text === '' ? (
        <p className="text-ink-3">{words.empty}</p>
      ) : (
        <pre
          ref={block}
          className="code-block max-h-[220px] overflow-auto"
          // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by keyboard
          tabIndex={0}
          role="log"
          aria-label={words.title}
          aria-live="off"
        >
          {inertText(answer.text)}
        </pre>
      )}
    </div>
  );
}
