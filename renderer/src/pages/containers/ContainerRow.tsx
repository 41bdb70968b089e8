// The cells of one container. It subscribes to its own id: other containers' changes do not touch it.
import { memo } from 'react';
import type { ContainerModel } from '../../../../runtime/contract/model.ts';
import { useAge } from '../../format/clock.ts';
import { inert } from '../../format/inert.ts';
import { formatDateTime } from '../../format/number.ts';
import { useModel } from '../../state/model-store.ts';
import { en } from '../../strings/en.ts';
import { ContainerActions } from './ContainerActions.tsx';
import { ContainerStatusText } from './ContainerStatusText.tsx';
import { isAlive } from './container-status.ts';
import { PortLink } from './PortLink.tsx';
import { publishedPorts } from './published-port.ts';

export const ContainerRow = memo(function ContainerRow({ id }: { readonly id: string }) {
  const container = useModel((state) => state.containers.get(id));
  if (container === undefined) return null;
  const ports = publishedPorts(container.ports);
  const image = inert(container.image);
  return (
    <>
      <div role="gridcell" className="cell">
        <ContainerStatusText container={container} />
      </div>
      <div role="gridcell" className="cell font-[550]" title={inert(container.name)}>
        <bdi>{inert(container.name)}</bdi>
      </div>
      <div role="gridcell" className="cell cell-image font-mono text-sm text-ink-3" title={image}>
        {image}
      </div>
      <div role="gridcell" className="cell cell-ports">
        {ports.length === 0 && <None />}
        {ports.slice(0, 2).map((port, index) => (
          <span key={port.key}>
            {index > 0 && ', '}
            <PortLink port={port} text={port.text} />
          </span>
        ))}
        {ports.length > 2 && <span className="ml-1 text-ink-3">+{ports.length - 2}</span>}
      </div>
      <div role="gridcell" className="cell cell-up cell-number text-ink-3">
        <Up container={container} />
      </div>
      <div role="gridcell" className="cell cell-actions">
        <ContainerActions container={container} />
      </div>
    </>
  );
});

function None() {
  return (
    <span className="text-ink-3">
      <span aria-hidden>{en.common.none}</span>
      <span className="sr-only">{en.common.noneLabel}</span>
    </span>
  );
}

function Up({ container }: { readonly container: ContainerModel }) {
  if (!isAlive(container) || container.startedMs === null) return <None />;
  return <Age sinceMs={container.startedMs} />;
}

function Age({ sinceMs }: { readonly sinceMs: number }) {
  const age = useAge(sinceMs);
  return <span title={en.containers.upFor(formatDateTime(sinceMs))}>{age}</span>;
}
