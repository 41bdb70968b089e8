// The cells of one volume; it subscribes to its own id.
import { Braces, Copy, Folder } from 'lucide-react';
import { memo } from 'react';
import type { VolumeModel } from '../../../../runtime/contract/model.ts';
import type { GridColumn } from '../../components/Grid.tsx';
import { GridCells } from '../../components/GridCells.tsx';
import { Menu, MenuItem } from '../../components/Menu.tsx';
import { UseBadge } from '../../components/UseBadge.tsx';
import { useAge } from '../../format/clock.ts';
import { inert } from '../../format/inert.ts';
import { formatDateTime } from '../../format/number.ts';
import { useModel } from '../../state/model-store.ts';
import { en } from '../../strings/en.ts';
import type { VolumeColumn } from './volume-list.ts';

const words = en.volumes;

interface VolumeRowProps {
  readonly id: string;
  readonly columns: readonly GridColumn<VolumeColumn>[];
  readonly onInspect: (id: string) => void;
}

export const VolumeRow = memo(function VolumeRow({ id, columns, onInspect }: VolumeRowProps) {
  const volume = useModel((state) => state.volumes.get(id));
  if (volume === undefined) return null;
  return (
    <GridCells
      columns={columns}
      cells={{
        name: { content: <bdi>{inert(id)}</bdi>, className: 'font-[550]', title: inert(id) },
        driver: { content: inert(volume.driver), className: 'text-ink-3' },
        use: { content: <UseBadge containers={volume.containers} /> },
        created: {
          content: volume.createdMs === null ? en.common.none : <Created ms={volume.createdMs} />,
          className: 'text-ink-3',
        },
        actions: { content: <Actions volume={volume} onInspect={onInspect} />, className: 'cell-actions' },
      }}
    />
  );
});

interface ActionsProps {
  readonly volume: VolumeModel;
  readonly onInspect: (id: string) => void;
}

function Actions({ volume, onInspect }: ActionsProps) {
  const { id, mountpoint } = volume;
  return (
    <Menu label={en.actions.more(inert(id))}>
      <MenuItem icon={<Braces />} text={words.details} shortcut="Enter" onSelect={() => onInspect(id)} />
      <MenuItem
        icon={<Copy />}
        text={en.objects.copyName}
        onSelect={() => void navigator.clipboard.writeText(id)}
      />
      <MenuItem
        icon={<Folder />}
        text={words.copyMountpoint}
        disabled={mountpoint === ''}
        onSelect={() => void navigator.clipboard.writeText(mountpoint)}
      />
    </Menu>
  );
}

function Created({ ms }: { readonly ms: number }) {
  const age = useAge(ms);
  return <span title={formatDateTime(ms)}>{en.images.ago(age)}</span>;
}
