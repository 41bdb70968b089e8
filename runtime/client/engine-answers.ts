// The shapes of an engine's answers, as far as we rely on them. Fields that engines leave out or send as null get a plain
// default here, so that nobody else has to ask. https://docs.docker.com/reference/api/engine/
import { z } from 'zod';

/** A list that engines may send as null. */
const list = <T extends z.ZodType>(item: T) =>
  z
    .array(item)
    .nullish()
    .transform((value) => value ?? []);

/** A JSON object as entries, so that untrusted keys never index an object. */
const entries = <T extends z.ZodType>(value: T) =>
  z
    .record(z.string(), value)
    .nullish()
    .transform((object) => Object.entries(object ?? {}) as [string, z.output<T>][]);

const text = z
  .string()
  .nullish()
  .transform((value) => value ?? '');
const count = z
  .number()
  .nullish()
  .transform((value) => value ?? 0);
const flag = z
  .boolean()
  .nullish()
  .transform((value) => value ?? false);

/** `GET /version`. */
export const versionAnswer = z.object({
  Version: text,
  ApiVersion: text,
  Platform: z.object({ Name: text }).nullish(),
});

/** `GET /info`. */
export const infoAnswer = z.object({ NCPU: count, MemTotal: count });

/** `GET /berth/features`: what a Berth engine offers beyond Docker's API. */
export const featuresAnswer = z.object({ Engine: z.string(), Features: list(z.string()) });

/** One line of `GET /events`. */
export const eventLine = z.object({
  Type: z.string(),
  Action: z.string(),
  Actor: z.object({ ID: text, Attributes: entries(z.unknown()) }),
});
export type EngineEvent = z.infer<typeof eventLine>;

/** `GET /containers/json`: only who is there; each is inspected for the rest. */
export const containerListAnswer = z.array(z.object({ Id: z.string() }));

/** `GET /containers/{id}/json`. */
export const containerAnswer = z.object({
  Id: z.string(),
  Name: text,
  Created: z.union([z.string(), z.number()]),
  Path: text,
  Args: list(z.string()),
  Image: text,
  State: z.object({
    Status: text,
    ExitCode: count,
    Error: text,
    StartedAt: text,
    FinishedAt: text,
    Health: z.object({ Status: text }).nullish(),
  }),
  Config: z.object({
    Image: text,
    Tty: flag,
    Labels: entries(z.string()),
    ExposedPorts: entries(z.unknown()),
  }),
  Mounts: list(
    z.object({
      Type: text,
      Name: text,
      Source: text,
      Destination: text,
      RW: z
        .boolean()
        .nullish()
        .transform((value) => value ?? true),
    }),
  ),
  NetworkSettings: z
    .object({
      Ports: entries(list(z.object({ HostIp: text, HostPort: text }))),
      Networks: entries(
        z.object({
          NetworkID: text,
          IPAddress: text,
          GlobalIPv6Address: text,
          MacAddress: text,
          Aliases: list(z.string()),
        }),
      ),
    })
    .nullish(),
});
export type ContainerAnswer = z.infer<typeof containerAnswer>;

/** `GET /berth/containers`: all of them in full. */
export const containersAnswer = z.array(containerAnswer);

/** `GET /images/json`. */
export const imageListAnswer = list(
  z.object({
    Id: z.string(),
    RepoTags: list(z.string()),
    Created: count,
    Size: count,
    SharedSize: z.number().catch(-1),
    Labels: entries(z.string()),
  }),
);
export type ImageAnswer = z.infer<typeof imageListAnswer>[number];

/** `GET /volumes/{name}`, `POST /volumes/create`. */
export const volumeAnswer = z.object({
  Name: z.string(),
  Driver: text,
  Mountpoint: text,
  CreatedAt: text,
  Labels: entries(z.string()),
});
export type VolumeAnswer = z.infer<typeof volumeAnswer>;

/** `GET /volumes`. */
export const volumeListAnswer = z.object({ Volumes: list(volumeAnswer) });

/** `POST /volumes/prune`. */
export const prunedVolumesAnswer = z.object({ VolumesDeleted: list(z.string()), SpaceReclaimed: count });

/** `GET /system/df?type=volume`; a size of -1 is not known. */
export const diskUsageAnswer = z.object({
  Volumes: list(z.object({ Name: z.string(), UsageData: z.object({ Size: z.number() }).nullish() })),
});

const cacheItem = z.object({ ID: z.string(), Description: text, Shared: flag, Size: count });

/** `GET /system/df?type=build-cache`. */
export const cacheUsageAnswer = z.object({ BuildCache: list(cacheItem) });

/** `GET /berth/build/prune`. */
export const cachePreviewAnswer = z.object({ BuildCache: list(cacheItem), SpaceReclaimed: count });

/** `POST /build/prune`. */
export const prunedCacheAnswer = z.object({ CachesDeleted: list(z.string()), SpaceReclaimed: count });

/** `GET /berth/volumes/{name}/folder`. */
export const folderAnswer = z.object({
  Entries: list(
    z.object({
      Name: z.string(),
      Type: z.enum(['file', 'folder', 'link', 'other', 'removed']),
      Size: z.number(),
      Mode: z.number(),
      Uid: z.number(),
      Gid: z.number(),
      Modified: z.number(),
      LinkTarget: text,
    }),
  ),
  Total: z.number(),
});
export type FolderAnswer = z.infer<typeof folderAnswer>;

