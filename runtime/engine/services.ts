// What the API asks of the engine: pure interfaces, one per resource, apart from their implementations.
// Values have the shape of the newest API version (1.51); the API layer takes back what an older one lacks.
import type {
  Node as SwarmNode,
  NodeUpdateBody,
  Swarm as SwarmInspect,
  SwarmInfo,
  SwarmInitBody,
  SwarmJoinBody,
  SwarmSpec,
} from './swarm/swarm-types.ts';
import type { Duplex, Readable } from 'node:stream';
import type { BuildService } from './build/build-service.ts';
import type { BuildImages } from './images/image-build.ts';
import type { Sessions } from './session/sessions.ts';
import type {
  ContainerConfig,
  ContainerCreateBody,
  ContainerInspect,
  ContainerStats,
  ContainerSummary,
  ContainerTop,
  ContainerUpdateBody,
  EndpointSettings,
  EventMessage,
  ExecCreateBody,
  ExecInspect,
  ImageDeleteItem,
  ImageHistoryItem,
  ImageInspect,
  ImageSummary,
  NetworkCreateBody,
  NetworkInspect,
  SystemInfo,
  Volume,
  VolumeCreateBody,
} from './types.ts';

/** Docker's filters: a name and the values asked for; parsed from JSON into a Map, never an object. */
export type Filters = ReadonlyMap<string, readonly string[]>;

/** A registry credential, as `X-Registry-Auth` carries it. Used for one request and forgotten. */
export interface RegistryAuth {
  readonly username?: string;
  readonly password?: string;
  readonly identityToken?: string;
  readonly serverAddress?: string;
}

/** One line of a pull's, load's or push's progress stream, in Docker's form. */
export interface ProgressMessage {
  readonly status?: string;
  readonly id?: string;
  readonly progressDetail?: { current?: number; total?: number };
  readonly progress?: string;
  readonly stream?: string;
  readonly aux?: unknown;
}

/** What a client wants of a container's or exec's streams. */
export interface AttachRequest {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  /** Send the log so far first. */
  readonly logs: boolean;
  /** Stay attached; without it only the log so far is sent. */
  readonly stream: boolean;
  readonly detachKeys: string | undefined;
  /** Output in Docker's frames; without them stdout and stderr are one, as from a TTY. */
  readonly framed: boolean;
}

/** What a client wants of a log. Times are nanoseconds since the epoch. */
export interface LogRequest {
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly follow: boolean;
  readonly timestamps: boolean;
  /** Say the attributes of each record. */
  readonly details: boolean;
  /** Number of last lines; undefined is all. */
  readonly tail: number | undefined;
  readonly since: bigint | undefined;
  readonly until: bigint | undefined;
}

/** What a client looks for in a log. Times are nanoseconds since the epoch. */
export interface LogSearchRequest {
  readonly query: string;
  readonly regex: boolean;
  readonly ignoreCase: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly since: bigint | undefined;
  readonly until: bigint | undefined;
  /** So many matches, the newest. */
  readonly limit: number;
  /** Only what is before this match: its `position`. */
  readonly before: { readonly file: bigint; readonly offset: bigint } | undefined;
}

/** Output to send: Docker frames (multiplexed), or raw bytes when the process has a TTY. */
export interface OutputStream {
  readonly tty: boolean;
  readonly stream: Readable;
}

export interface ListContainersRequest {
  readonly all: boolean;
  readonly limit: number | undefined;
  readonly filters: Filters;
}

/** How a client wants statistics: on and on, once with a second to compare with, or once at once. */
export interface StatsRequest {
  readonly stream: boolean;
  readonly oneShot: boolean;
}

