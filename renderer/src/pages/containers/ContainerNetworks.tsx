// The networks that a container is on, with its addresses and names there; and the way to join and to leave.
import { Link2 } from 'lucide-react';
import { Link } from 'wouter';
import type { ContainerModel, EndpointModel } from '../../../../runtime/contract/model.ts';
import { inert } from '../../format/inert.ts';
import { networkPath } from '../../route.ts';
import { openDialog } from '../../state/dialog-store.ts';
import { useModel } from '../../state/model-store.ts';
import { en } from '../../strings/en.ts';
import { DisconnectButton } from '../networks/DisconnectButton.tsx';
import { networkOf } from '../networks/network-list.ts';
import { Code, Nothing, Section } from './SummaryParts.tsx';

const words = en.details;

export function ContainerNetworks({ container }: { readonly container: ContainerModel }) {
  return (
    <Section
      title={words.networks}
      actions={
        <button
          type="button"
          className="btn btn-ghost h-[26px] text-sm"
          onClick={() => openDialog({ kind: 'connectNetwork', network: undefined, container: container.id })}
        >
          <Link2 aria-hidden />
          {words.connectNetwork}
        </button>
      }
    >
      {container.networks.length === 0 && <Nothing text={words.noNetworks} />}
      <ul className="flex flex-col">
        {container.networks.map((endpoint) => (
          <Place key={endpoint.name} container={container} endpoint={endpoint} />
        ))}
      </ul>
    </Section>
  );
}

interface PlaceProps {
  readonly container: ContainerModel;
  readonly endpoint: EndpointModel;
}

function Place({ container, endpoint }: PlaceProps) {
  const network = useModel((state) => networkOf(endpoint, state.networks));
  const name = inert(endpoint.name);
  const addresses = [endpoint.address, endpoint.address6, endpoint.mac].filter((text) => text !== '');
  return (
    <li className="flex items-center gap-2 border-b border-line py-1">
      <div className="flex min-w-0 flex-1 flex-wrap items-baseline gap-x-3">
        {network === undefined ? (
          <span className="break-all">{name}</span>
        ) : (
          <Link className="link break-all" href={networkPath(network.id)}>
            {name}
          </Link>
        )}
        {addresses.map((address) => (
          <span key={address} className="text-ink-3">
            <Code text={address} />
          </span>
        ))}
        {endpoint.aliases.length > 0 && (
          <span className="text-sm break-all text-ink-3">
            {words.aliases(inert(endpoint.aliases.join(', ')))}
          </span>
        )}
      </div>
      {network !== undefined && <DisconnectButton container={container} network={network} />}
    </li>
  );
}
