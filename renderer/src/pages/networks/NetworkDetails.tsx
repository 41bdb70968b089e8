// One network in full: its addresses, who is on it, and what the engine tells.
import { Waypoints } from 'lucide-react';
import { Link } from 'wouter';
import { CopyButton } from '../../components/CopyButton.tsx';
import { ObjectDetails } from '../../components/ObjectDetails.tsx';
import { inert } from '../../format/inert.ts';
import { formatDateTime } from '../../format/number.ts';
import { containerPath } from '../../route.ts';
import { useModel } from '../../state/model-store.ts';
import { en } from '../../strings/en.ts';
import { membersOf } from './network-list.ts';

const words = en.networks;

interface NetworkDetailsProps {
  readonly id: string;
  readonly onClose: () => void;
}

export function NetworkDetails({ id, onClose }: NetworkDetailsProps) {
  const network = useModel((state) => state.networks.get(id));
  const containers = useModel((state) => state.containers);
  if (network === undefined) return null;
  const users = membersOf(network, containers.values()).map(({ container, address }) => (
    <li key={container.id} className="flex min-h-8 items-center gap-3 border-b border-line py-1">
      <Link className="link min-w-0 truncate" href={containerPath(container.id, 'summary')}>
        <bdi>{inert(container.name)}</bdi>
      </Link>
      <span className="ml-auto whitespace-nowrap font-mono text-sm text-ink-2">
        {address === '' ? en.common.none : inert(address)}
      </span>
    </li>
  ));
  return (
    <ObjectDetails
      name={network.name}
      icon={<Waypoints />}
      method="networks.inspect"
      id={id}
      facts={[
        [
          words.id,
          <span key="id" className="flex items-start gap-1">
            <span className="min-w-0 font-mono text-sm">{id.slice(0, 12)}</span>
            <CopyButton text={id} label={en.actions.copyId} />
          </span>,
        ],
        [words.columns.driver, inert(network.driver)],
        [
          words.columns.subnet,
          network.subnets.length === 0 ? (
            en.common.none
          ) : (
            <span key="subnets" className="font-mono text-sm">
              {inert(network.subnets.join(', '))}
            </span>
          ),
        ],
        [words.columns.scope, inert(network.scope)],
        [words.reach, network.internal ? words.internalText : words.reachText],
        [words.created, network.createdMs === null ? en.common.none : formatDateTime(network.createdMs)],
      ]}
      usersTitle={words.membersTitle}
      users={users}
      noUsers={words.noMembers}
      onClose={onClose}
    />
  );
}
