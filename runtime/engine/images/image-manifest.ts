// The documents an image is made of, as registries and archives hold them: index, manifest and config, in Docker's
// and in OCI's form. What comes in is bounded and checked here; fetching it is others' business.
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { EngineError } from '../errors.ts';
import { containerConfig } from '../types.ts';

/** Manifests, indexes and configs larger than this are refused, as most registries do. */
export const maxDocumentBytes = 4 * 1024 * 1024;
/** The kernel mounts at most 128 overlay layers worth having; Docker's limit is the same. */
export const maxLayers = 127;

export const mediaTypes = {
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerList: 'application/vnd.docker.distribution.manifest.list.v2+json',
  ociManifest: 'application/vnd.oci.image.manifest.v1+json',
  ociIndex: 'application/vnd.oci.image.index.v1+json',
} as const;

const configTypes: ReadonlySet<string> = new Set([
  'application/vnd.docker.container.image.v1+json',
  'application/vnd.oci.image.config.v1+json',
]);
const layerType =
  /^application\/vnd\.(docker\.image\.rootfs\.(foreign\.)?diff\.tar(\.gzip|\.zstd)?|oci\.image\.layer\.(nondistributable\.)?v1\.tar(\+gzip|\+zstd)?)$/;

/** `sha256:<hex>`; no other algorithm is in use. */
export const sha256Digest = z.string().regex(/^sha256:[0-9a-f]{64}$/, 'is not a sha256 digest');

const descriptor = z.object({
  mediaType: z.string().max(255),
  digest: sha256Digest,
  size: z.int().nonnegative(),
});
/** Where a blob is and how large; `urls` of foreign layers are dropped, so that nobody can send us elsewhere. */
export type Descriptor = z.infer<typeof descriptor>;

const platformOf = z.object({
  architecture: z.string(),
  os: z.string(),
  variant: z.string().optional(),
});

const manifestSchema = z.object({
  schemaVersion: z.literal(2),
  mediaType: z.string().optional(),
  config: descriptor,
  layers: z.array(descriptor).max(maxLayers, 'max depth exceeded'),
});
export type Manifest = z.infer<typeof manifestSchema>;

const indexSchema = z.object({
  schemaVersion: z.literal(2),
  mediaType: z.string().optional(),
  manifests: z
    .array(
      descriptor.extend({
        platform: platformOf.nullish(),
        annotations: z.record(z.string(), z.string()).nullish(),
      }),
    )
    .max(1000),
});
export type ManifestIndex = z.infer<typeof indexSchema>;

const optionalText = z
  .string()
  .nullish()
  .transform((value) => value ?? '');

const historyEntry = z.object({
  created: optionalText,
  author: optionalText,
  created_by: optionalText,
  comment: optionalText,
  empty_layer: z
    .boolean()
    .nullish()
    .transform((value) => value ?? false),
});
/** A step in an image's making; one without a layer changed only its config. */
export type HistoryEntry = z.infer<typeof historyEntry>;

const configSchema = z.object({
  created: z
    .string()
    .nullish()
    .transform((value) =>
      value === null || value === undefined || Number.isNaN(Date.parse(value)) ? '' : value,
    ),
  author: optionalText,
  comment: optionalText,
  docker_version: optionalText,
  architecture: optionalText,
  variant: optionalText,
  os: optionalText,
  'os.version': optionalText,
  /** The container it was committed from. */
  container: optionalText,
  container_config: containerConfig.nullish().transform((value) => value ?? containerConfig.parse({})),
  config: containerConfig.nullish().transform((value) => value ?? containerConfig.parse({})),
  history: z
    .array(historyEntry)
    .nullish()
    .transform((value) => value ?? []),
  rootfs: z.object({
    type: z.literal('layers').optional(),
    diff_ids: z
      .array(sha256Digest)
      .max(maxLayers, 'max depth exceeded')
      .nullish()
      .transform((value) => value ?? []),
  }),
});
/** An image's config: its bytes' digest is the image's id. */
export type ImageConfig = z.infer<typeof configSchema>;