export interface ContainerService {
  /** Throws notFound "No such image: x:y" when the image is not there; conflict when the name is taken. */
  create(name: string | undefined, body: ContainerCreateBody): Promise<{ Id: string; Warnings: string[] }>;
  /** `nameOrId`: full id, unambiguous prefix, or name with or without its slash. */
  start(nameOrId: string, detachKeys?: string): Promise<void>;
  /** `timeoutSeconds`: undefined takes the container's own; negative waits for ever. notModified when not running. */
  stop(nameOrId: string, signal: string | undefined, timeoutSeconds: number | undefined): Promise<void>;
  restart(nameOrId: string, signal: string | undefined, timeoutSeconds: number | undefined): Promise<void>;
  kill(nameOrId: string, signal: string): Promise<void>;
  /** Resolves as the condition is met. `ready` is called once the wait is registered, so that headers can be sent. */
  wait(
    nameOrId: string,
    condition: 'not-running' | 'next-exit' | 'removed',
    ready: () => void,
    signal: AbortSignal,
  ): Promise<{ StatusCode: number; Error?: { Message: string } }>;
  /** Zero and empty leave a field as it is. Throws invalid before it looks for the container, conflict after. */
  update(nameOrId: string, body: ContainerUpdateBody): Promise<{ Warnings: string[] }>;
  /** Removes all that do not run, by the filters `until`, `label` and `label!`. */
  prune(filters: Filters): Promise<{ ContainersDeleted: string[] | null; SpaceReclaimed: number }>;
  remove(nameOrId: string, options: { force: boolean; volumes: boolean; link: boolean }): Promise<void>;
  list(request: ListContainersRequest): Promise<ContainerSummary[]>;
  inspect(nameOrId: string): Promise<ContainerInspect>;
  /** Every container as {@link inspect} shows it, in one answer. */
  inspectAll(): Promise<ContainerInspect[]>;
  logs(nameOrId: string, request: LogRequest, signal: AbortSignal): Promise<OutputStream>;
  /** Matching lines as JSON lines, newest first: `time`, `stream`, `position` and `line`. Throws before the first, or invalid. */
  searchLogs(
    nameOrId: string,
    request: LogSearchRequest,
    signal: AbortSignal,
  ): Promise<AsyncIterable<Buffer>>;
  /** Throws before the connection is hijacked; then `connect` joins the hijacked socket to the streams until either ends. */
  attach(
    nameOrId: string,
    request: AttachRequest,
  ): Promise<{ tty: boolean; connect(socket: Duplex): Promise<void> }>;
  resize(nameOrId: string, rows: number, columns: number): Promise<void>;
  /** `name`: with or without its slash. */
  rename(nameOrId: string, name: string | undefined): Promise<void>;
  /** The container's processes as the machine's `ps` shows them with these arguments; empty is `-ef`. */
  top(nameOrId: string, psArgs: string): Promise<ContainerTop>;
  /** Throws before there is a sample; then samples until the signal, one each second. Two, of which one is seen, without a stream. */
  stats(nameOrId: string, request: StatsRequest, signal: AbortSignal): Promise<AsyncIterable<ContainerStats>>;
  pause(nameOrId: string): Promise<void>;
  unpause(nameOrId: string): Promise<void>;
}

/** An archive of a path in a container, and what lies there as `X-Docker-Container-Path-Stat` tells it. */
export interface ArchiveAnswer {
  readonly stat: string;
  readonly archive: Readable;
}

/** Where and how an archive is unpacked in a container. */
export interface ExtractRequest {
  readonly path: string;
  /** A directory takes the place of nothing but a directory, and the other way round. */
  readonly noOverwriteDirNonDir: boolean;
  /** The container's user owns what is unpacked. */
  readonly copyUIDGID: boolean;
}

/** Bytes of a container's own files, and of these and its image's together. */
export interface ContainerSize {
  readonly SizeRw: number;
  readonly SizeRootFs: number;
}

/** Containers' files. Streams end their work when they are left. */
export interface ContainerFilesService {
  /** The value of `X-Docker-Container-Path-Stat`. Throws notFound "Could not find the file P in container C". */
  stat(nameOrId: string, path: string, signal: AbortSignal): Promise<string>;
  read(nameOrId: string, path: string, signal: AbortSignal): Promise<ArchiveAnswer>;
  write(nameOrId: string, request: ExtractRequest, archive: Readable, signal: AbortSignal): Promise<void>;
  /** Kinds: 0 modified, 1 added, 2 deleted. */
  changes(
    nameOrId: string,
    signal: AbortSignal,
  ): Promise<readonly { readonly path: string; readonly kind: number }[]>;
  export(nameOrId: string, signal: AbortSignal): Promise<Readable>;
  /** Makes an image of a container's changes; answers its id. */
  commit(nameOrId: string, request: CommitRequest, signal: AbortSignal): Promise<string>;
  /** Sizes by full id; a container that is gone meanwhile has none. */
  sizes(ids: readonly string[]): Promise<ReadonlyMap<string, ContainerSize>>;
}

