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

/** A container's place in a network. Addresses are empty while it has none. */
export interface EndpointModel {
  /** The network's id; empty when the engine does not tell it. */
  readonly id: string;
  readonly name: string;
  readonly address: string;
  readonly address6: string;
  readonly mac: string;
  /** What others on the network find it by, besides its name and its short id. */
  readonly aliases: readonly string[];
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
  readonly networks: readonly EndpointModel[];
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
  /** Of these, how much other images have, too; null when the engine does not tell. */
  readonly sharedBytes: number | null;
  /** How many containers use it. */
  readonly containers: number;
  readonly labels: Readonly<Record<string, string>>;
}

export interface VolumeModel {
  /** Its name. */
  readonly id: string;
  readonly driver: string;
  readonly mountpoint: string;
  /** null when the engine does not tell. */
  readonly createdMs: number | null;
  readonly labels: Readonly<Record<string, string>>;
  /** How many containers use it. */
  readonly containers: number;
}

export interface NetworkModel {
  readonly id: string;
  readonly name: string;
  readonly driver: string;
  readonly scope: string;
  readonly internal: boolean;
  /** Containers of a swarm may join. */
  readonly attachable: boolean;
  readonly ipv6: boolean;
  /** Where its addresses come from; what the engine does not tell is empty. */
  readonly pools: readonly { readonly subnet: string; readonly range: string; readonly gateway: string }[];
  /** The driver's. */
  readonly options: Readonly<Record<string, string>>;
  readonly createdMs: number | null;
  readonly labels: Readonly<Record<string, string>>;
  /** How many containers are on it. */
  readonly containers: number;
}

/** A long job. It belongs to the backend: windows come and go, its result is kept until it is forgotten. */
export interface TaskModel {
  readonly id: string;
  readonly kind: 'pull' | 'push' | 'build';
  /** What it works on: the reference of a pull or push, the first name of a build or its folder. */
  readonly subject: string;
  readonly state: 'running' | 'done' | 'failed' | 'cancelled';
  readonly startedMs: number;
  readonly endedMs: number | null;
  /** What the engine says of the job as a whole. */
  readonly status: string;
  /** Its parts that go on side by side: the layers of an image. Bytes; 0 when unknown. */
  readonly parts: readonly {
    readonly id: string;
    readonly status: string;
    readonly currentBytes: number;
    readonly totalBytes: number;
  }[];
  /** Why it failed, and what to do about it; else empty. */
  readonly error: string;
  readonly hint: string;
}

/** A terminal session. It belongs to the backend, which keeps the last of its output for whoever looks next. */
export interface TerminalModel {
  readonly id: string;
  readonly container: string;
  readonly kind: 'exec' | 'attach';
  /** As it was asked for; empty is the container's own shell. */
  readonly command: readonly string[];
  readonly user: string;
  readonly startedMs: number;
  /** Absent while it runs. */
  readonly ended?: {
    readonly endedMs: number;
    /** null when it is not known. */
    readonly exitCode: number | null;
    /** Why it ended when that was not the program's own doing; else empty. */
    readonly reason: string;
  };
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
  /** What it can beyond Docker's API, as `GET /berth/features` tells: `stats`, `log-search`. Empty for others' engines. */
  readonly features: readonly string[];
  /** We started it: its log can be shown, and it can be started again. */
  readonly keeper: boolean;
}

export interface Model {
  readonly engine: EngineModel;
  readonly containers: Readonly<Record<string, ContainerModel>>;
  readonly images: Readonly<Record<string, ImageModel>>;
  readonly volumes: Readonly<Record<string, VolumeModel>>;
  readonly networks: Readonly<Record<string, NetworkModel>>;
  readonly tasks: Readonly<Record<string, TaskModel>>;
  readonly terminals: Readonly<Record<string, TerminalModel>>;
}

/** What became of the entities of one kind. */
export interface EntityDiff<T> {
  readonly set: readonly T[];
  readonly remove: readonly string[];
}

/** A change of the model. The first one a window gets has `reset` and holds everything. */
export interface ModelDiff {
  /** Counts up by one per diff, per connection. */
  readonly sequence: number;
  readonly reset?: true;
  readonly engine?: EngineModel;
  readonly containers?: EntityDiff<ContainerModel>;
  readonly images?: EntityDiff<ImageModel>;
  readonly volumes?: EntityDiff<VolumeModel>;
  readonly networks?: EntityDiff<NetworkModel>;
  readonly tasks?: EntityDiff<TaskModel>;
  readonly terminals?: EntityDiff<TerminalModel>;
}
