// One volume in full: where it is, who mounts it, and what the engine tells.
import { Database } from 'lucide-react';
import { Link } from 'wouter';
import { CopyButton } from '../../components/CopyButton.tsx';
import { ObjectDetails } from '../../components/ObjectDetails.tsx';
import { inert } from '../../format/inert.ts';
import { formatDateTime } from '../../format/number.ts';
import { containerPath } from '../../route.ts';
import { useModel } from '../../state/model-store.ts';
import { en } from '../../strings/en.ts';
import { usersOf } from './volume-list.ts';

const words = en.volumes;

interface VolumeDetailsProps {
  readonly id: string;
  readonly onClose: () => void;
}

export function VolumeDetails({ id, onClose }: VolumeDetailsProps) {
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
  return (
    <ObjectDetails
      name={id}
      icon={<Database />}
      method="volumes.inspect"
      id={id}
      facts={[
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
        [
          words.columns.created,
          volume.createdMs === null ? en.common.none : formatDateTime(volume.createdMs),
        ],
      ]}
      usersTitle={en.objects.usersTitle}
      users={users}
      noUsers={words.noUsers}
      onClose={onClose}
    />
  );
}
