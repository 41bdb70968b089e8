// How a registry wants to be asked: parsing `WWW-Authenticate`, fetching bearer tokens, and the one rule that keeps
// credentials at home: they go to the registry's own host or to a token server of the same domain, nowhere else.
import net from 'node:net';
import { z } from 'zod';
import { EngineError } from '../errors.ts';
import type { RegistryAuth } from '../services.ts';
import { HttpConnections, readBody } from './registry-http.ts';

/** One challenge of a 401 answer. Parameter names are in lower case. */
export interface AuthChallenge {
  readonly scheme: 'bearer' | 'basic';
  readonly parameters: ReadonlyMap<string, string>;
}

const maxTokenBytes = 256 * 1024;

const tokenAnswer = z
  .object({ token: z.string().optional(), access_token: z.string().optional() })
  .transform((answer) => answer.token ?? answer.access_token)
  .pipe(z.string().min(1));

/** The first challenge we can meet; undefined when there is none (RFC 9110, section 11.6.1). */
export function parseChallenge(header: string | undefined): AuthChallenge | undefined {
  if (header === undefined || header.length > 8192) return undefined;
  const found: AuthChallenge[] = [];
  const schemes = /(?:^|,)\s*(bearer|basic)(?:\s+|$)/gi;
  for (const match of header.matchAll(schemes)) {
    const scheme = match[1]?.toLowerCase() === 'bearer' ? 'bearer' : 'basic';
    found.push({ scheme, parameters: parseParameters(header.slice(match.index + match[0].length)) });
  }
  return found.find((challenge) => challenge.scheme === 'bearer') ?? found[0];
}

/** `key="value", key=value` up to whatever is none of these. */
function parseParameters(text: string): Map<string, string> {
  const parameters = new Map<string, string>();
  const pair = /\s*,?\s*([A-Za-z0-9_-]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s",]+))/y;
  for (let match = pair.exec(text); match !== null; match = pair.exec(text)) {
    const key = match[1]?.toLowerCase();
    const value = match[2]?.replaceAll(/\\(.)/g, '$1') ?? match[3];
    if (key !== undefined && value !== undefined) parameters.set(key, value);
  }
  return parameters;
}

/**
 * Whether the registry at `registry` may have us send its credentials to `realm`. Its own host may; another host may
 * when both have the same parent domain (registry-1.docker.io and auth.docker.io) and it is reached over TLS.
 */
export function mayReceiveCredentials(registry: URL, realm: URL): boolean {
  if (realm.hostname === registry.hostname) {
    return realm.protocol === 'https:' || registry.protocol === 'http:';
  }
  if (realm.protocol !== 'https:') return false;
  if (isAddress(registry.hostname) || isAddress(realm.hostname)) return false;
  const parents = new Set(parentDomains(registry.hostname));
  return parentDomains(realm.hostname).some((parent) => parents.has(parent));
}

function isAddress(hostname: string): boolean {
  return net.isIP(hostname.replace(/^\[|\]$/g, '')) !== 0;
}

/** The host itself and the domain above it, unless anybody can have a name there, as below `co.uk`. */
function parentDomains(hostname: string): string[] {
  const labels = hostname.toLowerCase().split('.');
  const above = labels.slice(1);
  const [first = '', last = ''] = above;
  const isPublic = above.length < 2 || (above.length === 2 && first.length <= 3 && last.length === 2);
  return labels.length < 2 ? [] : isPublic ? [labels.join('.')] : [labels.join('.'), above.join('.')];
}

/**
 * The `Authorization` header that meets a challenge; undefined when there is nothing to send.
 * `scopes` are what we want to do, `repository:library/busybox:pull`.
 */
export async function authorize(
  connections: HttpConnections,
  registry: URL,
  insecure: boolean,
  challenge: AuthChallenge,
  scopes: readonly string[],
  auth: RegistryAuth | undefined,
  signal: AbortSignal,
): Promise<string | undefined> {
  const basic = basicCredentials(auth);
  if (challenge.scheme === 'basic') return basic;
  const realmText = challenge.parameters.get('realm') ?? '';
  const realm = URL.canParse(realmText) ? new URL(realmText) : undefined;
  if (realm === undefined || (realm.protocol !== 'https:' && realm.protocol !== 'http:')) {
    throw new EngineError('internal', `the registry ${registry.host} names no usable token server`);
  }
  const service = challenge.parameters.get('service') ?? '';
  const sameHost = realm.hostname === registry.hostname;
  const trusted = mayReceiveCredentials(registry, realm);
  const identityToken = trusted ? auth?.identityToken : undefined;
  let response;
  if (identityToken !== undefined && identityToken !== '') {
    const form = new URLSearchParams({
      grant_type: 'refresh_token',
      service,
      scope: scopes.join(' '),
      client_id: 'berth',
      refresh_token: identityToken,
    });
    response = await connections.request(realm, {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: form.toString(),
      insecure: insecure && sameHost,
      signal,
    });
  } else {
    if (service !== '') realm.searchParams.set('service', service);
    for (const scope of scopes) realm.searchParams.append('scope', scope);
    const credentials = trusted ? basic : undefined;
    response = await connections.request(realm, {
      ...(credentials === undefined ? {} : { headers: { Authorization: credentials } }),
      insecure: insecure && sameHost,
      signal,
    });
  }
  const body = await readBody(response, maxTokenBytes);
  if (response.statusCode === 401 || response.statusCode === 403) {
    throw new EngineError(
      'internal',
      basic === undefined || trusted
        ? `Get "${realm.href}": unauthorized: ${basic === undefined ? 'authentication required' : 'incorrect username or password'}`
        : `the registry ${registry.host} asks for its credentials to be sent to ${realm.host}, which is not its own: they were not sent`,
    );
  }
  if (response.statusCode !== 200) {
    throw new EngineError(
      'internal',
      `Get "${realm.href}": received unexpected HTTP status: ${String(response.statusCode)} ${response.statusMessage ?? ''}`.trimEnd(),
    );
  }
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch {
    value = undefined;
  }
  const token = tokenAnswer.safeParse(value);
  // A line break would begin another header.
  if (!token.success || !/^[\x21-\x7e]+$/.test(token.data)) {
    throw new EngineError('internal', `the token server ${realm.host} of ${registry.host} gave no token`);
  }
  return `Bearer ${token.data}`;
}

/** `Basic …`, or undefined without a user name and password. */
function basicCredentials(auth: RegistryAuth | undefined): string | undefined {
  const { username, password } = auth ?? {};
  if (username === undefined || password === undefined || username === '') return undefined;
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}
