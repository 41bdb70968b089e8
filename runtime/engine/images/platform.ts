// Platforms, `linux/arm64/v8`: parsing what a client asks for and choosing an index's best entry for it.
import { EngineError } from '../errors.ts';
import type { ImagePlatform } from '../services.ts';
import type { Descriptor, ManifestIndex } from './image-manifest.ts';

export interface Platform extends ImagePlatform {
  readonly variant?: string;
}

const architectureNames: ReadonlyMap<string, string> = new Map([
  ['x86_64', 'amd64'],
  ['x86-64', 'amd64'],
  ['x64', 'amd64'],
  ['aarch64', 'arm64'],
  ['armhf', 'arm'],
  ['ia32', '386'],
  ['i386', '386'],
  ['i686', '386'],
]);

/** The machine's own platform. */
export function hostPlatform(): Platform {
  const architecture = normalArchitecture(process.arch);
  return { os: 'linux', architecture, ...(architecture === 'arm' ? { variant: 'v7' } : {}) };
}

/** Parses `os/architecture[/variant]`, `architecture` or `os`, in Docker's error words. */
export function parsePlatform(text: string): Platform {
  const parts = text.toLowerCase().split('/');
  const [first = '', second, variant] = parts;
  if (parts.length > 3) {
    throw new EngineError(
      'invalid',
      `${JSON.stringify(text)}: cannot parse platform specifier: invalid argument`,
    );
  }
  if (parts.some((part) => !/^[a-z0-9_.-]+$/.test(part))) {
    throw new EngineError(
      'invalid',
      `${JSON.stringify(text)}: unknown operating system or architecture: invalid argument`,
    );
  }
  if (second === undefined) {
    if (first === 'linux') return hostPlatform();
    return { os: 'linux', architecture: normalArchitecture(first) };
  }
  return {
    os: first,
    architecture: normalArchitecture(second),
    ...(variant === undefined ? {} : { variant }),
  };
}

/** `linux/arm64/v8`. */
export function formatPlatform(platform: ImagePlatform): string {
  const { os, architecture, variant } = platform;
  return [os, architecture, variant].filter((part) => part !== undefined).join('/');
}

/**
 * The entry of an index that runs on `wanted`, best variant first; an entry without a platform is the last resort.
 * Throws notFound in Docker's words.
 */
export function selectManifest(index: ManifestIndex, wanted: ImagePlatform): Descriptor {
  let best: { entry: Descriptor; rank: number } | undefined;
  for (const entry of index.manifests) {
    const rank =
      entry.platform === null || entry.platform === undefined ? 100 : rankOf(entry.platform, wanted);
    if (rank !== undefined && (best === undefined || rank < best.rank)) best = { entry, rank };
  }
  if (best !== undefined) return best.entry;
  throw new EngineError(
    'notFound',
    `no matching manifest for ${formatPlatform(wanted)} in the manifest list entries`,
  );
}

/** Whether what was made for `offered` runs where `wanted` is asked for. */
export function runsOn(offered: ImagePlatform, wanted: ImagePlatform): boolean {
  return rankOf(offered, { ...wanted, architecture: normalArchitecture(wanted.architecture) }) !== undefined;
}

/** 0 is exact, larger is worse, undefined does not run. An ARM core also runs what is made for older ones. */
function rankOf(offered: ImagePlatform, wanted: ImagePlatform): number | undefined {
  if (offered.os !== wanted.os || normalArchitecture(offered.architecture) !== wanted.architecture) {
    return undefined;
  }
  const have = variantNumber(offered.architecture, offered.variant);
  const want = variantNumber(wanted.architecture, wanted.variant);
  if (have === undefined || want === undefined) return offered.variant === wanted.variant ? 0 : undefined;
  return have <= want ? want - have : undefined;
}

function variantNumber(architecture: string, variant: string | undefined): number | undefined {
  const byDefault: Record<string, string> = { arm64: 'v8', aarch64: 'v8', arm: 'v7', amd64: 'v1' };
  const text = variant === undefined || variant === '' ? byDefault[architecture] : variant;
  const match = /^v?([0-9]{1,2})$/.exec(text ?? 'v0');
  return match?.[1] === undefined ? undefined : Number(match[1]);
}

function normalArchitecture(name: string): string {
  return architectureNames.get(name) ?? name;
}
