// Mounts a user asks for: `--volume src:dst[:options]`, `--mount type=bind|tmpfs`, `--tmpfs`. Parsed and checked here,
// in Docker's words; named volumes are refused until there are any.
import path from 'node:path';
import { z } from 'zod';
import type { OciMount } from '../helper/spawn-requests.ts';
import { EngineError } from '../errors.ts';
import type { HostConfig, Mount, MountPoint } from '../types.ts';

/** A mount of a container, as its record keeps it. */
export const containerMountSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('bind'),
    source: z.string(),
    destination: z.string(),
    readOnly: z.boolean(),
    recursive: z.boolean(),
    propagation: z.string(),
    /** Options as they were written, for inspect. */
    mode: z.string(),
    /** A missing source becomes a folder (--volume); else it is an error (--mount). */
    createSource: z.boolean(),
  }),
  z.object({
    type: z.literal('tmpfs'),
    destination: z.string(),
    options: z.array(z.string()),
    readOnly: z.boolean(),
  }),
]);
export type ContainerMount = z.infer<typeof containerMountSchema>;

const propagations = new Set(['private', 'rprivate', 'shared', 'rshared', 'slave', 'rslave']);
/** SELinux labels and Docker Desktop's consistency: without meaning on this kind of host, for Docker too. */
const withoutMeaning = new Set(['z', 'Z', 'consistent', 'cached', 'delegated', 'default']);
const tmpfsFlags = new Set(
  [
    'ro rw suid nosuid dev nodev exec noexec sync async dirsync atime noatime diratime nodiratime relatime norelatime',
    'strictatime nostrictatime',
  ].flatMap((line) => line.split(' ')),
);
const tmpfsValues = new Set(['mode', 'size', 'uid', 'gid', 'nr_inodes', 'nr_blocks']);

/** All mounts of a HostConfig. Throws invalid or notImplemented. */
export function parseMounts(host: Pick<HostConfig, 'Binds' | 'Mounts' | 'Tmpfs'>): ContainerMount[] {
  const mounts = [
    ...host.Binds.map(parseBind),
    ...host.Mounts.map(parseMount),
    ...Object.entries(host.Tmpfs).map(([destination, options]) => parseTmpfs(destination, options)),
  ];
  const seen = new Set<string>();
  for (const mount of mounts) {
    if (seen.has(mount.destination)) throw invalid(`Duplicate mount point: ${mount.destination}`);
    seen.add(mount.destination);
  }
  return mounts;
}

/** `src:dst[:options]`. */
export function parseBind(spec: string): ContainerMount {
  const [source, destination, mode = '', more] = spec.split(':');
  if (source === undefined || destination === undefined || more !== undefined || source === '') {
    throw invalid(`invalid volume specification: '${spec}'`);
  }
  const target = checkDestination(destination, `invalid volume specification: '${spec}': `);
  if (!path.isAbsolute(source)) {
    if (!/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(source)) {
      throw invalid(
        `create ${source}: "${source}" includes invalid characters for a local volume name, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. If you intended to pass a host directory, use absolute path`,
      );
    }
    throw new EngineError('notImplemented', `a named volume (${source}) is not implemented yet`);
  }
  let readOnly = false;
  let propagation = 'rprivate';
  for (const option of mode === '' ? [] : mode.split(',')) {
    if (option === 'ro') readOnly = true;
    else if (propagations.has(option)) propagation = option;
    else if (option !== 'rw' && !withoutMeaning.has(option)) throw invalid(`invalid mode: ${mode}`);
  }
  return {
    type: 'bind',
    source: path.normalize(source),
    destination: target,
    readOnly,
    recursive: true,
    propagation,
    mode,
    createSource: true,
  };
}

