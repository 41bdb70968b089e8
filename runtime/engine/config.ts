// What an engine is told at its start, and the names it may use in the kernel.
// Every name derives from the instance, so that several engines live side by side on one machine.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The engine's options, in dockerd's terms. */
export interface EngineConfig {
  /** Durable state: images, layers, containers, volumes. Default `/var/lib/berth`. */
  readonly dataRoot: string;
  /** State of this boot: sockets, exit records, intents. Default `/run/berth`. */
  readonly execRoot: string;
  /** Where the API listens: `unix:///path`. */
  readonly hosts: readonly string[];
  /** Mirrors of Docker Hub, `http://host:port`, asked in order before Docker Hub itself. */
  readonly registryMirrors: readonly string[];
  /** `host[:port]` of registries that may be reached over plain HTTP or with an unknown certificate. */
  readonly insecureRegistries: readonly string[];
  /** The default bridge's own address, `172.17.0.1/16`; undefined lets the engine choose a free one. */
  readonly bip: string | undefined;
  /** Least level that is logged. */
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
}

export const defaultDataRoot = '/var/lib/berth';
export const defaultExecRoot = '/run/berth';

/** Names of one engine's objects in the kernel. */
export interface InstanceNames {
  /** `berth` for the default exec-root, else `berth-<6 hex>` of its path. */
  readonly instance: string;
  /** Default bridge; at most 15 bytes (IFNAMSIZ). */
  readonly bridge: string;
  /** The nft table that holds all our rules. */
  readonly nftTable: string;
  /** Parent of the containers' cgroups, relative to each hierarchy's root. */
  readonly cgroupParent: string;
}

/** The names an engine with this exec-root uses. */
export function instanceNames(execRoot: string): InstanceNames {
  const root = path.resolve(execRoot);
  if (root === defaultExecRoot) {
    return { instance: 'berth', bridge: 'berth0', nftTable: 'berth', cgroupParent: '/berth' };
  }
  const tag = createHash('sha256').update(root).digest('hex').slice(0, 6);
  return {
    instance: `berth-${tag}`,
    bridge: `berth-${tag}`,
    nftTable: `berth_${tag}`,
    cgroupParent: `/berth-${tag}`,
  };
}

/** The folder that holds the compiled helper programs `berth-spawn`, `berth-monitor` and `berth-worker`. */
export function helperFolder(): string {
  const named = process.env['BERTH_HELPER'];
  if (named !== undefined && named !== '') return named;
  const here = path.dirname(fileURLToPath(import.meta.url));
  // Bundled into dist/, or run from the sources in runtime/engine/.
  const candidates = [path.join(here, '../runtime/helper/build'), path.join(here, '../helper/build')];
  return candidates.find((folder) => existsSync(folder)) ?? path.join(here, '../helper/build');
}
