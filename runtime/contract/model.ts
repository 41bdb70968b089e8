// The live model: what the UI shows. One copy in the backend, kept by events, pushed to every window as
// one snapshot and then as diffs. Plain data only.

export type ContainerState = 'created' | 'running' | 'paused' | 'restarting' | 'removing' | 'exited' | 'dead';

export interface PortBinding {
  readonly protocol: 'tcp' | 'udp' | 'sctp';
  readonly containerPort: number;
  /** Absent when the port is exposed but not published. */
  readonly hostIp?: string;
  readonly hostPort?: number;
}

export interface MountSummary {
  readonly type: string;
  readonly source: string;
  readonly destination: string;
  readonly readOnly: boolean;
}

export interface ContainerModel {
  /** 64 hex digits. */
  readonly id: string;
  /** Without the leading slash. */
  readonly name: string;
  readonly image: string;
  readonly imageId: string;
  readonly command: string;
  readonly createdMs: number;
  readonly state: ContainerState;
  /** Meaningful when `state` is exited. */
  readonly exitCode: number | null;
  readonly health: 'none' | 'starting' | 'healthy' | 'unhealthy';
  readonly startedMs: number | null;
  readonly finishedMs: number | null;
  readonly tty: boolean;
  readonly ports: readonly PortBinding[];
  readonly mounts: readonly MountSummary[];
  readonly networks: readonly { readonly name: string; readonly address: string }[];
  readonly labels: Readonly<Record<string, string>>;
  /** What the engine said when the last start failed, else empty. */
  readonly error: string;
}

export interface ImageModel {
  /** `sha256:<hex>`. */
  readonly id: string;
  /** `name:tag`; empty for a dangling image. */
  readonly tags: readonly string[];
  readonly createdMs: number;
  readonly sizeBytes: number;
  /** How many containers use it. */
  readonly containers: number;
  readonly labels: Readonly<Record<string, string>>;
}

/** What is known of the engine. `reason` is a sentence whenever the state is not `running`. */
export interface EngineModel {
  readonly state: 'connecting' | 'running' | 'hung' | 'down' | 'denied';
  readonly reason: string;
  /** When this state began, ms since the epoch. */
  readonly sinceMs: number;
  /** Where it is: `unix:///run/berth/berth.sock`. */
  readonly endpoint: string;
  /** Whose it is: `Berth`, `Docker`. Empty until known. */
  readonly product: string;
  readonly version: string;
  readonly apiVersion: string;
  readonly cpus: number;
  readonly memoryBytes: number;
}

export interface Model {
  readonly engine: EngineModel;
  readonly containers: Readonly<Record<string, ContainerModel>>;
  readonly images: Readonly<Record<string, ImageModel>>;
}

/** A change of the model. The first one a window gets has `reset` and holds everything. */
export interface ModelDiff {
  /** Counts up by one per diff, per connection. */
  readonly sequence: number;
  readonly reset?: true;
  readonly engine?: EngineModel;
  readonly containers?: { readonly set: readonly ContainerModel[]; readonly remove: readonly string[] };
  readonly images?: { readonly set: readonly ImageModel[]; readonly remove: readonly string[] };
}
