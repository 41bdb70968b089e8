// What the engine tells of an object, as it tells it: asked for when shown, and again on demand.
import { RotateCw } from 'lucide-react';
import { useEffect, useState } from 'react';
import { inertText } from '../format/inert.ts';
import { en } from '../strings/en.ts';
import { useConnection } from '../transport/connection.ts';
import { asFailure, sentenceOf } from '../transport/contract-failure.ts';
import { CopyButton } from './CopyButton.tsx';
import { IconButton } from './IconButton.tsx';

type Inspect = 'volumes.inspect' | 'images.inspect';
type Answer = { readonly json: string } | { readonly failed: string };

interface InspectJsonProps {
  readonly method: Inspect;
  readonly id: string;
}

export function InspectJson({ method, id }: InspectJsonProps) {
  const client = useConnection((state) => state.client);
  const [asked, setAsked] = useState(0);
  const [answer, setAnswer] = useState<Answer>();
  useEffect(() => {
    let wanted = true;
    void client?.call(method, { id }).then(
      (told) => wanted && setAnswer(told),
      (error: unknown) => wanted && setAnswer({ failed: sentenceOf(asFailure(error)) }),
    );
    return () => {
      wanted = false;
    };
  }, [client, method, id, asked]);
  return (
    <>
      <div className="mt-5 mb-1 flex items-center gap-1">
        <h3 className="text-sm font-[600] text-ink-2">{en.objects.inspect}</h3>
        <span className="flex-1" />
        <IconButton
          label={en.objects.inspectAgain}
          look="small"
          icon={<RotateCw aria-hidden />}
          onClick={() => setAsked(asked + 1)}
        />
        {answer !== undefined && 'json' in answer && (
          <CopyButton text={answer.json} label={en.objects.copyJson} />
        )}
      </div>
      {answer !== undefined && 'failed' in answer && (
        <p className="text-bad">{en.objects.inspectFailed(inertText(answer.failed))}</p>
      )}
      {answer !== undefined && 'json' in answer && <pre className="code-block">{inertText(answer.json)}</pre>}
    </>
  );
}
