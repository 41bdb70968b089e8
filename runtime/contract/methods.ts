// What the UI may ask for once and have answered once. Each method is declared here and nowhere else:
// the backend implements `Methods`, the UI calls it by name, both are typed by the schemas.
import { z } from 'zod';
import {
  buildOptions,
  cacheItem,
  cachePrune,
  contextEntry,
  contextPath,
  contextTextBytes,
  entryName,
  fileVersion,
  folderPath,
  newContext,
} from './builds.ts';

const id = z.string().min(1).max(300);
const none = z.object({}).strict();

/** How a container joins a network. */
const endpoint = {
  /** More names that others on the network find it by. */
  aliases: z.array(z.string().min(1).max(255)).max(100),
  /** Empty lets the engine choose. */
  ipv4: z.string().max(45),
  ipv6: z.string().max(45),
};

const map = z.record(z.string().min(1).max(255), z.string().max(4096));

/** What the run dialog asks for. */
export const runOptions = z
  .object({
    image: z.string().trim().min(1).max(4096),
    name: z.string().trim().max(255),
    /** Words of the command; empty takes the image's own. */
    command: z.array(z.string()).max(1000),
    environment: z.array(z.object({ name: z.string().min(1), value: z.string() })).max(1000),
    ports: z
      .array(
        z.object({
          /** Empty is every address. */
          hostIp: z.string(),
          /** 0 lets the engine choose. */
          hostPort: z.number().int().min(0).max(65535),
          containerPort: z.number().int().min(1).max(65535),
          protocol: z.enum(['tcp', 'udp', 'sctp']),
        }),
      )
      .max(1000),
    mounts: z
      .array(
        z.object({
          /** A folder of the engine's machine, a volume, memory, or an image's files. */
          type: z.enum(['bind', 'volume', 'tmpfs', 'image']),
          /** Empty for memory, and for a volume without a name. */
          source: z.string(),
          destination: z.string().min(1),
          readOnly: z.boolean(),
          /** The most that memory may hold; 0 is no limit. Of no meaning for the others. */
          sizeBytes: z.number().int().min(0),
        }),
      )
      .max(1000),
    /** None is the engine's default. The first is where it begins; it may be `host`, `none` or `container:NAME`, then alone. */
    networks: z.array(z.object({ name: z.string().min(1).max(300), ...endpoint })).max(100),
    tty: z.boolean(),
    openStdin: z.boolean(),
    autoRemove: z.boolean(),
  })
  .strict();
export type RunOptions = z.infer<typeof runOptions>;

/** A path inside a volume or an image: absolute. */
export const filePath = z.string().startsWith('/').max(4096);

/** A layer of an image, counted from the lowest; null means all of them together. */
export const layerNumber = z.number().int().min(0).max(1000);

/** What lies in a folder of a volume or an image. */
export const fileEntry = z.object({
  name: z.string(),
  /** `removed`: a layer takes away what those below it have under this name. */
  kind: z.enum(['file', 'folder', 'link', 'other', 'removed']),
  sizeBytes: z.number(),
  /** Permission bits. */
  mode: z.number(),
  uid: z.number(),
  gid: z.number(),
  modifiedMs: z.number(),
  /** Where a link points to, as it is written; else empty. */
  target: z.string(),
});
export type FileEntry = z.infer<typeof fileEntry>;

export const layerChangeKinds = ['modified', 'added', 'deleted'] as const;

/** The longest text that is shown to be edited. */
export const volumeTextBytes = 1024 * 1024;

