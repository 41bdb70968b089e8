// Images as the API shows them: the list with its filters, and inspect.
import path from 'node:path';
import { familiarName, familiarReference, type ImageReference } from '../../syntax/image-reference.ts';
import { EngineError } from '../errors.ts';
import type { Filters } from '../services.ts';
import { untrustedMap, type ImageHistoryItem, type ImageInspect, type ImageSummary } from '../types.ts';
import { isCanonical, type ImageStore, type StoredImage } from './image-store.ts';
import type { LayerStore } from './layer-store.ts';

const filterNames: ReadonlySet<string> = new Set([
  'reference',
  'dangling',
  'label',
  'label!',
  'before',
  'since',
  'until',
]);

/** `GET /images/json`, newest first. `containers` counts the containers of an image; `all` has the nameless parents, too. */
export function listImages(
  images: ImageStore,
  layers: LayerStore,
  filters: Filters,
  { all, sharedSize }: { readonly all: boolean; readonly sharedSize: boolean },
  containers: (imageId: string) => number,
): ImageSummary[] {
  for (const name of filters.keys()) {
    if (!filterNames.has(name)) throw new EngineError('invalid', `invalid filter '${name}'`);
  }
  const dangling = danglingFilter(filters);
  const before = createdOf(images, filters.get('before')?.at(-1));
  const since = createdOf(images, filters.get('since')?.at(-1));
  const until = untilFilter(filters.get('until')?.at(-1));
  const patterns = filters.get('reference') ?? [];
  const shared = sharedSize ? sharedLayers(images) : undefined;
  const summaries: ImageSummary[] = [];
  for (const image of images.images()) {
    if (image.detached) continue;
    const created = createdMs(image);
    if (before !== undefined && created >= before) continue;
    if (since !== undefined && created <= since) continue;
    if (until !== undefined && created >= until) continue;
    if (!labelsMatch(image, filters)) continue;
    const references = images
      .referencesOf(image.id)
      .filter(
        (reference) => patterns.length === 0 || patterns.some((pattern) => matches(pattern, reference)),
      );
    const tags = references.filter((reference) => !isCanonical(reference));
    if (references.length === 0 && (dangling === false || patterns.length > 0)) continue;
    // What others were committed from and has no name any more is a step, not garbage.
    const isStep = references.length === 0 && images.childrenOf(image.id).length > 0;
    if (isStep && (dangling === true || !all)) continue;
    if (dangling === true && tags.length > 0) continue;
    summaries.push({
      Id: image.id,
      ParentId: parentOf(image, images),
      RepoTags: tags.map(familiarReference),
      RepoDigests: references.filter(isCanonical).map(familiarReference),
      Created: Math.floor(created / 1000),
      Size: image.sizeBytes,
      SharedSize: shared === undefined ? -1 : sharedBytes(image, layers, shared),
      Labels: image.config.config.Labels,
      Containers: containers(image.id),
    });
  }
  return summaries.sort((a, b) => b.Created - a.Created || (a.Id < b.Id ? -1 : 1));
}

/** `GET /images/{name}/json`. */
export function inspectImage(image: StoredImage, images: ImageStore, layers: LayerStore): ImageInspect {
  const { config } = image;
  const references = images.referencesOf(image.id);
  const [top, ...below] = layers.lower(image.chain).map((lower) => path.join(layers.folder, lower));
  return {
    Id: image.id,
    RepoTags: references.filter((reference) => !isCanonical(reference)).map(familiarReference),
    RepoDigests: references.filter(isCanonical).map(familiarReference),
    Parent: parentOf(image, images),
    Comment: config.comment,
    Container: config.container,
    ContainerConfig: config.container_config,
    ...(config.created === '' ? {} : { Created: config.created }),
    DockerVersion: config.docker_version,
    Author: config.author,
    Config: config.config,
    Architecture: config.architecture,
    ...(config.variant === '' ? {} : { Variant: config.variant }),
    Os: osOf(image),
    ...(config['os.version'] === '' ? {} : { OsVersion: config['os.version'] }),
    Size: image.sizeBytes,
    GraphDriver: {
      Name: 'overlay2',
      // Nothing of an image is ever mounted on the host: there is no merged and no work directory to name.
      Data:
        top === undefined
          ? null
          : { UpperDir: top, ...(below.length === 0 ? {} : { LowerDir: below.join(':') }) },
    },
    RootFS: { Type: 'layers', Layers: config.rootfs.diff_ids },
    Metadata: { LastTagTime: image.lastTagTime ?? '0001-01-01T00:00:00Z' },
  };
}

/** The image it was committed from, when that is still here. */
function parentOf({ parent }: StoredImage, images: ImageStore): string {
  return parent !== undefined && images.get(parent)?.detached === false ? parent : '';
}

