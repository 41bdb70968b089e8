// What can be done with a volume: in its row, and in the head of its details.
import { Braces, Copy, Files, Folder, PackageOpen, Trash2 } from 'lucide-react';
import { useLocation } from 'wouter';
import type { VolumeModel } from '../../../../runtime/contract/model.ts';
import { Menu, MenuItem, MenuLine } from '../../components/Menu.tsx';
import { inert } from '../../format/inert.ts';
import { volumePath } from '../../route.ts';
import { openDialog } from '../../state/dialog-store.ts';
import { useModel } from '../../state/model-store.ts';
import { showToast } from '../../state/toast-store.ts';
import { fetchBytes, saveBytes } from '../../state/file-transfer.ts';
import { en } from '../../strings/en.ts';
import { asFailure, sentenceOf } from '../../transport/contract-failure.ts';

const words = en.volumes;

interface VolumeMenuProps {
  readonly volume: VolumeModel;
  readonly framed?: boolean;
  /** Absent where they are shown already. */
  readonly onInspect?: (id: string) => void;
}

export function VolumeMenu({ volume, framed, onInspect }: VolumeMenuProps) {
  const { id, mountpoint } = volume;
  const [, navigate] = useLocation();
  const offered = useModel((state) => state.engine?.features.includes('volumes') === true);
  return (
    <Menu subject={id} label={en.actions.more(inert(id))} framed={framed === true}>
      {onInspect !== undefined && (
        <MenuItem icon={<Braces />} text={words.details} shortcut="Enter" onSelect={() => onInspect(id)} />
      )}
      <MenuItem
        icon={<Folder />}
        text={words.tabs.files}
        shortcut="f"
        disabled={!offered}
        onSelect={() => navigate(volumePath(id, 'files'))}
      />
      <MenuItem
        icon={<Files />}
        text={words.clone}
        disabled={!offered}
        onSelect={() => openDialog({ kind: 'cloneVolume', id })}
      />
      <MenuItem
        icon={<PackageOpen />}
        text={words.export}
        disabled={!offered}
        onSelect={() => void exportVolume(id)}
      />
      <MenuLine />
      <MenuItem
        icon={<Copy />}
        text={en.objects.copyName}
        onSelect={() => void navigator.clipboard.writeText(id)}
      />
      <MenuItem
        icon={<Copy />}
        text={words.copyMountpoint}
        disabled={mountpoint === ''}
        onSelect={() => void navigator.clipboard.writeText(mountpoint)}
      />
      <MenuLine />
      <MenuItem
        danger
        icon={<Trash2 />}
        text={words.remove}
        shortcut="d"
        onSelect={() => openDialog({ kind: 'removeVolume', id })}
      />
    </Menu>
  );
}

async function exportVolume(id: string): Promise<void> {
  try {
    const params = { id, path: '/', kind: 'archive' } as const;
    const never = new AbortController().signal;
    const bytes = await fetchBytes('volumeDownload', params, () => undefined, never);
    saveBytes(bytes, `${id}.tar`);
    showToast('info', words.exported(id), '');
  } catch (error) {
    showToast('bad', words.exportFailed(id), sentenceOf(asFailure(error)));
  }
}