/** `sha256:<hex>` of these bytes. Only for small documents: bulk is hashed by workers. */
export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** A manifest or an index, told apart by its media type, or by its content where it has none. */
export type ManifestDocument =
  | { readonly kind: 'manifest'; readonly manifest: Manifest }
  | { readonly kind: 'index'; readonly index: ManifestIndex };

/** Parses a manifest or index. `contentType` is what the sender called it, if anything. */
export function parseManifest(bytes: Uint8Array, contentType: string | undefined): ManifestDocument {
  const value = parseJson(bytes, 'manifest');
  const own = z.object({ mediaType: z.string() }).safeParse(value);
  const type = own.success ? own.data.mediaType : (contentType?.split(';', 1)[0]?.trim() ?? '');
  if (
    /vnd\.docker\.distribution\.manifest\.v1\+/.test(type) ||
    z.object({ schemaVersion: z.literal(1) }).safeParse(value).success
  ) {
    throw new EngineError(
      'invalid',
      'the image has the old manifest format "schema 1", which is no longer supported',
      { hint: 'Push the image again with a current Docker.' },
    );
  }
  if (type === mediaTypes.dockerList || type === mediaTypes.ociIndex) {
    return { kind: 'index', index: check(indexSchema, value, 'manifest list') };
  }
  if (type === mediaTypes.dockerManifest || type === mediaTypes.ociManifest) {
    return { kind: 'manifest', manifest: checkManifest(value) };
  }
  // A static server may call it anything; the fields say what it is.
  if (z.object({ manifests: z.array(z.unknown()) }).safeParse(value).success) {
    return { kind: 'index', index: check(indexSchema, value, 'manifest list') };
  }
  if (z.object({ layers: z.array(z.unknown()) }).safeParse(value).success) {
    return { kind: 'manifest', manifest: checkManifest(value) };
  }
  throw new EngineError('invalid', `unsupported manifest media type ${JSON.stringify(type)}`);
}

/** Parses an image's config and checks that it belongs to an image of `layerCount` layers for Linux. */
export function parseImageConfig(bytes: Uint8Array, layerCount: number): ImageConfig {
  const config = check(configSchema, parseJson(bytes, 'image config'), 'image config');
  if (config.os !== '' && config.os !== 'linux') {
    throw new EngineError(
      'invalid',
      `image operating system ${JSON.stringify(config.os)} cannot be used on this platform: operating system is not supported`,
    );
  }
  if (config.rootfs.diff_ids.length !== layerCount) {
    throw new EngineError('internal', "layers from manifest don't match image configuration");
  }
  return config;
}

/** The chainIDs of a stack of layers, lowest first (OCI image spec, "Layer ChainID"). */
export function chainIds(diffIds: readonly string[]): string[] {
  const chain: string[] = [];
  for (const diffId of diffIds) {
    const parent = chain.at(-1);
    chain.push(parent === undefined ? diffId : nextChainId(parent, diffId));
  }
  return chain;
}

/** The chainID of a layer on a parent's. */
export function nextChainId(parent: string, diffId: string): string {
  return digestOf(Buffer.from(`${parent} ${diffId}`));
}

/** Parses JSON of a foreign document; `what` names it in the error. */
export function parseJson(bytes: Uint8Array, what: string): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new EngineError('invalid', `the ${what} is not valid JSON`, { cause });
  }
}

/** Checks a foreign document by its schema; the error names the first field that is wrong. */
export function check<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const where = issue === undefined ? '' : `${issue.path.join('.')}: ${issue.message}`;
  throw new EngineError('invalid', `the ${what} is not valid: ${where}`, { cause: parsed.error });
}

function checkManifest(value: unknown): Manifest {
  const manifest = check(manifestSchema, value, 'manifest');
  const foreign = !configTypes.has(manifest.config.mediaType)
    ? manifest.config.mediaType
    : manifest.layers.find((layer) => !layerType.test(layer.mediaType))?.mediaType;
  if (foreign !== undefined) {
    throw new EngineError(
      'invalid',
      `this is no container image: unsupported media type ${JSON.stringify(foreign)}`,
    );
  }
  return manifest;
}
