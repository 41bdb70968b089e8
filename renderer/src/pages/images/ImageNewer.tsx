// Asks, when a person wants to know, whether the registries have something else by now under an image's names.
import { Download, RefreshCw } from 'lucide-react';
import { useState } from 'react';
import type { Result } from '../../../../runtime/contract/methods.ts';
import { FailureNotice } from '../../components/FailureNotice.tsx';
import { inert } from '../../format/inert.ts';
import { openDialog } from '../../state/dialog-store.ts';
import { en } from '../../strings/en.ts';
import { openClient } from '../../transport/connection.ts';
import { asFailure, type ContractFailure } from '../../transport/contract-failure.ts';

const words = en.images;
type Answer = Result<'images.newer'>['tags'];

export function ImageNewer({ id }: { readonly id: string }) {
  const [busy, setBusy] = useState(false);
  const [tags, setTags] = useState<Answer>();
  const [failure, setFailure] = useState<ContractFailure>();
  const ask = async (): Promise<void> => {
    setBusy(true);
    setFailure(undefined);
    try {
      setTags((await openClient().call('images.newer', { id })).tags);
    } catch (error) {
      setFailure(asFailure(error));
    }
    setBusy(false);
  };
  return (
    <div className="flex flex-wrap items-start gap-x-3 gap-y-1">
      <button type="button" className="btn h-[28px] text-sm" disabled={busy} onClick={() => void ask()}>
        <RefreshCw aria-hidden />
        {busy ? words.newerWait : words.newer}
      </button>
      {failure !== undefined && <FailureNotice title={words.newerFailed} failure={failure} />}
      {tags !== undefined && (
        <ul className="min-w-0" aria-label={words.newerList}>
          {tags.map(({ tag, state, message }) => (
            <li key={tag} className="flex min-h-8 flex-wrap items-center gap-x-3">
              <bdi className="min-w-0 truncate font-mono text-sm">{inert(tag)}</bdi>
              <span className={state === 'same' ? 'text-ink-3' : 'text-ink'}>{words.newerStates[state]}</span>
              {message !== '' && <span className="text-sm text-ink-3">{inert(message)}</span>}
              {state === 'newer' && (
                <button
                  type="button"
                  className="btn h-[28px] text-sm"
                  onClick={() => openDialog({ kind: 'pull', reference: tag })}
                >
                  <Download aria-hidden />
                  {words.newerPull(inert(tag))}
                </button>
              )}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
