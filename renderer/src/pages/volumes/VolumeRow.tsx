// The cells of one volume; it subscribes to its own id.
import { memo } from 'react';
import type { GridColumn } from '../../components/Grid.tsx';
import { GridCells } from '../../components/GridCells.tsx';
import { UseBadge } from '../../components/UseBadge.tsx';
import { useAge } from '../../format/clock.ts';
import { inert } from '../../format/inert.ts';
import { formatDateTime, formatSize } from '../../format/number.ts';
import { useModel } from '../../state/model-store.ts';
import { en } from '../../strings/en.ts';
import { useVolumeSizes } from '../../state/volume-sizes.ts';
import type { VolumeColumn } from './volume-list.ts';
import { VolumeMenu } from './VolumeMenu.tsx';

interface VolumeRowProps {
  readonly id: string;
  readonly columns: readonly GridColumn<VolumeColumn>[];
  readonly onInspect: (id: string) => void;
}

export const VolumeRow = memo(function VolumeRow({ id, columns, onInspect }: VolumeRowProps) {
  const volume = useModel((state) => state.volumes.get(id));
  const bytes = useVolumeSizes((state) => state.sizes.get(id));
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
        size: {
          content: bytes === undefined ? en.common.none : formatSize(bytes),
          className: 'text-ink-3',
        },
        actions: { content: <VolumeMenu volume={volume} onInspect={onInspect} />, className: 'cell-actions' },
      }}
    />
  );
});

function Created({ ms }: { readonly ms: number }) {
  const age = useAge(ms);
  return <span title={formatDateTime(ms)}>{en.images.ago(age)}</span>;
}
