// Which volumes the list shows, in which order, and who uses one. Pure.
import type { ContainerModel, VolumeModel } from '../../../../runtime/contract/model.ts';
import { byText, filterWords, fitsUse, hasWords, type WhichUse } from '../../components/text-filter.ts';

export type VolumeColumn = 'name' | 'driver' | 'use' | 'size' | 'created' | 'actions';
type Sizes = ReadonlyMap<string, number>;

/** Whether nobody gave it its name. */
export function isUnnamed({ labels }: Pick<VolumeModel, 'labels'>): boolean {
  return Object.hasOwn(labels, 'com.docker.volume.anonymous');
}

/** What it is called in a sentence: names that the engine made are long. */
export function shortName(id: string): string {
  return /^[0-9a-f]{64}$/.test(id) ? id.slice(0, 12) : id;
}

function compare(column: VolumeColumn, a: VolumeModel, b: VolumeModel, sizes: Sizes): number {
  switch (column) {
    case 'size':
      return (sizes.get(a.id) ?? -1) - (sizes.get(b.id) ?? -1);
    case 'driver':
      return byText.compare(a.driver, b.driver);
    case 'use':
      return a.containers - b.containers;
    case 'created':
      return (b.createdMs ?? 0) - (a.createdMs ?? 0);
    case 'name':
    case 'actions':
      return byText.compare(a.id, b.id);
  }
}

/** The ids to show, in order. */
export function listVolumes(
  volumes: ReadonlyMap<string, VolumeModel>,
  text: string,
  which: WhichUse,
  column: VolumeColumn,
  ascending: boolean,
  sizes: Sizes = new Map(),
): string[] {
  const words = filterWords(text);
  const sign = ascending ? 1 : -1;
  return [...volumes.values()]
    .filter(
      (volume) =>
        fitsUse(volume, which) &&
        hasWords(`${volume.id} ${volume.driver} ${Object.keys(volume.labels).join(' ')}`, words),
    )
    .sort((a, b) => sign * compare(column, a, b, sizes) || byText.compare(a.id, b.id))
    .map((volume) => volume.id);
}

export interface VolumeUse {
  readonly container: ContainerModel;
  readonly destination: string;
  readonly readOnly: boolean;
}

/** The containers that mount a volume, and where. Engines name the source by the volume or by its folder. */
export function usersOf(volume: VolumeModel, containers: Iterable<ContainerModel>): VolumeUse[] {
  const uses: VolumeUse[] = [];
  for (const container of containers) {
    for (const mount of container.mounts) {
      if (mount.type !== 'volume') continue;
      if (mount.source !== volume.id && mount.source !== volume.mountpoint) continue;
      uses.push({ container, destination: mount.destination, readOnly: mount.readOnly });
    }
  }
  return uses.sort((a, b) => byText.compare(a.container.name, b.container.name));
}
