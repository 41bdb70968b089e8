// The names of an image: each to be copied and, while there are others, taken away.
import { X } from 'lucide-react';
import type { ImageModel } from '../../../../runtime/contract/model.ts';
import { CopyButton } from '../../components/CopyButton.tsx';
import { IconButton } from '../../components/IconButton.tsx';
import { inert } from '../../format/inert.ts';
import { showToast } from '../../state/toast-store.ts';
import { en } from '../../strings/en.ts';
import { openClient } from '../../transport/connection.ts';
import { asFailure, sentenceOf } from '../../transport/contract-failure.ts';

const words = en.images;

async function takeAway(name: string): Promise<void> {
  try {
    await openClient().call('images.remove', { id: name, force: false });
  } catch (error) {
    showToast('bad', words.untagFailed(inert(name)), inert(sentenceOf(asFailure(error))));
  }
}

export function ImageNames({ image }: { readonly image: ImageModel }) {
  if (image.tags.length === 0) return words.dangling;
  return (
    <ul aria-label={words.names}>
      {image.tags.map((name) => (
        <li key={name} className="flex items-start gap-1">
          <bdi className="min-w-0 break-all">{inert(name)}</bdi>
          <CopyButton text={name} label={words.copyName(inert(name))} />
          {image.tags.length > 1 && (
            <IconButton
              label={words.untag(inert(name))}
              look="small"
              icon={<X aria-hidden />}
              onClick={() => void takeAway(name)}
            />
          )}
        </li>
      ))}
    </ul>
  );
}