/** `GET /images/{name}/history`, newest first: only what was committed here has images for its steps. */
export function imageHistory(image: StoredImage, images: ImageStore, layers: LayerStore): ImageHistoryItem[] {
  const sizes = image.chain.map((chainId) => layers.get(chainId)?.fileBytes ?? 0);
  const { history } = image.config;
  let layer = 0;
  const items = history.map((entry) => {
    if (!entry.empty_layer && layer >= sizes.length) {
      throw new EngineError('internal', 'too many non-empty layers in History section');
    }
    return {
      Created: Math.floor(Date.parse(entry.created === '' ? '0001-01-01T00:00:00Z' : entry.created) / 1000),
      CreatedBy: entry.created_by,
      Comment: entry.comment,
      Size: entry.empty_layer ? 0 : (sizes[layer++] ?? 0),
    };
  });
  let step: StoredImage | undefined = image;
  return items.toReversed().map((item) => {
    const at = step;
    const tags = (at === undefined ? [] : images.referencesOf(at.id))
      .filter((reference) => !isCanonical(reference))
      .map(familiarReference);
    step = at?.parent === undefined ? undefined : images.get(at.parent);
    return { Id: at?.id ?? '<missing>', ...item, Tags: tags.length === 0 ? null : tags };
  });
}

/** An image's operating system; an old config that does not say means Linux. */
export function osOf(image: StoredImage): string {
  return image.config.os === '' ? 'linux' : image.config.os;
}

/** A shell pattern of Go's path.Match: `*` and `?` stay within a path component. Undefined when it is malformed. */
export function globToRegExp(pattern: string): RegExp | undefined {
  let source = '';
  for (let index = 0; index < pattern.length; index++) {
    const character = pattern.charAt(index);
    if (character === '*') {
      // Stars in a row are one star, and cost no backtracking.
      if (pattern.charAt(index + 1) !== '*') source += '[^/]*';
    } else if (character === '?') {
      source += '[^/]';
    } else if (character === '[') {
      const end = pattern.indexOf(']', index + 2);
      if (end < 0) return undefined;
      const body = pattern.slice(index + 1, end).replaceAll(/[\\[\]]/g, '\\$&');
      source += `[${body}]`;
      index = end;
    } else {
      const literal = character === '\\' ? pattern.charAt(++index) : character;
      if (literal === '') return undefined;
      source += literal.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&');
    }
  }
  try {
    return new RegExp(`^${source}$`, 'u');
  } catch {
    return undefined;
  }
}

function matches(pattern: string, reference: ImageReference): boolean {
  const expression = globToRegExp(pattern);
  if (expression === undefined) {
    throw new EngineError('invalid', `invalid filter 'reference=${pattern}': syntax error in pattern`);
  }
  return expression.test(familiarReference(reference)) || expression.test(familiarName(reference));
}

function danglingFilter(filters: Filters): boolean | undefined {
  const values = filters.get('dangling');
  if (values === undefined) return undefined;
  const wanted = values.map((value) => {
    if (value === '1' || value === 'true') return true;
    if (value === '0' || value === 'false') return false;
    throw new EngineError('invalid', `invalid filter 'dangling=[${values.join(' ')}]'`);
  });
  // Both asked for is the same as neither.
  return wanted.includes(true) && wanted.includes(false) ? undefined : wanted[0];
}

function labelsMatch(image: StoredImage, filters: Filters): boolean {
  const labels = image.config.config.Labels;
  const has = (wanted: string): boolean => {
    const equals = wanted.indexOf('=');
    const key = equals < 0 ? wanted : wanted.slice(0, equals);
    if (!Object.hasOwn(labels, key)) return false;
    return equals < 0 || labels[key] === wanted.slice(equals + 1);
  };
  return (
    (filters.get('label') ?? []).every(has) && !(filters.get('label!') ?? []).some((wanted) => has(wanted))
  );
}

/** Milliseconds since the epoch; an image that does not say is from the beginning of time. */
function createdMs(image: StoredImage): number {
  return image.config.created === '' ? 0 : Date.parse(image.config.created);
}

function createdOf(images: ImageStore, typed: string | undefined): number | undefined {
  return typed === undefined ? undefined : createdMs(images.find(typed));
}

/** `until`: a date, seconds since the epoch, or a duration back from now like `1h30m`. In milliseconds. */
function untilFilter(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const units = new Map([
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1000],
    ['ms', 1],
  ]);
  if (/^(?:[0-9]+(?:\.[0-9]+)?(?:h|ms|m|s))+$/.test(text)) {
    let total = 0;
    for (const [, amount, unit] of text.matchAll(/([0-9.]+)(h|ms|m|s)/g)) {
      total += Number(amount) * (units.get(unit ?? '') ?? 0);
    }
    return Date.now() - total;
  }
  const at = /^[0-9]+(?:\.[0-9]+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text);
  if (Number.isNaN(at)) throw new EngineError('invalid', `invalid filter 'until=${text}'`);
  return at;
}

/** How many images stand on each layer. */
function sharedLayers(images: ImageStore): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { chain } of images.images()) {
    for (const chainId of chain) counts.set(chainId, (counts.get(chainId) ?? 0) + 1);
  }
  return counts;
}

function sharedBytes(image: StoredImage, layers: LayerStore, counts: ReadonlyMap<string, number>): number {
  return image.chain
    .filter((chainId) => (counts.get(chainId) ?? 0) > 1)
    .reduce((sum, chainId) => sum + (layers.get(chainId)?.fileBytes ?? 0), 0);
}

/** Labels of an image as an event's attributes, with the name it happened to. */
export function eventAttributes(image: StoredImage, name: string): Record<string, string> {
  return untrustedMap<string>([...Object.entries(image.config.config.Labels), ['name', name]]);
}
