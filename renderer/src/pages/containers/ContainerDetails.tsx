// One container in full: its name and actions, and its tabs. The tab is in the address.
import { lazy, Suspense } from 'react';
import { useLocation } from 'wouter';
import { focusCurrentRow } from '../../components/Grid.tsx';
import { PlaceAndClose } from '../../components/PlaceAndClose.tsx';
import { Tabs } from '../../components/Tabs.tsx';
import { Tip } from '../../components/Tip.tsx';
import { inert } from '../../format/inert.ts';
import { containerPath, detailTabs, type DetailTab } from '../../route.ts';
import { useModel } from '../../state/model-store.ts';
import { en } from '../../strings/en.ts';
import { ContainerActions } from './ContainerActions.tsx';
import { ContainerInspect } from './ContainerInspect.tsx';
import { ContainerLogs } from './ContainerLogs.tsx';
import { ContainerProcesses } from './ContainerProcesses.tsx';
import { useContainerStatus } from './ContainerStatusText.tsx';
import { ContainerSummary } from './ContainerSummary.tsx';
import { PortLink } from './PortLink.tsx';
import { publishedPorts } from './published-port.ts';
import type { ContainerModel } from '../../../../runtime/contract/model.ts';

// xterm is a third of the whole UI: it comes with the first terminal.
const ContainerTerminal = lazy(async () => ({
  default: (await import('./ContainerTerminal.tsx')).ContainerTerminal,
}));

// So do the charts.
const ContainerStats = lazy(async () => ({
  default: (await import('./ContainerStats.tsx')).ContainerStats,
}));

interface ContainerDetailsProps {
  readonly id: string;
  readonly tab: DetailTab;
}

export function ContainerDetails({ id, tab }: ContainerDetailsProps) {
  const container = useModel((state) => state.containers.get(id));
  if (container === undefined) return null;
  return (
    <section
      aria-label={en.details.label(inert(container.name))}
      className="flex min-h-0 flex-1 flex-col [--ground:var(--surface)]"
    >
      <Head container={container} />
      <DetailTabs id={id} tab={tab} />
      <div
        role="tabpanel"
        id="details-panel"
        aria-labelledby={`details-tab-${tab}`}
        className="flex min-h-0 flex-1 flex-col"
      >
        {tab === 'summary' && <ContainerSummary container={container} />}
        {tab === 'logs' && <ContainerLogs container={container} />}
        {tab === 'terminal' && (
          <Suspense fallback={null}>
            <ContainerTerminal container={container} />
          </Suspense>
        )}
        {tab === 'stats' && (
          <Suspense fallback={null}>
            <ContainerStats container={container} />
          </Suspense>
        )}
        {tab === 'inspect' && <ContainerInspect container={container} />}
        {tab === 'processes' && <ContainerProcesses container={container} />}
      </div>
    </section>
  );
}

function Head({ container }: { readonly container: ContainerModel }) {
  const { mark, text } = useContainerStatus(container);
  const [, navigate] = useLocation();
  const ports = publishedPorts(container.ports);
  const close = (): void => {
    navigate(containerPath(undefined));
    setTimeout(focusCurrentRow, 0);
  };
  return (
    <div className="flex flex-none items-center gap-3 px-[18px] pt-[10px]">
      <Tip text={text}>
        <span className={`mark mark-${mark}`} role="img" aria-label={text} />
      </Tip>
      <h2 className="min-w-0 flex-none max-w-[55%] truncate text-lg font-[600]" title={inert(container.name)}>
        <bdi>{inert(container.name)}</bdi>
      </h2>
      <div className="flex min-w-0 flex-1 items-center gap-3 overflow-hidden whitespace-nowrap">
        <span className="truncate font-mono text-sm text-ink-3">{inert(container.image)}</span>
        {ports.slice(0, 2).map((port) => (
          <PortLink key={port.key} port={port} text={port.address} />
        ))}
      </div>
      <div className="flex flex-none items-center gap-[6px]">
        <ContainerActions container={container} roomy />
        <PlaceAndClose onClose={close} />
      </div>
    </div>
  );
}

function DetailTabs({ id, tab }: ContainerDetailsProps) {
  const [, navigate] = useLocation();
  return (
    <Tabs
      label={en.details.tabsLabel}
      idPrefix="details-tab"
      panelId="details-panel"
      items={detailTabs.map((one) => ({
        value: one,
        text: en.details.tabs[one],
        href: containerPath(id, one),
      }))}
      value={tab}
      onChoose={(one) => navigate(containerPath(id, one))}
    />
  );
}
