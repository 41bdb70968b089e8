// The questions about containers: remove, kill, prune, and the one for a new name. Each names what it is about and says what
// is lost.
import { BrushCleaning, OctagonX, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { useShallow } from 'zustand/react/shallow';
import type { ContainerModel } from '../../../../runtime/contract/model.ts';
import { ConfirmDialog } from '../../components/ConfirmDialog.tsx';
import { DialogForm, FormFoot } from '../../components/FormDialog.tsx';
import { Dialog } from '../../components/Dialog.tsx';
import { Field } from '../../components/Field.tsx';
import { inert } from '../../format/inert.ts';
import { formatSize } from '../../format/number.ts';
import { actOnContainers } from '../../state/container-actions.ts';
import { closeDialog, closerOfDialog } from '../../state/dialog-store.ts';
import { useModel } from '../../state/model-store.ts';
import { showToast } from '../../state/toast-store.ts';
import { en } from '../../strings/en.ts';
import { openClient } from '../../transport/connection.ts';
import { asFailure, sentenceOf } from '../../transport/contract-failure.ts';
import { isAlive } from './container-status.ts';
import { isContainerName } from './run-form.ts';

const words = en.containers;
const namesShown = 3;

/** Those that are still there. */
function useContainers(ids: readonly string[]): readonly ContainerModel[] {
  return useModel(
    useShallow((state) => ids.map((id) => state.containers.get(id)).filter((one) => one !== undefined)),
  );
}

/** `web, db, cache and 4 more`. */
function someNames(containers: readonly ContainerModel[]): string {
  const names = containers.slice(0, namesShown).map((container) => inert(container.name));
  return en.containers.someNames(names, containers.length - names.length);
}

export function RemoveContainers({ ids }: { readonly ids: readonly string[] }) {
  const containers = useContainers(ids);
  const count = containers.length;
  const [first] = containers;
  if (first === undefined) return null;
  const running = containers.filter(isAlive).length;
  return (
    <ConfirmDialog
      title={count === 1 ? words.removeTitle(inert(first.name)) : words.removeManyTitle(count)}
      text={count === 1 ? words.removeText : words.removeManyText(someNames(containers))}
      extra={running === 0 ? '' : count === 1 ? words.removeRunning : words.removeManyRunning(running)}
      confirm={count === 1 ? words.removeConfirm : words.removeManyConfirm(count)}
      icon={<Trash2 aria-hidden />}
      failedTitle={en.actions.failed('remove', inert(first.name))}
      // The rows show the rest: that they are going, or why they did not.
      onConfirm={async () => void actOnContainers(ids, 'remove')}
    />
  );
}

export function KillContainers({ ids }: { readonly ids: readonly string[] }) {
  const containers = useContainers(ids);
  const count = containers.length;
  const [first] = containers;
  if (first === undefined) return null;
  return (
    <ConfirmDialog
      title={count === 1 ? words.killTitle(inert(first.name)) : words.killManyTitle(count)}
      text={count === 1 ? words.killText : words.killManyText(someNames(containers))}
      confirm={count === 1 ? words.killConfirm : words.killManyConfirm(count)}
      icon={<OctagonX aria-hidden />}
      failedTitle={en.actions.failed('kill', inert(first.name))}
      onConfirm={async () => void actOnContainers(ids, 'kill')}
    />
  );
}

export function PruneContainers() {
  const stopped = useModel(
    useShallow((state) => [...state.containers.values()].filter((container) => !isAlive(container))),
  );
  return (
    <ConfirmDialog
      title={words.pruneTitle(stopped.length)}
      text={stopped.length === 0 ? words.pruneNothing : words.pruneText(someNames(stopped))}
      blocked={stopped.length === 0 ? words.pruneNothing : undefined}
      confirm={words.removeManyConfirm(stopped.length)}
      icon={<BrushCleaning aria-hidden />}
      failedTitle={words.pruneFailed}
      onConfirm={async () => {
        const client = openClient();
        const { removed, reclaimedBytes } = await client.call('containers.prune', {});
        showToast('info', words.pruned(removed.length), words.freed(formatSize(reclaimedBytes)));
      }}
    />
  );
}

export function RenameContainer({ id }: { readonly id: string }) {
  const container = useModel((state) => state.containers.get(id));
  const [name, setName] = useState(container?.name ?? '');
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);
  if (container === undefined) return null;
  const rename = async (): Promise<void> => {
    const wanted = name.trim();
    if (wanted === container.name) {
      closeDialog();
      return;
    }
    if (!isContainerName(wanted)) {
      setError(en.run.errors.name);
      return;
    }
    setBusy(true);
    const close = closerOfDialog();
    try {
      const client = openClient();
      await client.call('containers.rename', { id, name: wanted });
      close();
    } catch (failure) {
      setError(inert(sentenceOf(asFailure(failure))));
      setBusy(false);
    }
  };
  return (
    <Dialog
      title={words.renameTitle(inert(container.name))}
      onClose={closeDialog}
      foot={<FormFoot formId="rename-container" busy={busy} submit={words.renameConfirm} />}
    >
      <DialogForm formId="rename-container" busy={busy} onSubmit={rename}>
        <Field
          label={words.renameField}
          value={name}
          error={error}
          mono
          onChange={(value) => {
            setName(value);
            setError(undefined);
          }}
        />
      </DialogForm>
    </Dialog>
  );
}
