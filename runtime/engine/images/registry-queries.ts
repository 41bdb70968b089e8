// What registries are asked besides pulls and pushes: whether a credential is good, what a name means there, and Docker Hub's search.
import { z } from 'zod';
import { defaultDomain, withDefaultTag, type ImageReference } from '../../syntax/image-reference.ts';
import { EngineError } from '../errors.ts';
import type { DistributionInspect, Filters, RegistryAuth, SearchResult } from '../services.ts';
import { check, maxDocumentBytes, mediaTypes, parseJson, parseManifest } from './image-manifest.ts';
import type { RegistryClient } from './registry-client.ts';
import { registryEndpoints, type RegistryOptions } from './registry-endpoint.ts';
import { NetworkError, readBody, type HttpConnections } from './registry-http.ts';
import { authorize, parseChallenge } from './registry-token.ts';

const maxSearchBytes = 4 * 1024 * 1024;
/** Where Docker Hub is searched. */
export const hubIndexOrigin = 'https://index.docker.io';

const platformFields = z.object({
  architecture: z.string().default(''),
  os: z.string().default(''),
  variant: z.string().optional(),
  'os.version': z.string().optional(),
});

/** `GET /distribution/{name}/json`: the manifest that a name leads to, and its platforms. */
export async function inspectDistribution(
  registry: RegistryClient,
  reference: ImageReference,
  auth: RegistryAuth | undefined,
  signal: AbortSignal,
): Promise<DistributionInspect> {
  const named = withDefaultTag(reference);
  const repository = registry.repository(named, auth);
  const top = await repository.manifest(named.digest ?? named.tag ?? '', signal);
  const document = parseManifest(top.bytes, top.contentType);
  const own = z.object({ mediaType: z.string() }).safeParse(parseJson(top.bytes, 'manifest'));
  const mediaType = own.success
    ? own.data.mediaType
    : (top.contentType ?? (document.kind === 'index' ? mediaTypes.ociIndex : mediaTypes.ociManifest));
  const platforms: readonly z.infer<typeof platformFields>[] =
    document.kind === 'index'
      ? document.index.manifests.map((entry) => entry.platform ?? { architecture: '', os: '' })
      : [
          check(
            platformFields,
            parseJson(await repository.document(document.manifest.config, signal), 'image config'),
            'image config',
          ),
        ];
  return {
    Descriptor: { mediaType, digest: top.digest, size: top.bytes.length },
    Platforms: platforms.map((platform) => ({
      architecture: platform.architecture,
      os: platform.os,
      ...(platform['os.version'] === undefined ? {} : { 'os.version': platform['os.version'] }),
      ...(platform.variant === undefined || platform.variant === '' ? {} : { variant: platform.variant }),
    })),
  };
}