export interface ExecService {
  create(containerNameOrId: string, body: ExecCreateBody): Promise<{ Id: string }>;
  /** Checks the exec and says whether it has a TTY; `start` runs it, joined to the socket, or detached without one. */
  prepareStart(
    id: string,
    body: { Detach: boolean; Tty: boolean; ConsoleSize?: [number, number] },
  ): Promise<{ start(socket: Duplex | undefined): Promise<void> }>;
  resize(id: string, rows: number, columns: number): Promise<void>;
  inspect(id: string): Promise<ExecInspect>;
}

/** What the container service needs to know of an image it runs. */
export interface RunnableImage {
  /** `sha256:<hex>` of the image's config. */
  readonly id: string;
  readonly config: ContainerConfig;
  /** Lower directories, top first, relative to `layersFolder`, e.g. `12/diff`. */
  readonly lower: readonly string[];
  readonly architecture: string;
  readonly os: string;
  /** Bytes in all its layers' files. */
  readonly sizeBytes: number;
}

/** An image to be made of a container's changes. */
export interface NewImage {
  /** The id of the image that the container was made from. */
  readonly parent: string;
  readonly config: ContainerConfig;
  readonly author: string;
  readonly comment: string;
  readonly containerId: string;
  readonly containerConfig: ContainerConfig;
  /** What it shall be called; no name when `repository` is empty. */
  readonly repository: string;
  readonly tag: string;
}

/** What `docker commit` wants, as its query says it. */
export interface CommitRequest {
  readonly repository: string;
  readonly tag: string;
  readonly author: string;
  readonly comment: string;
  readonly pause: boolean;
  readonly changes: readonly string[];
  /** In the place of the container's own. */
  readonly config: ContainerConfig | undefined;
}

/** What `docker import` wants, as its query says it. */
export interface ImportRequest {
  /** An address, or `-` for the request's body. */
  readonly source: string;
  /** What it shall be called; no name when `repository` is empty. */
  readonly repository: string;
  readonly tag: string;
  readonly message: string;
  readonly changes: readonly string[];
  readonly platform: string | undefined;
}

/** What a name means in its registry. */
export interface DistributionInspect {
  readonly Descriptor: { readonly mediaType: string; readonly digest: string; readonly size: number };
  readonly Platforms: readonly {
    readonly architecture: string;
    readonly os: string;
    readonly variant?: string;
    readonly 'os.version'?: string;
  }[];
}

/** An image that a search found. */
export interface SearchResult {
  readonly name: string;
  readonly description: string;
  readonly star_count: number;
  readonly is_official: boolean;
  readonly is_automated: boolean;
}

/** A platform as OCI's documents name it. */
export interface ImagePlatform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string | undefined;
}

