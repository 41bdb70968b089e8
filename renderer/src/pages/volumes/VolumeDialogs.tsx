// The questions about volumes: remove, clean up, clone. Each says what becomes of the files.
import { BrushCleaning, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { useShallow } from 'zustand/react/shallow';
import { Check } from '../../components/Check.tsx';
import { ConfirmDialog } from '../../components/ConfirmDialog.tsx';
import { useAsked } from '../../components/FormDialog.tsx';
import { NameDialog } from '../../components/NameDialog.tsx';
import { inert } from '../../format/inert.ts';
import { formatSize } from '../../format/number.ts';
import { closerOfDialog } from '../../state/dialog-store.ts';
import { useModel } from '../../state/model-store.ts';
import { showToast } from '../../state/toast-store.ts';
import { measureVolumes, useVolumeSizes } from '../../state/volume-sizes.ts';
import { en } from '../../strings/en.ts';
import { openClient } from '../../transport/connection.ts';
import { isVolumeName } from './volume-form.ts';
import { isUnnamed, shortName } from './volume-list.ts';

const words = en.volumes;
const namesShown = 3;

export function RemoveVolume({ id }: { readonly id: string }) {
  const volume = useModel((state) => state.volumes.get(id));
  const bytes = useVolumeSizes((state) => state.sizes.get(id));
  if (volume === undefined) return null;
  return (
    <ConfirmDialog
      title={words.removeTitle(inert(id))}
      text={words.removeText}
      extra={bytes === undefined ? '' : words.removeSize(formatSize(bytes))}
      blocked={volume.containers > 0 ? words.removeUsed(volume.containers) : undefined}
      confirm={words.removeConfirm}
      icon={<Trash2 aria-hidden />}
      failedTitle={words.removeFailed}
      onConfirm={async () => void (await openClient().call('volumes.remove', { id }))}
    />
  );
}

export function PruneVolumes() {
  const unused = useModel(
    useShallow((state) => [...state.volumes.values()].filter(({ containers }) => containers === 0)),
  );
  const unnamed = unused.filter(isUnnamed);
  // Where only named ones could go, asking for nothing would be of no use.
  const [all, setAll] = useState(false);
  const going = all ? unused : unnamed;
  const names = going.slice(0, namesShown).map(({ id }) => inert(shortName(id)));
  const hasNone = unused.length === 0;
  return (
    <ConfirmDialog
      title={words.pruneTitle}
      text={
        going.length === 0
          ? hasNone
            ? words.pruneNothing
            : words.pruneOnlyNamed(unused.length)
          : words.pruneText(en.containers.someNames(names, going.length - names.length))
      }
      disabled={going.length === 0}
      confirm={words.pruneConfirm(going.length)}
      icon={<BrushCleaning aria-hidden />}
      failedTitle={words.pruneFailed}
      onConfirm={async () => {
        const { removed, reclaimedBytes } = await openClient().call('volumes.prune', { all });
        showToast('info', words.pruned(removed.length), words.freed(formatSize(reclaimedBytes)));
      }}
    >
      {unused.length > unnamed.length && (
        <div className="mt-3">
          <Check text={words.pruneNamed} note={words.pruneNamedNote} on={all} onChange={setAll} />
        </div>
      )}
    </ConfirmDialog>
  );
}

export function CloneVolume({ id }: { readonly id: string }) {
  const volumes = useModel((state) => state.volumes);
  const { busy, failure, ask } = useAsked('volumes.clone');
  return (
    <NameDialog
      title={words.cloneTitle(inert(id))}
      text={words.cloneText}
      label={words.cloneName}
      submit={words.cloneSubmit}
      proposed={`${id.slice(0, 200)}-copy`}
      busy={busy}
      failure={failure}
      failedTitle={words.cloneFailed}
      wrong={(name) => {
        const wanted = name.trim();
        if (!isVolumeName(wanted)) return words.nameWrong;
        return volumes.has(wanted) ? words.nameTaken(wanted) : undefined;
      }}
      onName={async (name) => {
        const wanted = name.trim();
        const close = closerOfDialog();
        if ((await ask({ id, name: wanted })) === undefined) return;
        close();
        showToast('info', words.cloned(wanted), '');
        // It was measured when it came, before its files did.
        void measureVolumes();
      }}
    />
  );
}
