// Mounts as a user asks for them: `--volume [src:]dst[:options]`, `--mount`, `--tmpfs`, `--volumes-from`. Parsed and checked here, in
// Docker's words. Pure: volumes and images are found, or made, by container-volumes.ts.
import path from 'node:path';
import { EngineError } from '../errors.ts';
import type { HostConfig, Mount, UntrustedMap } from '../types.ts';
import type { ContainerMount, ImageMount, VolumeMount } from './container-mounts.ts';

/** A volume to be found or made. */
export interface VolumeRequest extends Omit<VolumeMount, 'anonymous'> {
  readonly driver: string;
  readonly options: UntrustedMap<string> | null;
  readonly labels: UntrustedMap<string> | null;
}
/** An image to be found. */
export type ImageRequest = Omit<ImageMount, 'imageId'>;
export type MountRequest =
  Exclude<ContainerMount, { type: 'volume' | 'image' }> | VolumeRequest | ImageRequest;

const propagations = new Set(['private', 'rprivate', 'shared', 'rshared', 'slave', 'rslave']);
/** Docker Desktop's consistency: without meaning on this kind of host, for Docker too. */
const consistencies = new Set(['consistent', 'cached', 'delegated', 'default']);
const tmpfsFlags = new Set(
  [
    'ro rw suid nosuid dev nodev exec noexec sync async dirsync atime noatime diratime nodiratime relatime norelatime',
    'strictatime nostrictatime',
  ].flatMap((line) => line.split(' ')),
);
const tmpfsValues = new Set(['mode', 'size', 'uid', 'gid', 'nr_inodes', 'nr_blocks']);

type MountFields = Pick<HostConfig, 'Binds' | 'Mounts' | 'Tmpfs' | 'VolumeDriver'>;