export interface ImageService {
  /** `reference` as a user types it. Messages in Docker's form; a failure throws (the API puts it into the stream). */
  pull(
    reference: string,
    tag: string | undefined,
    platform: string | undefined,
    auth: RegistryAuth | undefined,
    report: (message: ProgressMessage) => void,
    signal: AbortSignal,
  ): Promise<void>;
  /** Of an archive of several platforms the one asked for, without it the machine's own; images of another are passed over. */
  load(
    archive: Readable,
    options: { readonly quiet: boolean; readonly platform: ImagePlatform | undefined },
    report: (message: ProgressMessage) => void,
    signal: AbortSignal,
  ): Promise<void>;
  /** Pushes one tag, or all of the repository when `reference` and `tag` say none. As {@link pull}. */
  push(
    reference: string,
    tag: string | undefined,
    auth: RegistryAuth | undefined,
    report: (message: ProgressMessage) => void,
    signal: AbortSignal,
  ): Promise<void>;
  /** Images as an archive, a docker-archive and an OCI layout in one. Throws before the first byte. */
  save(names: readonly string[], signal: AbortSignal): Promise<Readable>;
  /** Makes an image of a file system's archive; as {@link pull}. */
  import(
    request: ImportRequest,
    body: Readable,
    report: (message: ProgressMessage) => void,
    signal: AbortSignal,
  ): Promise<void>;
  /** Removes images without a tag, or all unused ones with `dangling=false`; by `until`, `label` and `label!`, too. */
  prune(filters: Filters): Promise<{ ImagesDeleted: ImageDeleteItem[] | null; SpaceReclaimed: number }>;
  /** What {@link prune} would remove: ids, and how many bytes come back. */
  prunePreview(filters: Filters): { readonly Images: readonly string[]; readonly SpaceReclaimed: number };
  /** Asks the registry. */
  distribution(
    reference: string,
    auth: RegistryAuth | undefined,
    signal: AbortSignal,
  ): Promise<DistributionInspect>;
  /** Throws unauthorized when the registry refuses the credential. */
  logIn(auth: RegistryAuth, signal: AbortSignal): Promise<void>;
  search(
    request: { readonly term: string; readonly limit: number; readonly filters: Filters },
    signal: AbortSignal,
  ): Promise<SearchResult[]>;
  /** All tags of a repository, in the registry's order. */
  tags(reference: string, auth: RegistryAuth | undefined, signal: AbortSignal): Promise<string[]>;
  list(options: { all: boolean; filters: Filters; sharedSize: boolean }): Promise<ImageSummary[]>;
  inspect(nameOrId: string): Promise<ImageInspect>;
  /** Throws notFound, as Docker does, unless the image runs where this platform is asked for: the store holds one of each image. */
  requirePlatform(nameOrId: string, platform: ImagePlatform): Promise<void>;
  /** Newest first. */
  history(nameOrId: string): Promise<ImageHistoryItem[]>;
  /** `pack` gives the changes as a layer. Answers the id and the name, empty when it has none. */
  commit(
    image: NewImage,
    pack: () => Promise<Readable>,
    signal: AbortSignal,
  ): Promise<{ readonly id: string; readonly name: string }>;
  tag(nameOrId: string, repository: string, tag: string | undefined): Promise<void>;
  remove(nameOrId: string, options: { force: boolean; noprune: boolean }): Promise<ImageDeleteItem[]>;
  /** Throws notFound `No such image: <as typed, with its tag>`. */
  runnable(nameOrId: string): Promise<RunnableImage>;
  /** Bytes in the files of all layers, each once. */
  layersBytes(): number;
  /** Absolute path of the folder that `RunnableImage.lower` is relative to. */
  readonly layersFolder: string;
  /** What builds need of images. */
  readonly builds: BuildImages;
  readonly files: ImageFilesService;
  count(): number;
  /** Told by the container service, so that an image in use is not removed: ids of containers by image id. */
  setUsage(users: (imageId: string) => readonly { id: string; name: string; running: boolean }[]): void;
}

export interface NetworkService {
  list(filters: Filters): Promise<NetworkInspect[]>;
  inspect(nameOrId: string): Promise<NetworkInspect>;
  /** Throws conflict "network with name x already exists", and invalid or forbidden in Docker's words. */
  create(body: NetworkCreateBody): Promise<{ Id: string; Warning: string }>;
  /** Throws forbidden while somebody is in it, and for those that every engine has. */
  remove(nameOrId: string): Promise<void>;
  /** Removes all that nobody is in, by the filters `until`, `label` and `label!`. */
  prune(filters: Filters): Promise<{ NetworksDeleted: string[] | null }>;
  connect(network: string, container: string, settings: EndpointSettings): Promise<void>;
  disconnect(network: string, container: string, force: boolean): Promise<void>;
}

