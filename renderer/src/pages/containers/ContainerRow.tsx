// The cells of one container. It subscribes to its own id: other containers' changes do not touch it.
import { memo, type ReactNode } from 'react';
import type { ContainerModel } from '../../../../runtime/contract/model.ts';
import type { GridColumn } from '../../components/Grid.tsx';
import type { RowSelection } from '../../components/row-selection.ts';
import { SelectBox } from '../../components/SelectBox.tsx';
import { Tip } from '../../components/Tip.tsx';
import { useAge } from '../../format/clock.ts';
import { inert } from '../../format/inert.ts';
import { formatDateTime } from '../../format/number.ts';
import { useModel } from '../../state/model-store.ts';
import { en } from '../../strings/en.ts';
import { ContainerActions } from './ContainerActions.tsx';
import type { ContainerColumn } from './container-columns.ts';
import { ContainerStatusText } from './ContainerStatusText.tsx';
import { CpuUse, MemoryUse } from './ContainerUsage.tsx';
import { isAlive } from './container-status.ts';
import { PortLink } from './PortLink.tsx';
import { publishedPorts } from './published-port.ts';

interface ContainerRowProps {
  readonly id: string;
  readonly columns: readonly GridColumn<ContainerColumn>[];
  readonly selection: RowSelection;
}

const words = en.containers;
/** Nothing, for the eye and for the ear. */
const none = (
  <span className="text-ink-3" role="img" aria-label={en.common.noneLabel}>
    {en.common.none}
  </span>
);

export const ContainerRow = memo(function ContainerRow({ id, columns, selection }: ContainerRowProps) {
  const container = useModel((state) => state.containers.get(id));
  if (container === undefined) return null;
  return columns.map((column) => (
    <Cell key={column.id} container={container} column={column} selection={selection} />
  ));
});

interface CellProps {
  readonly container: ContainerModel;
  readonly column: GridColumn<ContainerColumn>;
  readonly selection: RowSelection;
}

function Cell({ container, column, selection }: CellProps) {
  const text = inert(textOf(container, column.id));
  return (
    <div
      role="gridcell"
      data-column={column.id}
      className={`cell ${column.className ?? ''} ${classes[column.id] ?? ''}`}
      title={text === '' ? undefined : text}
      {...(column.id === 'select' ? { 'data-select': '' } : {})}
    >
      {contentOf(container, column.id, text, selection)}
    </div>
  );
}

const classes: Partial<Record<ContainerColumn, string>> = {
  select: 'cell-select',
  name: 'font-[550]',
  image: 'font-mono text-sm text-ink-3',
  up: 'text-ink-3',
  created: 'text-ink-3',
  networks: 'text-ink-2',
  command: 'font-mono text-sm text-ink-3',
  id: 'font-mono text-sm text-ink-3',
  actions: 'cell-actions',
};

/** What a column of text says, whole: it is the cell's tooltip too. */
function textOf(container: ContainerModel, column: ContainerColumn): string {
  switch (column) {
    case 'name':
      return container.name;
    case 'image':
      return container.image;
    case 'command':
      return container.command;
    case 'networks':
      return container.networks
        .map(({ name, address, address6 }) => `${name} ${address === '' ? address6 : address}`.trim())
        .join(', ');
    default:
      return '';
  }
}

function contentOf(
  container: ContainerModel,
  column: ContainerColumn,
  text: string,
  selection: RowSelection,
): ReactNode {
  switch (column) {
    case 'select':
      return (
        <SelectBox
          selection={selection}
          members={[container.id]}
          label={words.select(inert(container.name))}
        />
      );
    case 'status':
      return <ContainerStatusText container={container} />;
    case 'name':
      return <bdi>{text}</bdi>;
    case 'image':
    case 'command':
    case 'networks':
      return text === '' ? none : text;
    case 'id':
      return container.id.slice(0, 12);
    case 'ports':
      return <Ports container={container} />;
    case 'cpu':
      return isAlive(container) ? <CpuUse id={container.id} /> : none;
    case 'memory':
      return isAlive(container) ? <MemoryUse id={container.id} /> : none;
    case 'up':
      return isAlive(container) && container.startedMs !== null ? (
        <Age sinceMs={container.startedMs} title={words.upFor} />
      ) : (
        none
      );
    case 'created':
      return <Age sinceMs={container.createdMs} title={words.createdAt} />;
    case 'actions':
      return <ContainerActions container={container} />;
  }
}

function Ports({ container }: { readonly container: ContainerModel }) {
  const ports = publishedPorts(container.ports);
  if (ports.length === 0) return none;
  const [first, second, ...rest] = ports;
  // Two ports that fit, or one and how many more there are.
  const shown = rest.length === 0 ? [first, second] : [first];
  const more = ports.slice(shown.length);
  const others = more.map((port) => port.text).join(', ');
  return (
    <>
      {shown.map(
        (port, index) =>
          port !== undefined && (
            <span key={port.key}>
              {index > 0 && ', '}
              <PortLink port={port} text={port.text} />
            </span>
          ),
      )}
      {more.length > 0 && (
        <Tip text={others}>
          <span className="badge ml-2" role="img" aria-label={words.morePortsLabel(others)}>
            {words.morePorts(more.length)}
          </span>
        </Tip>
      )}
    </>
  );
}

function Age({ sinceMs, title }: { readonly sinceMs: number; readonly title: (date: string) => string }) {
  const age = useAge(sinceMs);
  return <span title={title(formatDateTime(sinceMs))}>{age}</span>;
}