/** All mounts of a HostConfig. Throws invalid or notImplemented. */
export function parseMounts(host: MountFields): MountRequest[] {
  const mounts = [
    ...host.Binds.map((spec) => parseBind(spec, host.VolumeDriver)),
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

/** `container[:ro|rw]` of --volumes-from. */
export function parseVolumesFrom(spec: string): { readonly container: string; readonly readOnly: boolean } {
  const colon = spec.indexOf(':');
  const container = colon < 0 ? spec : spec.slice(0, colon);
  if (spec === '') throw invalid('volumes-from specification cannot be an empty string');
  if (container === '') throw invalid(`invalid volumes-from specification: '${spec}'`);
  if (colon < 0) return { container, readOnly: false };
  const { readOnly, copies, propagation } = parseMode(spec.slice(colon + 1));
  // Docker: these say nothing of a mount that is taken over.
  if (copies !== undefined || propagation !== undefined)
    throw invalid(`invalid mode: ${spec.slice(colon + 1)}`);
  return { container, readOnly };
}

/** A place that an image or a user declares a volume without saying more. Always inside the container (CVE-2022-23648). */
export function declaredVolume(folder: string, driver: string): VolumeRequest {
  const destination = checkDestination(path.posix.join('/', folder), '');
  return { ...plainVolume, name: '', destination, mode: '', driver };
}

const plainVolume = {
  type: 'volume',
  readOnly: false,
  subpath: '',
  copies: true,
  options: null,
  labels: null,
} as const;

/** `dst`, or `src:dst[:options]`. */
export function parseBind(spec: string, driver = ''): MountRequest {
  const wrong = `invalid volume specification: '${spec}'`;
  const parts = spec.split(':');
  const [source = '', destination = '', mode = ''] = parts.length === 1 ? ['', spec] : parts;
  if (parts.length > 3 || parts[0] === '') throw invalid(wrong);
  if (parts.length === 2 && isMode(destination)) throw invalid(wrong);
  const parsed = parseMode(mode);
  if (!path.isAbsolute(source)) {
    const prefix = `${wrong}: invalid mount config for type "volume": `;
    if (parsed.propagation !== undefined) throw invalid(`${prefix}field BindOptions must not be specified`);
    return {
      ...plainVolume,
      name: source,
      destination: checkDestination(destination, prefix),
      readOnly: parsed.readOnly,
      mode: mode === '' ? 'z' : mode, // as Docker shows one of the local driver
      copies: parsed.copies ?? true,
      driver,
    };
  }
  return {
    type: 'bind',
    source: path.normalize(source),
    destination: checkDestination(destination, `${wrong}: invalid mount config for type "bind": `),
    readOnly: parsed.readOnly,
    recursive: true,
    readOnlyAlone: false,
    propagation: parsed.propagation ?? 'rprivate',
    mode,
    createSource: true,
  };
}

interface Mode {
  readonly readOnly: boolean;
  readonly copies: boolean | undefined;
  readonly propagation: string | undefined;
}

/** Options behind the second colon; at most one of each kind. */
function parseMode(mode: string): Mode {
  let access: string | undefined;
  let label: string | undefined;
  let copy: string | undefined;
  let propagation: string | undefined;
  let consistency: string | undefined;
  const once = (held: string | undefined, option: string): string => {
    if (held !== undefined) throw invalid(`invalid mode: ${mode}`);
    return option;
  };
  for (const option of mode === '' ? [] : mode.split(',')) {
    if (option === 'ro' || option === 'rw') access = once(access, option);
    else if (option === 'z' || option === 'Z') label = once(label, option);
    else if (option === 'nocopy') copy = once(copy, option);
    else if (propagations.has(option)) propagation = once(propagation, option);
    else if (consistencies.has(option)) consistency = once(consistency, option);
    else throw invalid(`invalid mode: ${mode}`);
  }
  return { readOnly: access === 'ro', copies: copy === undefined ? undefined : false, propagation };
}

function isMode(text: string): boolean {
  try {
    parseMode(text);
    return text !== '';
  } catch {
    return false;
  }
}

function parseMount(mount: Mount): MountRequest {
  const prefix = `invalid mount config for type "${mount.Type}": `;
  const foreign = (['BindOptions', 'VolumeOptions', 'ImageOptions', 'TmpfsOptions'] as const).find(
    (field) => mount[field] !== null && field.toLowerCase() !== `${mount.Type}options`,
  );
  if (foreign !== undefined) throw invalid(`${prefix}field ${foreign} must not be specified`);
  if (mount.Target === '') throw invalid(`${prefix}field Target must not be empty`);
  switch (mount.Type) {
    case 'bind':
      return bindOf(mount, prefix);
    case 'volume':
      return volumeOf(mount, prefix);
    case 'image':
      return imageOf(mount, prefix);
    case 'tmpfs':
      return tmpfsOf(mount, prefix);
    case 'cluster':
    case 'npipe':
      throw new EngineError('notImplemented', `a mount of type ${mount.Type} is not implemented yet`);
    default:
      throw invalid(`${prefix}mount type unknown`);
  }
}

function bindOf(mount: Mount, prefix: string): MountRequest {
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
  const alone = options?.ReadOnlyNonRecursive === true;
  const forced = options?.ReadOnlyForceRecursive === true;
  const conflict = (what: string): EngineError => invalid(`${prefix}mount options conflict: ${what}`);
  if (alone && !mount.ReadOnly) throw conflict('!ReadOnly && BindOptions.ReadOnlyNonRecursive');
  if (forced && !mount.ReadOnly) throw conflict('!ReadOnly && BindOptions.ReadOnlyForceRecursive');
  if (alone && forced) throw conflict('ReadOnlyNonRecursive && BindOptions.ReadOnlyForceRecursive');
  return {
    type: 'bind',
    source: path.normalize(mount.Source),
    destination,
    readOnly: mount.ReadOnly,
    recursive: options?.NonRecursive !== true,
    readOnlyAlone: alone,
    propagation: propagation === '' ? 'rprivate' : propagation,
    mode: '',
    createSource: options?.CreateMountpoint === true,
  };
}

function volumeOf(mount: Mount, prefix: string): VolumeRequest {
  const destination = checkDestination(mount.Target, prefix);
  const options = mount.VolumeOptions;
  const subpath = checkSubpath(options?.Subpath ?? '', prefix, 'volume');
  const isAnonymous = mount.Source === '';
  if (isAnonymous && subpath !== '') {
    throw invalid(`${prefix}must not set Subpath when using anonymous volumes`);
  }
  if (isAnonymous && mount.ReadOnly) {
    throw invalid(`${prefix}must not set ReadOnly mode when using anonymous volumes`);
  }
  const asked = Object.keys(options?.DriverConfig?.Options ?? {}).length > 0;
  return {
    ...plainVolume,
    name: mount.Source,
    destination,
    readOnly: mount.ReadOnly,
    mode: 'z', // as Docker shows one of the local driver
    subpath,
    copies: options?.NoCopy !== true && subpath === '',
    driver: options?.DriverConfig?.Name ?? '',
    options: asked ? (options?.DriverConfig?.Options ?? null) : null,
    labels: options?.Labels ?? null,
  };
}

function imageOf(mount: Mount, prefix: string): ImageRequest {
  const destination = checkDestination(mount.Target, prefix);
  if (mount.Source === '') throw invalid(`${prefix}field Source must not be empty`);
  const subpath = checkSubpath(mount.ImageOptions?.Subpath ?? '', prefix, 'image');
  return { type: 'image', source: mount.Source, destination, subpath };
}

function tmpfsOf(mount: Mount, prefix: string): MountRequest {
  const destination = checkDestination(mount.Target, prefix);
  if (mount.Source !== '') throw invalid(`${prefix}field Source must not be specified`);
  const options = ['nosuid', 'nodev', 'noexec'];
  const tmpfs = mount.TmpfsOptions;
  if (tmpfs !== null) {
    if (tmpfs.SizeBytes > 0) options.push(`size=${String(tmpfs.SizeBytes)}`);
    if (tmpfs.Mode > 0) options.push(`mode=${tmpfs.Mode.toString(8)}`);
    for (const option of tmpfs.Options) applyTmpfsOption(options, option.join('='), prefix);
  }
  return { type: 'tmpfs', destination, options, readOnly: mount.ReadOnly, listed: true };
}

function parseTmpfs(destination: string, text: string): MountRequest {
  const options = ['nosuid', 'nodev', 'noexec'];
  for (const option of text.split(',')) if (option !== '') applyTmpfsOption(options, option, '');
  return {
    type: 'tmpfs',
    destination: checkDestination(destination, ''),
    options,
    readOnly: options.includes('ro'),
    listed: false,
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

function checkDestination(destination: string, prefix: string): string {
  if (!path.isAbsolute(destination) || destination.includes('\0')) {
    throw invalid(`${prefix}invalid mount path: '${destination}' mount path must be absolute`);
  }
  const clean = path.normalize(destination).replace(/(.)\/+$/, '$1');
  if (clean === '/') throw invalid(`${prefix}invalid specification: destination can't be '/'`);
  return clean;
}

/** Only a path that stays where it begins, by its words; what links make of it is seen as it is mounted. */
function checkSubpath(subpath: string, prefix: string, what: 'volume' | 'image'): string {
  if (subpath === '') return '';
  const clean = path.posix.normalize(subpath).replace(/(.)\/+$/, '$1');
  if (path.isAbsolute(subpath) || clean === '..' || clean.startsWith('../') || subpath.includes('\0')) {
    throw invalid(`${prefix}subpath must be a relative path within the ${what}`);
  }
  return clean === '.' ? '' : clean;
}

function invalid(message: string): EngineError {
  return new EngineError('invalid', message);
}