/** The registry that a login names: `https://host/v1/`, `host`, or nothing for Docker Hub. */
export function registryOfAddress(address: string): string {
  const host = address.replace(/^https?:\/\//i, '').replace(/\/.*$/, '');
  const isHub = host === '' || host === 'index.docker.io' || host === 'registry-1.docker.io';
  if (!isHub && !URL.canParse(`https://${host}/`)) {
    throw new EngineError('invalid', `${JSON.stringify(address)} is no registry's address`);
  }
  return isHub ? defaultDomain : host;
}

/** Whether a credential is good. Throws in Docker's words when it is not. */
export async function logIn(
  connections: HttpConnections,
  options: RegistryOptions,
  domain: string,
  auth: RegistryAuth,
  signal: AbortSignal,
): Promise<void> {
  let failure: unknown;
  for (const { origin, mirror, insecure } of registryEndpoints(domain, options)) {
    if (mirror) continue;
    const url = new URL('/v2/', origin);
    try {
      const first = await connections.request(url, { insecure, signal });
      await readBody(first, maxDocumentBytes);
      const challenge = parseChallenge(first.headers['www-authenticate']);
      if (first.statusCode === 200 || challenge === undefined) return statusMustBe200(url, first);
      const header = await authorize(connections, url, insecure, challenge, [], auth, signal);
      const headers: Record<string, string> = header === undefined ? {} : { Authorization: header };
      const second = await connections.request(url, { insecure, headers, signal });
      await readBody(second, maxDocumentBytes);
      return statusMustBe200(url, second);
    } catch (error) {
      signal.throwIfAborted();
      failure = error;
      if (!(error instanceof NetworkError)) break;
    }
  }
  throw failure instanceof NetworkError
    ? new EngineError('internal', failure.message, { cause: failure })
    : failure;
}

function statusMustBe200(
  url: URL,
  response: { readonly statusCode?: number | undefined; readonly statusMessage?: string | undefined },
): void {
  const status = response.statusCode ?? 0;
  if (status === 200) return;
  throw new EngineError(
    status === 401 || status === 403 ? 'unauthorized' : 'internal',
    `login attempt to ${url.href} failed with status: ${String(status)} ${response.statusMessage ?? ''}`.trimEnd(),
  );
}

const searchAnswer = z.object({
  results: z
    .array(
      z.object({
        name: z.string(),
        description: z.string().nullish(),
        star_count: z.int().nullish(),
        is_official: z.boolean().nullish(),
        is_automated: z.boolean().nullish(),
      }),
    )
    .nullish(),
});

/** `GET /images/search`: Docker Hub's own search; `host/term` asks the search of another registry, which most do not have. */
export async function searchRegistry(
  connections: HttpConnections,
  origins: { readonly hub: string; readonly options: RegistryOptions },
  { term, limit, filters }: { readonly term: string; readonly limit: number; readonly filters: Filters },
  signal: AbortSignal,
): Promise<SearchResult[]> {
  if (limit < 1 || limit > 100) {
    throw new EngineError('invalid', `Limit ${String(limit)} is outside the range of [1, 100]`);
  }
  const wanted = {
    official: booleanFilter(filters, 'is-official'),
    automated: booleanFilter(filters, 'is-automated'),
    stars: starsFilter(filters),
  };
  const slash = term.indexOf('/');
  const first = slash < 0 ? '' : term.slice(0, slash);
  const isHost = /[.:]/.test(first) || first === 'localhost';
  const endpoint = isHost ? registryEndpoints(first, origins.options).at(-1) : undefined;
  const url = new URL('/v1/search', endpoint?.origin ?? origins.hub);
  url.searchParams.set('q', isHost ? term.slice(slash + 1) : term);
  url.searchParams.set('n', String(limit));
  const response = await connections
    .request(url, { insecure: endpoint?.insecure ?? false, signal })
    .catch((error: unknown) => {
      if (!(error instanceof NetworkError)) throw error;
      throw new EngineError('internal', error.message, {
        cause: error,
        ...(isHost ? {} : { hint: 'Searching asks Docker Hub itself: mirrors have no search.' }),
      });
    });
  const bytes = await readBody(response, maxSearchBytes);
  if (response.statusCode !== 200) {
    throw new EngineError('internal', `Unexpected status code ${String(response.statusCode)}`);
  }
  const { results } = check(searchAnswer, parseJson(bytes, 'answer of the search'), 'answer of the search');
  return (results ?? [])
    .map((found) => ({
      name: found.name,
      description: found.description ?? '',
      star_count: found.star_count ?? 0,
      is_official: found.is_official ?? false,
      is_automated: found.is_automated ?? false,
    }))
    .filter(
      (found) =>
        (wanted.official === undefined || found.is_official === wanted.official) &&
        (wanted.automated === undefined || found.is_automated === wanted.automated) &&
        found.star_count >= wanted.stars,
    )
    .slice(0, limit);
}

function booleanFilter(filters: Filters, name: string): boolean | undefined {
  const values = filters.get(name);
  if (values === undefined) return undefined;
  const [value] = values;
  if (values.length === 1 && (value === 'true' || value === '1')) return true;
  if (values.length === 1 && (value === 'false' || value === '0')) return false;
  throw new EngineError('invalid', `Invalid filter '${name}=[${values.join(' ')}]'`);
}

function starsFilter(filters: Filters): number {
  let stars = 0;
  for (const value of filters.get('stars') ?? []) {
    if (!/^\d{1,9}$/.test(value)) throw new EngineError('invalid', `Invalid filter 'stars=${value}'`);
    stars = Math.max(stars, Number(value));
  }
  return stars;
}
