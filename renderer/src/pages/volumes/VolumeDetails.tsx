// One volume in full: where it is, who mounts it, and what the engine tells.
import { Database } from 'lucide-react';
import { Link } from 'wouter';
import { CopyButton } from '../../components/CopyButton.tsx';
import { InspectJson } from '../../components/InspectJson.tsx';
import {
  ObjectDetails,
  ObjectFacts,
  ObjectSection,
  ObjectSummary,
  type ObjectFact,
} from '../../components/ObjectDetails.tsx';
import { inert } from '../../format/inert.ts';
import { formatDateTime, formatSize } from '../../format/number.ts';
import { containerPath, volumePath, volumeTabs, type VolumeTab } from '../../route.ts';
import { useModel } from '../../state/model-store.ts';
import { en } from '../../strings/en.ts';
import { useVolumeSizes } from '../../state/volume-sizes.ts';
import { usersOf } from './volume-list.ts';
import { VolumeFiles } from './VolumeFiles.tsx';
import { VolumeMenu } from './VolumeMenu.tsx';

const words = en.volumes;

interface VolumeDetailsProps {
  readonly id: string;
  readonly tab: VolumeTab;
  readonly onClose: () => void;
}

export function VolumeDetails({ id, tab, onClose }: VolumeDetailsProps) {
  const bytes = useVolumeSizes((state) => state.sizes.get(id));
  const volume = useModel((state) => state.volumes.get(id));
  const containers = useModel((state) => state.containers);
  if (volume === undefined) return null;
  const users = usersOf(volume, containers.values()).map(({ container, destination, readOnly }) => (
    <li
      key={`${container.id} ${destination}`}
      className="flex min-h-8 items-center gap-3 border-b border-line py-1"
    >
      <Link className="link min-w-0 truncate" href={containerPath(container.id, 'summary')}>
        <bdi>{inert(container.name)}</bdi>
      </Link>
      <span className="min-w-0 truncate font-mono text-sm text-ink-2">{inert(destination)}</span>
      <span className="ml-auto whitespace-nowrap text-sm text-ink-3">
        {readOnly ? en.details.readOnly : en.details.readWrite}
      </span>
    </li>
  ));
  const facts: readonly ObjectFact[] = [
    [words.columns.driver, inert(volume.driver)],
    [
      words.mountpoint,
      volume.mountpoint === '' ? (
        en.common.none
      ) : (
        <span className="flex items-start gap-1">
          <span className="min-w-0 font-mono text-sm">{inert(volume.mountpoint)}</span>
          <CopyButton text={volume.mountpoint} label={words.copyMountpoint} />
        </span>
      ),
    ],
    [words.size, bytes === undefined ? words.sizeUnknown : formatSize(bytes)],
    [words.columns.created, volume.createdMs === null ? en.common.none : formatDateTime(volume.createdMs)],
  ];
  return (
    <ObjectDetails
      name={id}
      icon={<Database />}
      actions={<VolumeMenu volume={volume} framed />}
      tabs={{
        label: words.tabsLabel,
        tabs: volumeTabs,
        texts: words.tabs,
        value: tab,
        pathOf: (value) => volumePath(id, value),
      }}
      onClose={onClose}
    >
      {tab === 'files' ? (
        <VolumeFiles id={id} />
      ) : (
        <ObjectSummary label={inert(id)}>
          <ObjectFacts facts={facts} />
          <ObjectSection title={en.objects.usersTitle}>
            {users.length === 0 ? (
              <p className="text-ink-3">{words.noUsers}</p>
            ) : (
              <ul className="flex flex-col">{users}</ul>
            )}
          </ObjectSection>
          <InspectJson key={id} method="volumes.inspect" id={id} />
        </ObjectSummary>
      )}
    </ObjectDetails>
  );
}