/** Every method: its parameters and its result. */
export const methods = {
  'containers.run': {
    params: runOptions,
    result: z.object({ id: z.string(), warnings: z.array(z.string()) }),
  },
  'containers.start': { params: z.object({ id }).strict(), result: none },
  'containers.stop': { params: z.object({ id }).strict(), result: none },
  'containers.restart': { params: z.object({ id }).strict(), result: none },
  'containers.kill': { params: z.object({ id }).strict(), result: none },
  'containers.remove': { params: z.object({ id, force: z.boolean() }).strict(), result: none },
  'containers.pause': { params: z.object({ id }).strict(), result: none },
  'containers.unpause': { params: z.object({ id }).strict(), result: none },
  'containers.rename': { params: z.object({ id, name: z.string().max(255) }).strict(), result: none },
  /** Its processes as `ps` shows them; rows have as many cells as there are titles. */
  'containers.top': {
    params: z.object({ id }).strict(),
    result: z.object({ titles: z.array(z.string()), processes: z.array(z.array(z.string())) }),
  },
  /** Removes every stopped container. */
  'containers.prune': {
    params: z.object({}).strict(),
    result: z.object({ removed: z.array(z.string()), reclaimedBytes: z.number() }),
  },
  'containers.inspect': { params: z.object({ id }).strict(), result: z.object({ json: z.string() }) },
  'images.remove': { params: z.object({ id, force: z.boolean() }).strict(), result: none },
  /** Gives an image one more name. */
  'images.tag': {
    params: z.object({ id, reference: z.string().trim().min(1).max(4096) }).strict(),
    result: none,
  },
  /** How an image was made, newest step first. */
  'images.history': {
    params: z.object({ id }).strict(),
    result: z.object({
      steps: z.array(
        z.object({ createdMs: z.number(), command: z.string(), comment: z.string(), sizeBytes: z.number() }),
      ),
    }),
  },
  /** Which images a prune would remove, and how much comes back; null when the engine cannot tell before. */
  'images.prunePreview': {
    params: z.object({ all: z.boolean() }).strict(),
    result: z.object({
      preview: z.object({ ids: z.array(z.string()), reclaimBytes: z.number() }).nullable(),
    }),
  },
  /** Removes images without a tag, or all that no container uses. */
  'images.prune': {
    params: z.object({ all: z.boolean() }).strict(),
    result: z.object({ removed: z.number(), reclaimedBytes: z.number() }),
  },
  /** Whether the registries have something else by now under an image's tags. */
  'images.newer': {
    params: z.object({ id }).strict(),
    result: z.object({
      tags: z.array(
        z.object({
          tag: z.string(),
          state: z.enum(['same', 'newer', 'unknown']),
          /** Why it is not known. */
          message: z.string(),
        }),
      ),
    }),
  },
  /** The methods from here to `folder` work where the engine has the feature `imageFiles`. The lowest layer comes first. */
  'images.layers': {
    params: z.object({ id }).strict(),
    result: z.object({
      layers: z.array(z.object({ diffId: z.string(), sizeBytes: z.number(), command: z.string() })),
    }),
  },
  /** What a layer changes of those below it; not more than some thousand changes are told one by one. */
  'images.layerChanges': {
    params: z.object({ id, layer: layerNumber }).strict(),
    result: z.object({
      added: z.number(),
      modified: z.number(),
      deleted: z.number(),
      /** Of files below that it replaces or deletes: they stay in the image for nothing. */
      hiddenBytes: z.number(),
      changes: z.array(z.object({ kind: z.enum(layerChangeKinds), path: z.string() })),
    }),
  },
  'images.folder': {
    params: z.object({ id, layer: layerNumber.nullable(), path: filePath }).strict(),
    result: z.object({ entries: z.array(fileEntry), total: z.number() }),
  },
  /** Docker Hub's search; `host/words` asks that registry's, which few have. The names can be pulled as they are. */
  'images.search': {
    params: z.object({ term: z.string().trim().min(1).max(255) }).strict(),
    result: z.object({
      found: z.array(
        z.object({ name: z.string(), description: z.string(), stars: z.number(), official: z.boolean() }),
      ),
    }),
  },
  /** All tags that a repository has at its registry. Works where the engine has the feature `registryTags`. */
  'images.registryTags': {
    params: z.object({ name: z.string().trim().min(1).max(500) }).strict(),
    result: z.object({ tags: z.array(z.string()) }),
  },
  /** The registries somebody is logged in to. No password is ever told. */
  'registries.list': {
    params: z.object({}).strict(),
    result: z.object({
      registries: z.array(z.object({ registry: z.string(), username: z.string(), helper: z.string() })),
    }),
  },
  /** Has the registry check a credential, and keeps it where the docker CLI would. */
  'registries.login': {
    params: z
      .object({
        registry: z.string().trim().max(300),
        username: z.string().trim().min(1).max(1000),
        password: z.string().min(1).max(100_000),
      })
      .strict(),
    result: none,
  },
  'registries.logout': { params: z.object({ registry: id }).strict(), result: none },
  'images.inspect': { params: z.object({ id }).strict(), result: z.object({ json: z.string() }) },
  'volumes.inspect': { params: z.object({ id }).strict(), result: z.object({ json: z.string() }) },
  'volumes.create': {
    params: z
      .object({
        /** Empty lets the engine choose one. */
        name: z.string().max(255),
        driver: z.string().max(255),
        options: map,
        labels: map,
      })
      .strict(),
    result: z.object({ id: z.string() }),
  },
  'volumes.remove': { params: z.object({ id }).strict(), result: none },
  /** Removes the volumes that no container refers to; only those without a name unless `all`. */
  'volumes.prune': {
    params: z.object({ all: z.boolean() }).strict(),
    result: z.object({ removed: z.array(z.string()), reclaimedBytes: z.number() }),
  },
  /** What volumes hold; those whose size the engine does not know are left out. */
  'volumes.sizes': {
    params: z.object({}).strict(),
    result: z.object({ sizes: z.array(z.object({ id: z.string(), bytes: z.number() })) }),
  },
  /** The methods from here to `clone` work where the engine has the feature `volumes`. Not more than some thousand entries are told. */
  'volumes.folder': {
    params: z.object({ id, path: filePath }).strict(),
    result: z.object({ entries: z.array(fileEntry), total: z.number() }),
  },
  /** A small text file; `invalid` when it is large or no text. */
  'volumes.readText': {
    params: z.object({ id, path: filePath }).strict(),
    result: z.object({ text: z.string() }),
  },
  'volumes.writeText': {
    params: z.object({ id, path: filePath, text: z.string().max(volumeTextBytes) }).strict(),
    result: none,
  },
  /** A file, a link, or a folder with all that is in it. */
  'volumes.removeFile': { params: z.object({ id, path: filePath }).strict(), result: none },
  /** Another name in the same folder; `conflict` when that is taken. */
  'volumes.renameFile': {
    params: z.object({ id, path: filePath, name: z.string().min(1).max(255) }).strict(),
    result: none,
  },
  'volumes.clone': { params: z.object({ id, name: z.string().min(1).max(255) }).strict(), result: none },
  'networks.inspect': { params: z.object({ id }).strict(), result: z.object({ json: z.string() }) },
  'networks.create': {
    params: z
      .object({
        name: z.string().min(1).max(255),
        driver: z.string().min(1).max(255),
        internal: z.boolean(),
        attachable: z.boolean(),
        ipv4: z.boolean(),
        ipv6: z.boolean(),
        /** One a family; of a family without one the engine chooses. What is empty is chosen by the engine. */
        pools: z
          .array(
            z.object({
              subnet: z.string().min(1).max(50),
              range: z.string().max(50),
              gateway: z.string().max(45),
              /** Addresses that containers do not get, by name. */
              reserved: map,
            }),
          )
          .max(100),
        options: map,
        labels: map,
      })
      .strict(),
    result: z.object({ id: z.string(), warning: z.string() }),
  },
  /** A container joins, running or not. */
  'networks.connect': {
    params: z
      .object({
        id,
        container: id,
        ...endpoint,
        /** Empty lets the engine choose. */
        mac: z.string().max(17),
        /** Of its networks the one with the highest is its way out. */
        priority: z.number().int().min(-2_147_483_648).max(2_147_483_647),
      })
      .strict(),
    result: none,
  },
  'networks.disconnect': { params: z.object({ id, container: id }).strict(), result: none },
  'networks.remove': { params: z.object({ id }).strict(), result: none },
  /** Removes the networks that no running container is on; those every engine has stay. Tells their names. */
  'networks.prune': {
    params: z.object({}).strict(),
    result: z.object({ removed: z.array(z.string()) }),
  },
  /** Begins a session that the backend owns: it lives on without a window. The `terminal` stream shows it. */
  'terminals.create': {
    params: z
      .object({
        container: id,
        /** A new command in the container, or the terminal of its main process. */
        kind: z.enum(['exec', 'attach']),
        /** Empty: the first of bash, ash, sh that is there. Not for `attach`. */
        command: z.array(z.string()).max(100),
        user: z.string().max(255),
        rows: z.number().int().min(1).max(10_000),
        columns: z.number().int().min(1).max(10_000),
      })
      .strict(),
    result: z.object({ id: z.string() }),
  },
  /** Ends a session and forgets it and what it showed. */
  'terminals.close': { params: z.object({ id }).strict(), result: none },
  /** Begins a pull as a task; one of the same reference that runs already is the answer. */
  'tasks.pull': {
    params: z.object({ reference: z.string().trim().min(1).max(4096) }).strict(),
    result: z.object({ id: z.string() }),
  },
  /** Begins a push as a task; one of the same reference that runs already is the answer. */
  'tasks.push': {
    params: z.object({ reference: z.string().trim().min(1).max(4096) }).strict(),
    result: z.object({ id: z.string() }),
  },
  /** Packs a folder and builds it as a task. The task and the build in the engine's history have the same id. */
  'tasks.build': { params: buildOptions, result: z.object({ id: z.string() }) },
  /** Builds again what the engine remembers, with the same parameters; `folder` is the context, empty for one that came from elsewhere. */
  'tasks.rebuild': {
    params: z.object({ id, folder: z.union([z.literal(''), folderPath]) }).strict(),
    result: z.object({ id: z.string() }),
  },
  'tasks.cancel': { params: z.object({ id }).strict(), result: none },
  /** Takes an ended task off the list. */
  'tasks.forget': { params: z.object({ id }).strict(), result: none },
  /** Ends a build that runs, whoever began it. */
  'builds.cancel': { params: z.object({ id }).strict(), result: none },
  /** Takes an ended build out of the history. */
  'builds.remove': { params: z.object({ id }).strict(), result: none },
  /** What the build cache takes, and what a prune would remove of it; null when the engine cannot tell before. */
  'builds.cache': {
    params: cachePrune,
    result: z.object({
      items: z.number(),
      sizeBytes: z.number(),
      preview: z.object({ items: z.array(cacheItem), reclaimBytes: z.number() }).nullable(),
    }),
  },
  'builds.pruneCache': {
    params: cachePrune,
    result: z.object({ removed: z.number(), reclaimedBytes: z.number() }),
  },
  /** The folders in a folder of this computer; without a path those of the user's home. */
  'folders.list': {
    params: z.object({ path: z.union([z.literal(''), folderPath]) }).strict(),
    result: z.object({
      path: z.string(),
      /** Empty for the root. */
      parent: z.string(),
      folders: z.array(z.object({ name: z.string(), isContext: z.boolean() })),
    }),
  },
  /** A folder as a build's context: where it really is, and the Dockerfiles at its top. */
  'contexts.open': {
    params: z.object({ folder: folderPath }).strict(),
    result: z.object({ folder: z.string(), dockerfiles: z.array(z.string()) }),
  },
  /** Makes a new folder with files. `conflict` when it is there already. */
  'contexts.create': { params: newContext, result: z.object({ folder: z.string() }) },
  /** What lies in a folder of a context (empty: the context itself), and what of it is ignored. */
  'contexts.list': {
    params: z
      .object({ folder: folderPath, path: contextPath.or(z.literal('')), dockerfile: contextPath })
      .strict(),
    result: z.object({ entries: z.array(contextEntry), total: z.number() }),
  },
  /** How much of a context is sent, and how much is ignored; not complete where there is very much. */
  'contexts.measure': {
    params: z.object({ folder: folderPath, dockerfile: contextPath }).strict(),
    result: z.object({
      files: z.number(),
      sizeBytes: z.number(),
      ignoredFiles: z.number(),
      ignoredBytes: z.number(),
      complete: z.boolean(),
    }),
  },
  /** A small text file of a context. */
  'contexts.read': {
    params: z.object({ folder: folderPath, path: contextPath }).strict(),
    result: z.object({ text: z.string(), version: fileVersion }),
  },
  /** Replaces a file as a whole, or makes it (version null). `conflict` when it is no longer as it was read. */
  'contexts.write': {
    params: z
      .object({
        folder: folderPath,
        path: contextPath,
        text: z.string().max(contextTextBytes),
        version: fileVersion.nullable(),
      })
      .strict(),
    result: z.object({ version: fileVersion }),
  },
  /** Makes an empty folder in a context. `conflict` when there is something of that name. */
  'contexts.makeFolder': {
    params: z.object({ folder: folderPath, path: contextPath }).strict(),
    result: none,
  },
  /** Gives a file or folder of a context another name where it is. `conflict` when that is taken. */
  'contexts.rename': {
    params: z.object({ folder: folderPath, path: contextPath, name: entryName }).strict(),
    result: none,
  },
  /** Removes a file of a context, or a folder with all that is in it. */
  'contexts.remove': {
    params: z.object({ folder: folderPath, path: contextPath }).strict(),
    result: none,
  },
  /** The last lines that the engine wrote to its own log; empty where it is not ours to read. */
  'engine.log': { params: z.object({}).strict(), result: z.object({ text: z.string() }) },
  /** Ends the engine if it runs (by force if it hangs) and starts it. Only where `EngineModel.keeper` says so. */
  'engine.restart': { params: z.object({}).strict(), result: none },
} as const;

export type MethodName = keyof typeof methods;
export type Params<M extends MethodName> = z.infer<(typeof methods)[M]['params']>;
export type Result<M extends MethodName> = z.infer<(typeof methods)[M]['result']>;
/** What the backend implements. */
export type Methods = { [M in MethodName]: (params: Params<M>) => Promise<Result<M>> };
