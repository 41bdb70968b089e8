// One network in full: where its addresses come from, who is on it, and what the engine tells.
import { Waypoints } from 'lucide-react';
import type { NetworkModel } from '../../../../runtime/contract/model.ts';
import { CopyButton } from '../../components/CopyButton.tsx';
import { InspectView } from '../../components/InspectView.tsx';
import {
  ObjectDetails,
  ObjectFacts,
  ObjectSection,
  ObjectSummary,
  type ObjectFact,
} from '../../components/ObjectDetails.tsx';
import { inert } from '../../format/inert.ts';
import { formatDateTime } from '../../format/number.ts';
import { networkPath, networkTabs, type NetworkTab } from '../../route.ts';
import { useModel } from '../../state/model-store.ts';
import { en } from '../../strings/en.ts';
import { Nothing, Pairs } from '../containers/SummaryParts.tsx';
import { isConfiguration } from './network-list.ts';
import { NetworkMembers } from './NetworkMembers.tsx';
import { NetworkMenu } from './NetworkMenu.tsx';

const words = en.networks;

interface NetworkDetailsProps {
  readonly id: string;
  readonly tab: NetworkTab;
  readonly onClose: () => void;
}

export function NetworkDetails({ id, tab, onClose }: NetworkDetailsProps) {
  const network = useModel((state) => state.networks.get(id));
  if (network === undefined) return null;
  return (
    <ObjectDetails
      name={network.name}
      icon={<Waypoints />}
      actions={<NetworkMenu network={network} framed />}
      tabs={{
        label: words.tabsLabel,
        tabs: networkTabs,
        texts: words.tabs,
        value: tab,
        pathOf: (value) => networkPath(id, value),
      }}
      onClose={onClose}
    >
      {tab === 'inspect' ? (
        <InspectView key={id} method="networks.inspect" object={network} />
      ) : (
        <Summary network={network} />
      )}
    </ObjectDetails>
  );
}

function Summary({ network }: { readonly network: NetworkModel }) {
  const { id } = network;
  const options = Object.entries(network.options);
  const labels = Object.entries(network.labels);
  const facts: readonly ObjectFact[] = [
    [
      words.id,
      <span key="id" className="flex items-start gap-1">
        <span className="min-w-0 font-mono text-sm">{id.slice(0, 12)}</span>
        <CopyButton text={id} label={en.actions.copyId} />
      </span>,
    ],
    [words.columns.driver, inert(network.driver)],
    ...network.pools.map((pool) => poolFact(pool)),
    [words.reach, reachOf(network)],
    ...(network.scope === 'local' ? [] : [[words.scope, inert(network.scope)] as const]),
    ...(network.attachable ? [[words.attachable, words.attachableText] as const] : []),
    [words.created, network.createdMs === null ? en.common.none : formatDateTime(network.createdMs)],
  ];
  return (
    <ObjectSummary label={inert(network.name)}>
      <NetworkMembers network={network} />
      <ObjectSection title={en.details.facts}>
        <ObjectFacts facts={facts} />
      </ObjectSection>
      <ObjectSection title={words.options}>
        {options.length === 0 && <Nothing text={words.noOptions} />}
        <Pairs pairs={options} />
      </ObjectSection>
      <ObjectSection title={words.labels}>
        {labels.length === 0 && <Nothing text={words.noLabels} />}
        <Pairs pairs={labels} />
      </ObjectSection>
    </ObjectSummary>
  );
}

function poolFact({ subnet, range, gateway }: NetworkModel['pools'][number]): ObjectFact {
  return [
    words.pool(subnet.includes(':') ? 'IPv6' : 'IPv4'),
    <span key={subnet} className="flex flex-wrap items-baseline gap-x-4">
      <span className="font-mono text-sm">{inert(subnet)}</span>
      {gateway !== '' && (
        <span className="text-ink-3">
          {words.gateway} <span className="font-mono text-sm text-ink">{inert(gateway)}</span>
        </span>
      )}
      {range !== '' && (
        <span className="text-ink-3">
          {words.range} <span className="font-mono text-sm text-ink">{inert(range)}</span>
        </span>
      )}
    </span>,
  ];
}

function reachOf(network: NetworkModel): string {
  const { internal, driver } = network;
  if (isConfiguration(network)) return words.configurationText;
  if (driver === 'host') return words.hostText;
  if (driver === 'null') return words.noneText;
  return internal ? words.internalText : words.reachText;
}
