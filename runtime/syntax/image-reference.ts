// Image references: `busybox`, `ghcr.io/me/app:1.0`, `python@sha256:…`. One parser for the engine and the UI,
// with Docker's defaults (docker.io, library/), its short ("familiar") form and its error words.
// The grammar is the one of the distribution project's reference package.

/** A parsed reference. `domain` and `path` are complete, `tag` and `digest` only what was written. */
export interface ImageReference {
  /** Registry host with its port, `docker.io` by default. */
  readonly domain: string;
  /** Repository within the registry, `library/busybox`. */
  readonly path: string;
  readonly tag?: string;
  /** `sha256:<hex>`. */
  readonly digest?: string;
}

/** What is written is no image reference; the message is Docker's. */
export class InvalidReferenceError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'InvalidReferenceError';
  }
}

export const defaultDomain = 'docker.io';
export const defaultTag = 'latest';
const officialPrefix = 'library/';
const maxPathLength = 255;

const domainLabel = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const domainPattern = `(?:${domainLabel}(?:\\.${domainLabel})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?`;
const pathComponent = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const pathPattern = `${pathComponent}(?:/${pathComponent})*`;
const tagPattern = '[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,127}';
const digestPattern = '[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}';

const referenceRegExp = new RegExp(
  `^(${domainPattern})/(${pathPattern})(?::(${tagPattern}))?(?:@(${digestPattern}))?$`,
);
const tagRegExp = new RegExp(`^${tagPattern}$`);
const hexLengths: ReadonlyMap<string, number> = new Map([
  ['sha256', 64],
  ['sha384', 96],
  ['sha512', 128],
]);

/** Whether `text` is a whole digest of an algorithm we know, `sha256:<64 hex>`. */
export function isDigest(text: string): boolean {
  return digestError(text) === undefined;
}

/** Whether `text` may be a tag. */
export function isTag(text: string): boolean {
  return tagRegExp.test(text);
}

/**
 * Parses what a user typed. Throws {@link InvalidReferenceError} in Docker's words.
 * An image id of 64 hexadecimal digits is refused: it names no repository.
 */
export function parseImageReference(text: string): ImageReference {
  if (text === '') throw new InvalidReferenceError('invalid reference format');
  if (/^[0-9a-f]{64}$/.test(text)) {
    throw new InvalidReferenceError(
      `invalid repository name (${text}), cannot specify 64-byte hexadecimal strings`,
    );
  }
  const { domain, rest } = splitDomain(text);
  const match = referenceRegExp.exec(`${domain}/${rest}`);
  if (match === null) {
    const name = rest.split(/[:@]/, 1)[0] ?? '';
    if (name !== name.toLowerCase() && referenceRegExp.test(`${domain}/${rest.toLowerCase()}`)) {
      throw new InvalidReferenceError('invalid reference format: repository name must be lowercase');
    }
    throw new InvalidReferenceError('invalid reference format');
  }
  const [, host, path, tag, digest] = match;
  if (host === undefined || path === undefined) throw new InvalidReferenceError('invalid reference format');
  if (path.length > maxPathLength) {
    throw new InvalidReferenceError(`repository name must not be more than ${maxPathLength} characters`);
  }
  if (digest !== undefined) {
    const problem = digestError(digest);
    if (problem !== undefined) throw new InvalidReferenceError(problem);
  }
  return {
    domain: host,
    path,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
  };
}

/** The same repository with this tag, or this digest when `tagOrDigest` is one. Throws when it is neither. */
export function withTagOrDigest(reference: ImageReference, tagOrDigest: string): ImageReference {
  const { domain, path } = reference;
  if (isDigest(tagOrDigest)) return { domain, path, digest: tagOrDigest };
  if (!isTag(tagOrDigest)) throw new InvalidReferenceError('invalid tag format');
  return { domain, path, tag: tagOrDigest };
}

/** The reference with tag `latest` when it has neither tag nor digest. */
export function withDefaultTag(reference: ImageReference): ImageReference {
  if (reference.tag !== undefined || reference.digest !== undefined) return reference;
  return { ...reference, tag: defaultTag };
}

/** The repository's full name, `docker.io/library/busybox`. */
export function repositoryName(reference: ImageReference): string {
  return `${reference.domain}/${reference.path}`;
}

/** The repository's name as people write it, `busybox`. */
export function familiarName(reference: ImageReference): string {
  const { domain, path } = reference;
  if (domain !== defaultDomain) return `${domain}/${path}`;
  const short =
    path.startsWith(officialPrefix) && !path.includes('/', officialPrefix.length)
      ? path.slice(officialPrefix.length)
      : path;
  // A short form that would be read as something else is none: docker.io/foo.bar/baz.
  const again = splitDomain(short);
  const safe = again.domain === domain && again.rest === path && !/^[0-9a-f]{64}$/.test(short);
  return safe ? short : `${domain}/${path}`;
}

/** The full form, `docker.io/library/busybox:latest`. */
export function formatReference(reference: ImageReference): string {
  return repositoryName(reference) + suffix(reference);
}

/** The form people write, `busybox:latest`. */
export function familiarReference(reference: ImageReference): string {
  return familiarName(reference) + suffix(reference);
}

function suffix({ tag, digest }: ImageReference): string {
  return (tag === undefined ? '' : `:${tag}`) + (digest === undefined ? '' : `@${digest}`);
}

/** The first component is a host when it has a dot, a colon or a capital, or is `localhost`. */
function splitDomain(text: string): { domain: string; rest: string } {
  const slash = text.indexOf('/');
  if (slash < 0) return { domain: defaultDomain, rest: officialPrefix + text };
  const first = text.slice(0, slash);
  const rest = text.slice(slash + 1);
  const isHost = first === 'localhost' || /[.:]/.test(first) || first !== first.toLowerCase();
  if (isHost && first !== 'index.docker.io' && first !== defaultDomain) return { domain: first, rest };
  const path = isHost ? rest : text;
  return { domain: defaultDomain, rest: path.includes('/') ? path : officialPrefix + path };
}

/** Why `text` is no digest, in Docker's words. */
function digestError(text: string): string | undefined {
  const [algorithm, hex] = text.split(':', 2);
  if (algorithm === undefined || hex === undefined) return 'invalid checksum digest format';
  const length = hexLengths.get(algorithm);
  if (length === undefined) return 'unsupported digest algorithm';
  if (hex.length !== length || text.length !== algorithm.length + 1 + length) {
    return 'invalid checksum digest length';
  }
  return /^[0-9a-f]+$/.test(hex) ? undefined : 'invalid checksum digest format';
}