/** Swarm mode. On what is no manager, all but the first four throw unavailable in Docker's words. */
export interface SwarmService {
  readonly state: 'inactive' | 'manager' | 'worker';
  /** For `/info`. */
  info(): SwarmInfo;
  /** Makes a swarm that this engine leads; answers the node's id. Throws unavailable when it is in one. */
  init(body: SwarmInitBody): Promise<string>;
  /** Becomes a worker of a swarm. Throws unavailable when it is in one, or its manager cannot be reached. */
  join(body: SwarmJoinBody): Promise<void>;
  /** Throws unavailable in no swarm, and for a manager unless by force: the swarm ends with it. */
  leave(force: boolean): Promise<void>;
  inspect(): SwarmInspect;
  /** Throws invalid unless this is the version of the specification that is there. */
  update(
    version: number,
    spec: SwarmSpec,
    rotate: { readonly worker: boolean; readonly manager: boolean; readonly unlockKey: boolean },
  ): Promise<void>;
  nodes(filters: Filters): readonly SwarmNode[];
  node(nameOrId: string): SwarmNode;
  /** As {@link update}. */
  updateNode(nameOrId: string, version: number, body: NodeUpdateBody): Promise<void>;
  /** Throws invalid for a manager, and for a node that is there unless by force. */
  removeNode(nameOrId: string, force: boolean): Promise<void>;
  /** Throws unavailable on what is no manager. */
  demandManager(): void;
}

/** Volumes. A name that means none throws notFound `get N: no such volume`. */
export interface VolumeService {
  /** Answers the volume of that name when it is there already. Throws invalid, or notFound for an unknown driver. */
  create(body: VolumeCreateBody): Promise<Volume>;
  /** By the filters dangling, driver, label and name. */
  list(filters: Filters): Promise<Volume[]>;
  inspect(name: string): Promise<Volume>;
  /** Throws conflict "remove N: volume is in use - [ids]". With `force` it is no error that there is none. */
  remove(name: string, force: boolean): Promise<void>;
  /** Removes those that nobody refers to, by the filters label, label! and all; only ones without a name unless all. */
  prune(
    filters: Filters,
    onlyAnonymous: boolean,
  ): Promise<{ VolumesDeleted: string[]; SpaceReclaimed: number }>;
  /** All of them with what they use. */
  usage(): Promise<Volume[]>;
}

/** What lies in a directory of a volume or an image. */
export interface FolderView {
  readonly Path: string;
  readonly Entries: readonly {
    readonly Name: string;
    /** `removed`: a layer takes away what the layers below have under this name. */
    readonly Type: 'file' | 'folder' | 'link' | 'other' | 'removed';
    readonly Size: number;
    /** Permission bits. */
    readonly Mode: number;
    readonly Uid: number;
    readonly Gid: number;
    /** Seconds since the epoch. */
    readonly Modified: number;
    readonly LinkTarget?: string;
  }[];
  /** How many names there are; only the first thousands are told. */
  readonly Total: number;
}

/** Volumes' files, for people. Paths are absolute inside the volume, out of which none of them leads. */
export interface VolumeFilesService {
  folder(name: string, path: string, signal: AbortSignal): Promise<FolderView>;
  /** A regular file. */
  readFile(
    name: string,
    path: string,
    signal: AbortSignal,
  ): Promise<{ readonly sizeBytes: number; readonly data: Readable }>;
  /** Makes a file or replaces it as a whole. */
  writeFile(
    name: string,
    path: string,
    content: Readable,
    sizeBytes: number | undefined,
    signal: AbortSignal,
  ): Promise<void>;
  /** Removes a file, a link, or a directory with all that is in it. */
  remove(name: string, path: string, signal: AbortSignal): Promise<void>;
  /** Gives it another name in its directory. Throws conflict when that is taken. */
  rename(name: string, path: string, newName: string, signal: AbortSignal): Promise<void>;
  /** A directory, or the whole volume, as a tar archive. */
  readArchive(name: string, path: string, signal: AbortSignal): Promise<Readable>;
  writeArchive(name: string, path: string, archive: Readable, signal: AbortSignal): Promise<void>;
  /** A new volume with all that this one has. Throws conflict when the new name is taken. */
  clone(name: string, newName: string, signal: AbortSignal): Promise<Volume>;
}

/** One layer of an image. */
export interface ImageLayerView {
  readonly DiffId: string;
  /** Bytes in its files. */
  readonly Size: number;
  /** The step that made it; empty when the image's history does not tell. */
  readonly CreatedBy: string;
}

