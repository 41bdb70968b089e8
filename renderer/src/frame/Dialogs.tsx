// Shows the dialog that is open, if one is. Confirmations that are one sentence are written here.
import { OctagonX, Trash2 } from 'lucide-react';
import { ConfirmDialog } from '../components/ConfirmDialog.tsx';
import { inert } from '../format/inert.ts';
import { formatSize } from '../format/number.ts';
import { imageName } from '../pages/images/image-reference.ts';
import { PullDialog } from '../pages/images/PullDialog.tsx';
import { isAlive } from '../pages/containers/container-status.ts';
import { RunDialog } from '../pages/containers/RunDialog.tsx';
import { actOnContainer } from '../state/container-actions.ts';
import { closeDialog, useDialog } from '../state/dialog-store.ts';
import { useModel } from '../state/model-store.ts';
import { en } from '../strings/en.ts';
import { useConnection } from '../transport/connection.ts';
import { connectionLost } from '../transport/contract-failure.ts';

export function Dialogs() {
  const dialog = useDialog((state) => state.dialog);
  switch (dialog?.kind) {
    case undefined:
      return null;
    case 'run':
      return <RunDialog key={dialog.image} image={dialog.image} />;
    case 'pull':
      return <PullDialog key={dialog.reference} reference={dialog.reference} />;
    case 'removeContainer':
      return <RemoveContainer id={dialog.id} />;
    case 'killContainer':
      return <KillContainer id={dialog.id} />;
    case 'removeImage':
      return <RemoveImage id={dialog.id} />;
  }
}

function RemoveContainer({ id }: { readonly id: string }) {
  const container = useModel((state) => state.containers.get(id));
  if (container === undefined) return null;
  return (
    <ConfirmDialog
      title={en.containers.removeTitle(inert(container.name))}
      text={en.containers.removeText}
      extra={isAlive(container) ? en.containers.removeRunning : ''}
      confirm={en.containers.removeConfirm}
      icon={<Trash2 aria-hidden />}
      failedTitle={en.actions.failed('remove', inert(container.name))}
      // The row shows the rest: that it is going, or why it did not.
      onConfirm={async () => void actOnContainer(id, 'remove')}
      onClose={closeDialog}
    />
  );
}

function KillContainer({ id }: { readonly id: string }) {
  const container = useModel((state) => state.containers.get(id));
  if (container === undefined) return null;
  return (
    <ConfirmDialog
      title={en.containers.killTitle(inert(container.name))}
      text={en.containers.killText}
      confirm={en.containers.killConfirm}
      icon={<OctagonX aria-hidden />}
      failedTitle={en.actions.failed('kill', inert(container.name))}
      onConfirm={async () => void actOnContainer(id, 'kill')}
      onClose={closeDialog}
    />
  );
}

function RemoveImage({ id }: { readonly id: string }) {
  const image = useModel((state) => state.images.get(id));
  if (image === undefined) return null;
  return (
    <ConfirmDialog
      title={en.images.removeTitle(inert(imageName(image)))}
      text={en.images.removeText(formatSize(image.sizeBytes))}
      extra={image.tags.length > 1 ? en.images.removeTags(inert(image.tags.join(', '))) : ''}
      blocked={image.containers > 0 ? en.images.removeUsed(image.containers) : undefined}
      confirm={en.images.removeConfirm}
      icon={<Trash2 aria-hidden />}
      failedTitle={en.images.removeFailed}
      onConfirm={async () => {
        const client = useConnection.getState().client;
        if (client === undefined) throw connectionLost();
        await client.call('images.remove', { id, force: image.tags.length > 1 });
      }}
      onClose={closeDialog}
    />
  );
}
