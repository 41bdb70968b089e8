// One network in full: where its addresses come from, who is on it, and what the engine tells.
import { Braces, Waypoints } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useLocation } from 'wouter';
import type { NetworkModel } from '../../../../runtime/contract/model.ts';
import { CopyButton } from '../../components/CopyButton.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { JsonView } from '../../components/JsonView.tsx';
import {
  ObjectDetails,
  ObjectFacts,
  ObjectSection,
  ObjectSummary,
  type ObjectFact,
} from '../../components/ObjectDetails.tsx';
import { Tabs } from '../../components/Tabs.tsx';
import { inert } from '../../format/inert.ts';
import { formatDateTime } from '../../format/number.ts';
import { networkPath, networkTabs, type NetworkTab } from '../../route.ts';
import { useModel } from '../../state/model-store.ts';
import { en } from '../../strings/en.ts';
import { useConnection } from '../../transport/connection.ts';
import { asFailure, sentenceOf } from '../../transport/contract-failure.ts';
import { Nothing, Pairs } from '../containers/SummaryParts.tsx';
import { NetworkMembers } from './NetworkMembers.tsx';
import { NetworkMenu } from './NetworkMenu.tsx';

const words = en.networks;
const panelId = 'network-panel';

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
      tabs={{ row: <DetailTabs id={id} tab={tab} />, panelId, tabId: `network-tab-${tab}` }}
      onClose={onClose}
    >
      {tab === 'inspect' ? <NetworkInspect key={id} network={network} /> : <Summary network={network} />}
    </ObjectDetails>
  );
}

function DetailTabs({ id, tab }: { readonly id: string; readonly tab: NetworkTab }) {
  const [, navigate] = useLocation();
  return (
    <Tabs
      label={words.tabsLabel}
      idPrefix="network-tab"
      panelId={panelId}
      items={networkTabs.map((value) => ({ value, text: words.tabs[value], href: networkPath(id, value) }))}
      value={tab}
      onChoose={(value) => navigate(networkPath(id, value))}
    />
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

function reachOf({ internal, driver }: NetworkModel): string {
  if (driver === 'host') return words.hostText;
  if (driver === 'null') return words.noneText;
  return internal ? words.internalText : words.reachText;
}

/** What the engine tells, read anew when somebody joins or leaves. */
function NetworkInspect({ network }: { readonly network: NetworkModel }) {
  const client = useConnection((state) => state.client);
  const { id } = network;
  const [asked, setAsked] = useState(0);
  const [answer, setAnswer] = useState<{ readonly json?: string; readonly problem?: string }>({});
  useEffect(() => {
    let wanted = true;
    void client?.call('networks.inspect', { id }).then(
      ({ json }) => wanted && setAnswer({ json }),
      (error: unknown) =>
        wanted && setAnswer((before) => ({ ...before, problem: sentenceOf(asFailure(error)) })),
    );
    return () => void (wanted = false);
  }, [client, id, network, asked]);
  const again = (): void => setAsked((count) => count + 1);
  if (answer.json !== undefined)
    return (
      <JsonView label={en.details.inspectLabel(inert(network.name))} json={answer.json} onRefresh={again} />
    );
  if (answer.problem === undefined) return null;
  return (
    <EmptyState
      icon={<Braces aria-hidden />}
      title={en.details.inspectFailed}
      text={inert(answer.problem)}
      action={
        <button type="button" className="btn" onClick={again}>
          {en.details.again}
        </button>
      }
    />
  );
}
