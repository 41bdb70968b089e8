// Builds as the UI sees them: what one asks for, the folder it is made of, and how it went.
import { z } from 'zod';

/** A folder of the user's computer: absolute. */
export const folderPath = z
  .string()
  .max(4096)
  .regex(/^(?:\/|[A-Za-z]:[\\/])[^\0]*$/, 'A folder is named by its whole path.');

/** A path inside a context: relative, with slashes, without a way out. */
export const contextPath = z
  .string()
  .min(1)
  .max(4096)
  .refine(
    (path) => !/^[/\\]|[\0\\]/.test(path) && path.split('/').every((part) => !['', '.', '..'].includes(part)),
    'This is no path inside of the folder.',
  );

/** The name of one entry of a folder. */
export const entryName = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[^/\\\0]+$/)
  .refine((name) => name !== '.' && name !== '..');

/** The longest text that is shown to be edited. */
export const contextTextBytes = 1024 * 1024;

/** Tells one state of a file from another. */
export const fileVersion = z.string().max(200);

/** What a build is asked for. */
export const buildOptions = z
  .object({
    folder: folderPath,
    dockerfile: contextPath,
    tags: z.array(z.string().trim().min(1).max(4096)).max(100),
    /** Empty is the last stage. */
    target: z.string().max(1000),
    arguments: z
      .array(z.object({ name: z.string().min(1).max(1000), value: z.string().max(100_000) }))
      .max(1000),
    labels: z
      .array(z.object({ name: z.string().min(1).max(1000), value: z.string().max(100_000) }))
      .max(1000),
    /** Empty is the engine's own. */
    platform: z.string().max(200),
    /** Images whose steps may be used; none: all that is in the cache. */
    cacheFrom: z.array(z.string().trim().min(1).max(4096)).max(100),
    noCache: z.boolean(),
    /** Asks the registries for newer base images. */
    pull: z.boolean(),
  })
  .strict();
export type BuildOptions = z.infer<typeof buildOptions>;

/** What may go of the build cache. */
export const cachePrune = z
  .object({
    /** Hours since it was last used; 0 is any time. */
    unusedHours: z.number().int().min(0).max(1_000_000),
    /** Bytes of the most recently used that stay; 0 is none. */
    keepBytes: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER),
    /** Also what `RUN --mount=type=cache` keeps. */
    mounts: z.boolean(),
  })
  .strict();
export type CachePrune = z.infer<typeof cachePrune>;

/** One thing that the build cache holds. */
export const cacheItem = z.object({
  id: z.string(),
  /** The instruction, or what it is. */
  description: z.string(),
  sizeBytes: z.number(),
  /** An image has it, too: without the cache it takes no less. */
  shared: z.boolean(),
});

/** A folder that is made of a template. */
export const newContext = z
  .object({
    /** Where the new folder goes. */
    parent: folderPath,
    name: entryName,
    files: z.array(z.object({ path: contextPath, text: z.string().max(contextTextBytes) })).max(100),
  })
  .strict();
export type NewContext = z.infer<typeof newContext>;

/** What lies in a folder of a context. */
export const contextEntry = z.object({
  name: z.string(),
  kind: z.enum(['file', 'folder', 'link', 'other']),
  sizeBytes: z.number(),
  /** It is not sent. Of a folder: nothing in it is, unless an exception says so. */
  ignored: z.boolean(),
});
export type ContextEntry = z.infer<typeof contextEntry>;

/** Lines and columns from 1, the end behind the last character. */
const range = z.object({
  startLine: z.number(),
  startColumn: z.number(),
  endLine: z.number(),
  endColumn: z.number(),
});

const state = z.enum(['running', 'done', 'failed', 'canceled']);
export type BuildState = z.infer<typeof state>;
const error = z.object({
  message: z.string(),
  /** What may help; else empty. */
  hint: z.string(),
  exitCode: z.number().nullable(),
  /** Where in the Dockerfile; null when it is not known. */
  range: range.nullable(),
});

/** What is told of every build. */
const build = z.object({
  id: z.string(),
  state,
  startedMs: z.number(),
  finishedMs: z.number().nullable(),
  /** `sha256:<hex>`; empty without one. */
  image: z.string(),
  /** The names that the image was given. */
  names: z.array(z.string()),
  error: error.nullable(),
});

/** A build in the history. */
export const buildSummary = build.extend({
  /** Those that were asked for. */
  tags: z.array(z.string()),
  target: z.string(),
  /** The folder that it was packed from, as whoever began it told; empty when that is not known. */
  source: z.string(),
  steps: z.number(),
  finished: z.number(),
  cached: z.number(),
});
export type BuildSummary = z.infer<typeof buildSummary>;

/** A step of a build; in an event `log` is what is new of it. */
export const buildStep = z.object({
  number: z.number(),
  stage: z.number(),
  stageName: z.string(),
  text: z.string(),
  range,
  /** Numbers of the steps that it waits for. */
  after: z.array(z.number()),
  state: z.enum(['waiting', 'running', 'done', 'failed', 'canceled']),
  cached: z.boolean(),
  startedMs: z.number().nullable(),
  finishedMs: z.number().nullable(),
  image: z.string(),
  log: z.string(),
});
export type BuildStep = z.infer<typeof buildStep>;

/** A build without its steps. */
export const buildHead = build.extend({
  /** The text that is built. */
  dockerfile: z.string(),
  request: z.object({
    tags: z.array(z.string()),
    /** Its path in the context. */
    dockerfile: z.string(),
    /** Values are not told: they may be secrets. */
    arguments: z.array(z.string()),
    target: z.string(),
    /** A URL or a repository that the context came from; else empty. */
    remote: z.string(),
    source: z.string(),
    noCache: z.boolean(),
    pull: z.boolean(),
  }),
});
export type BuildHead = z.infer<typeof buildHead>;

/** What the stream `build` tells. */
export const buildEvent = z.object({ build: buildHead.nullable(), steps: z.array(buildStep) });
export type BuildEvent = z.infer<typeof buildEvent>;

/** What the stream `builds` tells. */
export const buildHistoryEvent = z.object({ set: z.array(buildSummary), remove: z.array(z.string()) });
export type BuildHistoryEvent = z.infer<typeof buildHistoryEvent>;
