// How a worker is to see a container's files: the overlay or, while it runs, the root of its first process, and the binds and volumes
// that Docker shows over it, of a stopped container too. Pure.
import type { FileView, FileViewMount } from '../helper/file-worker.ts';
import type { RunnableImage } from '../services.ts';
import type { MountSources } from './container-mounts.ts';
import type { Container } from './container.ts';
import { parseNetworkMode } from './network-mode.ts';
import type { Surroundings } from './surroundings.ts';

/** What is made for each container and mounted below /etc. */
const ownFiles = ['resolv.conf', 'hostname', 'hosts'];

/** The document for a view of a container. What is mounted, from `sources`, is left out where only its own files count. */
export function fileView(
  around: Pick<Surroundings, 'folders' | 'images'>,
  container: Container,
  image: Pick<RunnableImage, 'lower'>,
  sources: MountSources | undefined,
): FileView {
  const { folders, images } = around;
  const { record } = container;
  const folder = folders.container(record.id);
  return {
    id: record.id,
    ...(container.running ? { pid: record.state.pid } : {}),
    point: folders.rooms,
    layers: images.layersFolder,
    lower: image.lower,
    init: `${folder}/init`,
    upper: `${folder}/upper`,
    work: `${folder}/work`,
    readOnly: record.hostConfig.ReadonlyRootfs,
    mounts: sources === undefined ? [] : shownMounts(around, container, sources),
    files: ownFiles.map((name) => `/etc/${name}`),
    folders: [
      ...['/proc', '/sys', '/dev'],
      ...record.mounts
        .filter(({ type }) => type === 'tmpfs' || (type === 'image' && sources === undefined))
        .map(({ destination }) => destination),
    ],
  };
}

function shownMounts(
  { folders }: Pick<Surroundings, 'folders'>,
  { record }: Container,
  sources: MountSources,
): FileViewMount[] {
  const chosen = new Set(record.mounts.map(({ destination }) => destination));
  const mode = parseNetworkMode(record.hostConfig.NetworkMode);
  const owner = folders.container(mode.type === 'container' ? mode.container : record.id);
  const own = ownFiles.map((name): FileViewMount => ({
    source: `${owner}/${name}`,
    destination: `/etc/${name}`,
    readOnly: false,
    recursive: false,
  }));
  const mounts = record.mounts
    // Parents before what is mounted inside them.
    .toSorted((a, b) => a.destination.split('/').length - b.destination.split('/').length)
    .flatMap((mount): FileViewMount[] => {
      if (mount.type === 'volume') {
        const { destination, readOnly, subpath } = mount;
        const below = subpath === '' ? {} : { subpath };
        return [{ source: sources.volume(mount.name), ...below, destination, readOnly, recursive: true }];
      }
      if (mount.type === 'image') {
        const { destination, subpath } = mount;
        const { layers, lower, empty } = sources.image(mount.imageId);
        const below = subpath === '' ? {} : { subpath };
        return [{ source: layers, lower, empty, ...below, destination, readOnly: true, recursive: false }];
      }
      if (mount.type !== 'bind') return [];
      const { source, destination, readOnly, recursive } = mount;
      return [{ source, destination, readOnly, recursive }];
    });
  return [...own.filter(({ destination }) => !chosen.has(destination)), ...mounts];
}