function parseMount(mount: Mount): ContainerMount {
  const prefix = `invalid mount config for type "${mount.Type}": `;
  const foreign = (['BindOptions', 'VolumeOptions', 'ImageOptions', 'TmpfsOptions'] as const).find(
    (field) => mount[field] !== null && field.toLowerCase() !== `${mount.Type}options`,
  );
  if (foreign !== undefined) throw invalid(`${prefix}field ${foreign} must not be specified`);
  if (mount.Target === '') throw invalid(`${prefix}field Target must not be empty`);
  switch (mount.Type) {
    case 'bind': {
      const destination = checkDestination(mount.Target, prefix);
      if (mount.Source === '') throw invalid(`${prefix}field Source must not be empty`);
      if (!path.isAbsolute(mount.Source)) {
        throw invalid(`${prefix}invalid mount path: '${mount.Source}' mount path must be absolute`);
      }
      const options = mount.BindOptions;
      const propagation = options?.Propagation ?? '';
      if (propagation !== '' && !propagations.has(propagation)) {
        throw invalid(`${prefix}invalid propagation mode: ${propagation}`);
      }
      if (options?.ReadOnlyNonRecursive === true || options?.ReadOnlyForceRecursive === true) {
        throw new EngineError('notImplemented', 'the recursion of read-only mounts cannot be chosen yet');
      }
      return {
        type: 'bind',
        source: path.normalize(mount.Source),
        destination,
        readOnly: mount.ReadOnly,
        recursive: options?.NonRecursive !== true,
        propagation: propagation === '' ? 'rprivate' : propagation,
        mode: '',
        createSource: options?.CreateMountpoint === true,
      };
    }
    case 'tmpfs': {
      const destination = checkDestination(mount.Target, prefix);
      if (mount.Source !== '') throw invalid(`${prefix}field Source must not be specified`);
      const options = ['nosuid', 'nodev', 'noexec'];
      const tmpfs = mount.TmpfsOptions;
      if (tmpfs !== null) {
        if (tmpfs.SizeBytes > 0) options.push(`size=${String(tmpfs.SizeBytes)}`);
        if (tmpfs.Mode > 0) options.push(`mode=${tmpfs.Mode.toString(8)}`);
        for (const option of tmpfs.Options) applyTmpfsOption(options, option.join('='), prefix);
      }
      return { type: 'tmpfs', destination, options, readOnly: mount.ReadOnly };
    }
    case 'volume':
    case 'image':
    case 'cluster':
    case 'npipe':
      throw new EngineError('notImplemented', `a mount of type ${mount.Type} is not implemented yet`);
    default:
      throw invalid(`mount type unknown: "${mount.Type}"`);
  }
}

function parseTmpfs(destination: string, text: string): ContainerMount {
  const options = ['nosuid', 'nodev', 'noexec'];
  for (const option of text.split(',')) if (option !== '') applyTmpfsOption(options, option, '');
  return {
    type: 'tmpfs',
    destination: checkDestination(destination, ''),
    options,
    readOnly: options.includes('ro'),
  };
}

/** Adds an option; one that says the opposite of what is there replaces it. */
function applyTmpfsOption(options: string[], option: string, prefix: string): void {
  const [name = '', value] = option.split('=');
  const known = value === undefined ? tmpfsFlags.has(name) : tmpfsValues.has(name);
  if (!known || (value !== undefined && !/^[0-9]+[kKmMgG%]?$/.test(value))) {
    throw invalid(`${prefix}invalid tmpfs option ["${option}"]`);
  }
  const opposite = name.startsWith('no') ? name.slice(2) : `no${name}`;
  const at = options.findIndex((other) => other === opposite || other.split('=')[0] === name);
  if (at >= 0) options.splice(at, 1);
  options.push(option);
}

/** The mount for berth-spawn. */
export function ociMount(mount: ContainerMount): OciMount {
  if (mount.type === 'tmpfs') {
    const options =
      mount.readOnly && !mount.options.includes('ro') ? [...mount.options, 'ro'] : mount.options;
    return { destination: mount.destination, type: 'tmpfs', source: 'tmpfs', options };
  }
  return {
    destination: mount.destination,
    type: 'bind',
    source: mount.source,
    options: [mount.recursive ? 'rbind' : 'bind', mount.readOnly ? 'ro' : 'rw', mount.propagation],
  };
}

/** The mount as inspect shows it. */
export function mountPoint(mount: ContainerMount): MountPoint {
  return {
    Type: mount.type,
    Source: mount.type === 'bind' ? mount.source : '',
    Destination: mount.destination,
    Mode: mount.type === 'bind' ? mount.mode : '',
    RW: !mount.readOnly,
    Propagation: mount.type === 'bind' ? mount.propagation : '',
  };
}

function checkDestination(destination: string, prefix: string): string {
  if (!path.isAbsolute(destination)) {
    throw invalid(`${prefix}invalid mount path: '${destination}' mount path must be absolute`);
  }
  const clean = path.normalize(destination).replace(/(.)\/+$/, '$1');
  if (clean === '/') throw invalid(`${prefix}invalid specification: destination can't be '/'`);
  return clean;
}

function invalid(message: string): EngineError {
  return new EngineError('invalid', message);
}
