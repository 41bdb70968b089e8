// One container in full: its name and actions, and its tabs. The tab is in the address.
import { lazy, Suspense } from 'react';
import { DetailTabs } from '../../components/DetailTabs.tsx';
import { InspectView } from '../../components/InspectView.tsx';
import { PlaceAndClose } from '../../components/PlaceAndClose.tsx';
import { Tip } from '../../components/Tip.tsx';
import { useCloseDetails } from '../../components/use-close-details.ts';
import { inert } from '../../format/inert.ts';
import { containerPath, detailTabs, type DetailTab } from '../../route.ts';
import { useModel } from '../../state/model-store.ts';
import { en } from '../../strings/en.ts';
import { ContainerActions } from './ContainerActions.tsx';
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
      <DetailTabs
        label={en.details.tabsLabel}
        tabs={detailTabs}
        texts={en.details.tabs}
        value={tab}
        pathOf={(one) => containerPath(id, one)}
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
        {tab === 'inspect' && <InspectView method="containers.inspect" object={container} />}
        {tab === 'processes' && <ContainerProcesses container={container} />}
      </DetailTabs>
    </section>
  );
}

function Head({ container }: { readonly container: ContainerModel }) {
  const { mark, text } = useContainerStatus(container);
  const ports = publishedPorts(container.ports);
  const close = useCloseDetails('containers');
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
