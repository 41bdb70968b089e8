// Where an engine is: parsed from what a user writes (`-H`, `DOCKER_HOST`), or the embedded engine's own socket.
// Connecting is left to `engine-client.ts`.
import { readFileSync } from 'node:fs';
import path from 'node:path';

/** The socket on which the embedded engine listens unless told otherwise. */
export const embeddedSocketPath = '/run/berth/berth.sock';

/** Client certificate and authority for TCP with TLS, PEM. */
export interface TlsFiles {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** An engine's address. `url` is how a person writes it. */
export type Endpoint =
  | { readonly kind: 'unix'; readonly url: string; readonly socketPath: string }
  | {
      readonly kind: 'tcp';
      readonly url: string;
      readonly hostname: string;
      readonly port: number;
      readonly tls: TlsFiles | undefined;
    };

/** The environment variables that Docker's own clients read. */
export interface EndpointEnvironment {
  readonly DOCKER_HOST?: string | undefined;
  readonly DOCKER_TLS_VERIFY?: string | undefined;
  readonly DOCKER_CERT_PATH?: string | undefined;
}

/** The endpoint of a unix socket. */
export function unixEndpoint(socketPath: string): Endpoint {
  return { kind: 'unix', url: `unix://${socketPath}`, socketPath };
}

/**
 * Parses `unix:///path`, `tcp://host:port` or `http://host:port`. With `DOCKER_TLS_VERIFY` set, TCP uses the
 * certificates in `DOCKER_CERT_PATH`. Throws an Error with a sentence for whatever else is written.
 */
export function parseEndpoint(text: string, environment: EndpointEnvironment = {}): Endpoint {
  if (text.startsWith('unix://')) {
    const socketPath = text.slice('unix://'.length);
    if (!path.isAbsolute(socketPath)) {
      throw new Error(`${text} is not an engine's address: a unix socket needs an absolute path`);
    }
    return unixEndpoint(socketPath);
  }
  const scheme = /^([a-z]+):\/\//.exec(text)?.[1];
  if (scheme !== 'tcp' && scheme !== 'http') {
    throw new Error(`${text} is not an engine's address: write unix:///path or tcp://host:port`);
  }
  const address = text.slice(scheme.length);
  if (!URL.canParse(`http${address}`)) {
    throw new Error(`${text} is not an engine's address: write tcp://host:port`);
  }
  const url = new URL(`http${address}`);
  if (url.hostname === '' || (url.pathname !== '' && url.pathname !== '/')) {
    throw new Error(`${text} is not an engine's address: write tcp://host:port`);
  }
  const secure = (environment.DOCKER_TLS_VERIFY ?? '') !== '';
  // 2375 and 2376 are the ports registered for Docker without and with TLS.
  const port = url.port === '' ? (scheme === 'http' ? 80 : secure ? 2376 : 2375) : Number(url.port);
  const tls = secure ? readTlsFiles(environment.DOCKER_CERT_PATH) : undefined;
  return { kind: 'tcp', url: text, hostname: url.hostname.replace(/^\[|\]$/g, ''), port, tls };
}

function readTlsFiles(folder: string | undefined): TlsFiles {
  if (folder === undefined || folder === '') {
    throw new Error('DOCKER_TLS_VERIFY is set, but DOCKER_CERT_PATH does not say where the certificates are');
  }
  const read = (name: string) => readFileSync(path.join(folder, name), 'utf8');
  return { ca: read('ca.pem'), cert: read('cert.pem'), key: read('key.pem') };
}

/** The engine a user works with: the one `DOCKER_HOST` names, else the embedded one. Throws as {@link parseEndpoint}. */
export function findEngine(environment: EndpointEnvironment): Endpoint {
  const named = environment.DOCKER_HOST ?? '';
  return named === '' ? unixEndpoint(embeddedSocketPath) : parseEndpoint(named, environment);
}
