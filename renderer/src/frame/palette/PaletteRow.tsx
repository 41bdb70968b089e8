// One entry of the palette: what it is, by its icon or its state's mark, its name, and the key that does the same.
import { Command } from 'cmdk';
import {
  ArrowRight,
  Database,
  Layers,
  ListChecks,
  SquareTerminal,
  Waypoints,
  Zap,
  type LucideIcon,
} from 'lucide-react';
import { inert } from '../../format/inert.ts';
import type { PaletteItem } from './palette-entries.ts';
import type { PaletteGroup } from './palette-search.ts';

const icons: Readonly<Record<Exclude<PaletteGroup, 'containers'>, LucideIcon>> = {
  actions: Zap,
  images: Layers,
  volumes: Database,
  networks: Waypoints,
  terminals: SquareTerminal,
  tasks: ListChecks,
  pages: ArrowRight,
  commands: Zap,
};

interface PaletteRowProps {
  readonly item: PaletteItem;
  readonly onChoose: (item: PaletteItem) => void;
}

export function PaletteRow({ item, onChoose }: PaletteRowProps) {
  const Icon = item.group === 'containers' ? undefined : icons[item.group];
  return (
    <Command.Item className="palette-item" value={item.id} onSelect={() => onChoose(item)}>
      <span aria-hidden className="grid h-4 w-4 flex-none place-items-center text-ink-3">
        {Icon === undefined ? <span className={`mark mark-${item.mark ?? 'stopped'}`} /> : <Icon />}
      </span>
      <bdi className="min-w-0 truncate font-[500]">{inert(item.title)}</bdi>
      {item.detail !== '' && (
        <bdi className="min-w-0 flex-1 truncate text-right text-sm text-ink-3">{inert(item.detail)}</bdi>
      )}
      {item.keys !== undefined && (
        <kbd className="kbd ml-auto" aria-hidden>
          {item.keys}
        </kbd>
      )}
    </Command.Item>
  );
}
