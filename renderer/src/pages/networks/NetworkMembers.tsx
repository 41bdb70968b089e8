// Who is on a network, with addresses and names there, as they join and leave.
import { Link2 } from 'lucide-react';
import { Link } from 'wouter';
import type { NetworkModel } from '../../../../runtime/contract/model.ts';
import { ObjectSection } from '../../components/ObjectDetails.tsx';
import { inert } from '../../format/inert.ts';
import { containerPath } from '../../route.ts';
import { useModel } from '../../state/model-store.ts';
import { en } from '../../strings/en.ts';
import { DisconnectButton } from './DisconnectButton.tsx';
import { holdsPlace, membersOf, takesMembers, type NetworkMember } from './network-list.ts';
import { connectTo } from './NetworkMenu.tsx';

const words = en.networks;

export function NetworkMembers({ network }: { readonly network: NetworkModel }) {
  const containers = useModel((state) => state.containers);
  const members = membersOf(network, containers.values());
  return (
    <ObjectSection
      title={words.membersTitle}
      actions={
        takesMembers(network) ? (
          <button type="button" className="btn btn-ghost h-[26px] text-sm" onClick={() => connectTo(network)}>
            <Link2 aria-hidden />
            {words.connect}
          </button>
        ) : (
          <span className="text-sm text-ink-3">{words.connectNot}</span>
        )
      }
    >
      {members.length === 0 ? (
        <p className="text-ink-3">{words.noMembers}</p>
      ) : (
        <table className="members">
          <thead>
            <tr>
              <th scope="col">{words.members.container}</th>
              <th scope="col">{words.members.address}</th>
              {network.ipv6 && <th scope="col">{words.members.address6}</th>}
              <th scope="col">{words.members.mac}</th>
              <th scope="col">{words.members.aliases}</th>
              <th scope="col">
                <span className="sr-only">{words.members.actions}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {members.map((member) => (
              <MemberRow key={member.container.id} network={network} member={member} />
            ))}
          </tbody>
        </table>
      )}
    </ObjectSection>
  );
}

interface MemberRowProps {
  readonly network: NetworkModel;
  readonly member: NetworkMember;
}

function MemberRow({ network, member }: MemberRowProps) {
  const { container, endpoint } = member;
  const name = inert(container.name);
  return (
    <tr>
      <th scope="row">
        <Link className="link" href={containerPath(container.id, 'summary')}>
          <bdi>{name}</bdi>
        </Link>
      </th>
      {holdsPlace(member) || !takesMembers(network) ? (
        <>
          <Value text={endpoint.address} />
          {network.ipv6 && <Value text={endpoint.address6} />}
          <Value text={endpoint.mac} />
        </>
      ) : (
        <td colSpan={network.ipv6 ? 3 : 2} className="text-ink-3">
          {words.members.notRunning}
        </td>
      )}
      <Value text={endpoint.aliases.join(', ')} />
      <td>
        <DisconnectButton container={container} network={network} />
      </td>
    </tr>
  );
}

function Value({ text }: { readonly text: string }) {
  return <td className="font-mono text-sm text-ink-2">{text === '' ? en.common.none : inert(text)}</td>;
}