/** `GET /berth/images/{name}/layers`. */
export const imageLayersAnswer = list(z.object({ DiffId: z.string(), Size: z.number(), CreatedBy: text }));

/** `GET /berth/images/{name}/changes`. */
export const layerChangesAnswer = z.object({
  Added: z.number(),
  Modified: z.number(),
  Deleted: z.number(),
  HiddenBytes: z.number(),
  Changes: list(z.object({ Kind: z.literal([0, 1, 2]), Path: z.string() })),
});

/** `GET /images/{name}/json`: its names. */
export const imageNamesAnswer = z.object({ RepoTags: list(z.string()), RepoDigests: list(z.string()) });

/** `GET /distribution/{name}/json`. */
export const distributionAnswer = z.object({ Descriptor: z.object({ digest: z.string() }) });

/** `GET /networks`. */
export const networkListAnswer = list(
  z.object({
    Id: z.string(),
    Name: text,
    Driver: text,
    Scope: text,
    Internal: flag,
    Attachable: flag,
    EnableIPv6: flag,
    Created: text,
    IPAM: z.object({ Config: list(z.object({ Subnet: text, IPRange: text, Gateway: text })) }).nullish(),
    Options: entries(z.string()),
    Labels: entries(z.string()),
  }),
);
export type NetworkAnswer = z.infer<typeof networkListAnswer>[number];

/** `POST /networks/create`. */
export const createdNetworkAnswer = z.object({ Id: z.string(), Warning: text });

/** `POST /networks/prune`: names. */
export const prunedNetworksAnswer = z.object({ NetworksDeleted: list(z.string()) });

/** `GET /containers/{id}/top`. */
export const topAnswer = z.object({ Titles: list(z.string()), Processes: list(list(z.string())) });

/** `POST /containers/prune`. */
export const prunedContainersAnswer = z.object({
  ContainersDeleted: list(z.string()),
  SpaceReclaimed: count,
});

/** `POST /images/prune`. */
export const prunedImagesAnswer = z.object({
  ImagesDeleted: list(z.object({ Untagged: text, Deleted: text })),
  SpaceReclaimed: count,
});

/** `GET /berth/images/prune`. */
export const prunePreviewAnswer = z.object({ Images: list(z.string()), SpaceReclaimed: count });

/** `GET /images/{name}/history`. */
export const historyAnswer = z.array(
  z.object({ Id: text, Created: count, CreatedBy: text, Comment: text, Size: count, Tags: list(z.string()) }),
);

/** `GET /images/search`. */
export const searchAnswer = list(
  z.object({ name: z.string(), description: text, star_count: count, is_official: flag }),
);

/** `GET /berth/registry/tags`. */
export const registryTagsAnswer = z.object({ Tags: list(z.string()) });

/** `POST /auth`. */
export const loginAnswer = z.object({ IdentityToken: text });

/** `POST /containers/create`. */
export const createdContainerAnswer = z.object({ Id: z.string(), Warnings: list(z.string()) });

/** `POST /containers/{id}/exec`. */
export const createdExecAnswer = z.object({ Id: z.string() });

/** `GET /exec/{id}/json`. */
export const execAnswer = z.object({ Running: flag, ExitCode: z.number().nullish() });

/** One line of a pull's progress. */
export const progressLine = z.object({
  status: text,
  id: text,
  progressDetail: z.object({ current: count, total: count }).nullish(),
  error: text,
  errorDetail: z.object({ message: text }).nullish(),
});

const cpuStats = z.object({
  cpu_usage: z.object({ total_usage: count, percpu_usage: list(z.number()) }),
  system_cpu_usage: count,
  online_cpus: count,
});

/** One line of `GET /containers/{id}/stats`. */
export const dockerStatsLine = z.object({
  cpu_stats: cpuStats,
  precpu_stats: cpuStats,
  memory_stats: z.object({ usage: count, limit: count, stats: entries(z.number()) }),
  networks: entries(z.object({ rx_bytes: count, tx_bytes: count })),
  blkio_stats: z.object({ io_service_bytes_recursive: list(z.object({ op: text, value: count })) }),
  pids_stats: z.object({ current: count }),
});
export type DockerStatsLine = z.infer<typeof dockerStatsLine>;

/** One line of `/berth/stats`: the figures of a second. */
export const berthStatsLine = z.object({
  timeMs: z.number(),
  containers: z.array(
    z.object({
      id: z.string(),
      cpuPercent: z.number().nullable(),
      memoryBytes: z.number(),
      memoryLimitBytes: z.number(),
      receivedBytes: z.number(),
      sentBytes: z.number(),
      readBytes: z.number(),
      writtenBytes: z.number(),
      pids: z.number(),
    }),
  ),
  machine: z
    .object({
      cpuPercent: z.number().nullable(),
      memoryBytes: z.number(),
      memoryTotalBytes: z.number(),
      diskUsedBytes: z.number(),
      diskTotalBytes: z.number(),
    })
    .nullable(),
});
