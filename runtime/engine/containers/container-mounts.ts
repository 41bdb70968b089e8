// Mounts of a container: as its record keeps them, as berth-spawn makes them, as inspect shows them. What a user writes is parsed in
// mount-requests.ts.
import { z } from 'zod';
import type { OciMount } from '../helper/spawn-requests.ts';
import type { MountPoint } from '../types.ts';

/** A mount of a container, as its record keeps it. */
export const containerMountSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('bind'),
    source: z.string(),
    destination: z.string(),
    readOnly: z.boolean(),
    recursive: z.boolean(),
    /** Read-only is only the mount itself, not what is mounted below it. */
    readOnlyAlone: z.boolean().default(false),
    propagation: z.string(),
    /** Options as they were written, for inspect. */
    mode: z.string(),
    /** A missing source becomes a folder (--volume); else it is an error (--mount). */
    createSource: z.boolean(),
  }),
  z.object({
    type: z.literal('volume'),
    name: z.string(),
    destination: z.string(),
    readOnly: z.boolean(),
    mode: z.string(),
    /** What of the volume is mounted, relative; empty is all of it. */
    subpath: z.string(),
    /** It has what the image has in its place when it is empty. */
    copies: z.boolean(),
    /** Nobody named it: it may go with the container. */
    anonymous: z.boolean(),
  }),
  z.object({
    type: z.literal('image'),
    /** `sha256:<hex>`. */
    imageId: z.string(),
    /** As it was written. */
    source: z.string(),
    destination: z.string(),
    subpath: z.string(),
  }),
  z.object({
    type: z.literal('tmpfs'),
    destination: z.string(),
    options: z.array(z.string()),
    readOnly: z.boolean(),
    /** Docker shows those of --mount, not those of --tmpfs. */
    listed: z.boolean().default(false),
  }),
]);
export type ContainerMount = z.infer<typeof containerMountSchema>;
export type BindMount = Extract<ContainerMount, { type: 'bind' }>;
export type VolumeMount = Extract<ContainerMount, { type: 'volume' }>;
export type ImageMount = Extract<ContainerMount, { type: 'image' }>;

/** Where the files are of what is not a folder of the host. */
export interface MountSources {
  /** Of a volume. */
  volume(name: string): string;
  /** Of an image: the folder of all layers, this one's layers in it, top first, and an empty folder. */
  image(imageId: string): {
    readonly layers: string;
    readonly lower: readonly string[];
    readonly empty: string;
  };
}

/** The mount for berth-spawn. */
export function ociMount(mount: ContainerMount, sources: MountSources): OciMount {
  const { destination } = mount;
  switch (mount.type) {
    case 'tmpfs': {
      const isMarked = !mount.readOnly || mount.options.includes('ro');
      const options = isMarked ? mount.options : [...mount.options, 'ro'];
      return { destination, type: 'tmpfs', source: 'tmpfs', options };
    }
    case 'image': {
      const { layers, lower, empty } = sources.image(mount.imageId);
      const subpath = mount.subpath === '' ? {} : { subpath: mount.subpath };
      return {
        destination,
        type: 'image',
        source: layers,
        lower,
        empty,
        ...subpath,
        options: ['ro', 'rprivate'],
      };
    }
    case 'volume': {
      const subpath = mount.subpath === '' ? {} : { subpath: mount.subpath };
      const options = ['rbind', mount.readOnly ? 'rro' : 'rw', 'rprivate'];
      return { destination, type: 'bind', source: sources.volume(mount.name), ...subpath, options };
    }
    case 'bind': {
      const readOnly = mount.readOnlyAlone ? 'ro' : 'rro';
      const options = [
        mount.recursive ? 'rbind' : 'bind',
        mount.readOnly ? readOnly : 'rw',
        mount.propagation,
      ];
      return { destination, type: 'bind', source: mount.source, options };
    }
  }
}

/** The mounts that inspect shows. */
export function mountPoints(
  mounts: readonly ContainerMount[],
  volumeFolder: (name: string) => string,
): MountPoint[] {
  return mounts.flatMap((mount): MountPoint[] => {
    const common = { Destination: mount.destination, Mode: '', RW: true, Propagation: '' };
    switch (mount.type) {
      case 'bind': {
        const { source, mode, readOnly, propagation } = mount;
        return [
          { ...common, Type: 'bind', Source: source, Mode: mode, RW: !readOnly, Propagation: propagation },
        ];
      }
      case 'volume': {
        const { name, mode, readOnly } = mount;
        const Source = volumeFolder(name);
        return [
          { Type: 'volume', Name: name, Source, Driver: 'local', ...common, Mode: mode, RW: !readOnly },
        ];
      }
      case 'image':
        return [{ Type: 'image', Name: mount.source, Source: '', ...common, RW: false }];
      case 'tmpfs':
        return mount.listed ? [{ Type: 'tmpfs', Source: '', ...common, RW: !mount.readOnly }] : [];
    }
  });
}