/** What one layer changes of those below it. */
export interface LayerChanges {
  readonly Added: number;
  readonly Modified: number;
  readonly Deleted: number;
  /** Bytes of files below that it replaces or deletes: they stay in the image for nothing. */
  readonly HiddenBytes: number;
  /** The first thousands: kind 0 modified, 1 added, 2 deleted. */
  readonly Changes: readonly { readonly Kind: number; readonly Path: string }[];
}

/** Files of images, for people. `layer` counts from the lowest, 0; without one all of them together are meant. */
export interface ImageFilesService {
  /** The lowest first. */
  layers(nameOrId: string): readonly ImageLayerView[];
  changes(nameOrId: string, layer: number, signal: AbortSignal): Promise<LayerChanges>;
  folder(nameOrId: string, layer: number | undefined, path: string, signal: AbortSignal): Promise<FolderView>;
  /** A regular file. */
  readFile(
    nameOrId: string,
    layer: number | undefined,
    path: string,
    signal: AbortSignal,
  ): Promise<{ readonly sizeBytes: number; readonly data: Readable }>;
  /** What lies at a path as a tar archive. */
  readArchive(
    nameOrId: string,
    layer: number | undefined,
    path: string,
    signal: AbortSignal,
  ): Promise<Readable>;
}

export interface EventBus {
  /** Stamps and publishes an event; kept in a ring for `since`. */
  publish(event: {
    type: 'container' | 'image' | 'network' | 'volume' | 'daemon' | 'node';
    /** `local` unless it is said: of this engine alone. */
    scope?: 'swarm';
    action: string;
    id: string;
    attributes: Readonly<Record<string, string>>;
  }): void;
  /** Events from `since` (ns) on or after number `after`, live until `until` or the signal. The listener is called in order, never re-entrantly. */
  subscribe(
    options: { since?: bigint; after?: number; until?: bigint; filters: Filters; signal: AbortSignal },
    listener: (event: EventMessage) => void,
  ): Promise<void>;
  /** Names the engine's life: numbers of events begin anew with each. */
  readonly life: string;
  /** The number of the latest event; 0 before the first. */
  readonly sequence: number;
  /** Throws conflict unless all events after number `after` of that life can still be told. */
  demandKept(life: string, after: number): void;
  /** How many are listening, for `/info`. */
  readonly listeners: number;
}

/** What one container uses. */
export interface UsageSample {
  readonly id: string;
  /** Of one processor: 200 is two of them fully used. null for the first sample, which has nothing to compare with. */
  readonly cpuPercent: number | null;
  readonly memoryBytes: number;
  /** The limit, or the machine's memory. */
  readonly memoryLimitBytes: number;
  readonly receivedBytes: number;
  readonly sentBytes: number;
  readonly readBytes: number;
  readonly writtenBytes: number;
  readonly pids: number;
}

/** What the machine uses. */
export interface MachineUsage {
  /** Of all processors together: 0 to 100. null for the first sample. */
  readonly cpuPercent: number | null;
  readonly memoryBytes: number;
  readonly memoryTotalBytes: number;
  /** Of the file system that holds the engine's data. */
  readonly diskUsedBytes: number;
  readonly diskTotalBytes: number;
}

/** One second's figures; containers that do not run are left out. */
export interface UsageReport {
  readonly timeMs: number;
  readonly containers: readonly UsageSample[];
  readonly machine: MachineUsage;
}

/** What containers and the machine use, once a second for as long as somebody listens. */
export interface UsageService {
  /** Reports on these containers (full ids), one at once; resolves with the signal. `report` must not throw. */
  listen(ids: readonly string[], report: (report: UsageReport) => void, signal: AbortSignal): Promise<void>;
}

export interface SystemService {
  info(): Promise<SystemInfo>;
  version(): Promise<Record<string, unknown>>;
}

/** Everything the API serves. */
export interface Services {
  readonly builds: BuildService;
  readonly sessions: Sessions;
  readonly containers: ContainerService;
  readonly files: ContainerFilesService;
  readonly execs: ExecService;
  readonly images: ImageService;
  readonly networks: NetworkService;
  readonly swarm: SwarmService;
  readonly volumes: VolumeService;
  readonly volumeFiles: VolumeFilesService;
  readonly events: EventBus;
  readonly system: SystemService;
  readonly usage: UsageService;
}
