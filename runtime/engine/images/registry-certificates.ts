// What a user trusts of a registry, and shows it: `certs.d/<host[:port]>/` holds `*.crt` (authorities), and `*.cert` with `*.key`
// (a certificate of one's own), as Docker reads them. Beside them count the system's authorities.
import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import tls from 'node:tls';
import { EngineError } from '../errors.ts';

/** Where Docker's users keep them. */
export const certificatesFolder = '/etc/docker/certs.d';
/** The system's own authorities, by distribution. */
const systemBundles = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
];

/** What TLS to one host uses. */
export interface HostCertificates {
  readonly ca: readonly (string | Buffer)[];
  readonly cert?: Buffer;
  readonly key?: Buffer;
}

let system: readonly (string | Buffer)[] | undefined;

/** The authorities that count for every host. */
async function systemAuthorities(): Promise<readonly (string | Buffer)[]> {
  if (system !== undefined) return system;
  const bundle = systemBundles.find((file) => existsSync(file));
  const own = bundle === undefined ? undefined : await readFile(bundle).catch(() => undefined);
  system = own === undefined ? tls.rootCertificates : [...tls.rootCertificates, own];
  return system;
}

/** When the host's folder changed last, in ms; 0 without one. */
export async function certificatesStamp(folder: string, host: string): Promise<number> {
  const status = await stat(hostFolder(folder, host)).catch(() => undefined);
  return status?.mtimeMs ?? 0;
}

/** Reads what there is for a host. Throws in words when a certificate lacks its key. */
export async function hostCertificates(folder: string, host: string): Promise<HostCertificates> {
  const own = hostFolder(folder, host);
  const names = (await readdir(own).catch((): string[] => [])).sort();
  const authorities: Buffer[] = [];
  for (const name of names) if (name.endsWith('.crt')) authorities.push(await readFile(path.join(own, name)));
  const ca = [...(await systemAuthorities()), ...authorities];
  const certificate = names.find((name) => name.endsWith('.cert'));
  if (certificate === undefined) return { ca };
  const key = certificate.replace(/\.cert$/, '.key');
  if (!names.includes(key)) {
    throw new EngineError(
      'internal',
      `missing key ${key} for client certificate ${certificate}. CA certificates must use the extension .crt`,
    );
  }
  return { ca, cert: await readFile(path.join(own, certificate)), key: await readFile(path.join(own, key)) };
}

/** Hosts come from URLs, which have no slashes in them; `..` is none either. */
function hostFolder(folder: string, host: string): string {
  return path.join(folder, path.basename(host.replace(/^\.+$/, '_')));
}
