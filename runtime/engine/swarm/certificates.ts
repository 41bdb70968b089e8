// A swarm's certificates: its authority's, which a swarm begins with, and those of its nodes, which say who they are and what
// they may do. The library is loaded by those who make one: most engines never do.
import { X509Certificate } from 'node:crypto';
import type { TlsInfo } from './swarm-types.ts';

/** Who signs for a swarm. */
export interface Authority {
  /** PEM. */
  readonly certificate: string;
  /** PEM of PKCS #8. */
  readonly key: string;
}

/** Whom a certificate is of. */
export interface NodeIdentity {
  readonly nodeId: string;
  readonly role: 'manager' | 'worker';
  readonly clusterId: string;
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const hourMs = 3_600_000;
const yearMs = 365 * 24 * hourMs;
const curves: ReadonlySet<string> = new Set(['P-256', 'P-384']);

async function library() {
  const { x509 } = await import('./x509.ts');
  return x509;
}

/** Makes an authority that lasts for twenty years. */
export async function createAuthority(): Promise<Authority> {
  const x509 = await library();
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=swarm-ca',
    notBefore: new Date(Date.now() - hourMs),
    notAfter: new Date(Date.now() + 20 * yearMs),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate: pemOf(certificate), key: await privatePem(keys.privateKey) };
}

/** A new key, and the request to sign a certificate for it. */
export async function createSigningRequest(): Promise<{ readonly key: string; readonly request: string }> {
  const x509 = await library();
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: 'CN=swarm-node',
    keys,
    signingAlgorithm: algorithm,
  });
  return { key: await privatePem(keys.privateKey), request: pemOf(request) };
}

/**
 * Signs a certificate for the key of a request, whose other wishes are of no account. Throws for a request that is not signed
 * with its own key, or whose key is of another kind.
 */
export async function signNode(
  authority: Authority,
  request: string,
  { nodeId, role, clusterId }: NodeIdentity,
  lifeMs: number,
): Promise<string> {
  const x509 = await library();
  const asked = new x509.Pkcs10CertificateRequest(request);
  const { name, namedCurve } = asked.publicKey.algorithm as { name: string; namedCurve?: string };
  if (name !== 'ECDSA' || !curves.has(namedCurve ?? ''))
    throw new Error('its key is not of the curve P-256 or P-384');
  if (!(await asked.verify())) throw new Error('it is not signed with its own key');
  const issuer = new x509.X509Certificate(authority.certificate);
  const signingKey = await crypto.subtle.importKey(
    'pkcs8',
    x509.PemConverter.decodeFirst(authority.key),
    algorithm,
    false,
    ['sign'],
  );
  const certificate = await x509.X509CertificateGenerator.create({
    subject: [{ CN: [nodeId] }, { OU: [`swarm-${role}`] }, { O: [clusterId] }],
    issuer: issuer.subject,
    notBefore: new Date(Date.now() - hourMs),
    notAfter: new Date(Date.now() + lifeMs),
    publicKey: asked.publicKey,
    signingKey,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([
        x509.ExtendedKeyUsage.clientAuth,
        x509.ExtendedKeyUsage.serverAuth,
      ]),
      new x509.SubjectAlternativeNameExtension([
        { type: 'dns', value: nodeId },
        { type: 'dns', value: `swarm-${role}` },
      ]),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
    ],
  });
  return pemOf(certificate);
}

/** Whom a certificate, PEM or DER, is of and when it is valid. Throws for one that is no node's. */
export function readNode(
  certificate: string | Buffer,
): NodeIdentity & { readonly notBefore: Date; readonly notAfter: Date } {
  const parsed = new X509Certificate(certificate);
  const subject = new Map(parsed.subject.split('\n').map((line) => splitOnce(line)));
  const [nodeId, unit, clusterId] = ['CN', 'OU', 'O'].map((name) => subject.get(name) ?? '');
  const role = unit === 'swarm-manager' ? 'manager' : unit === 'swarm-worker' ? 'worker' : undefined;
  if (role === undefined || !nodeId || !clusterId) {
    throw new Error("it is no certificate of a swarm's node");
  }
  const [notBefore, notAfter] = [new Date(parsed.validFrom), new Date(parsed.validTo)];
  return { nodeId, role, clusterId, notBefore, notAfter };
}

/** What Docker's API says of an authority. */
export async function tlsInfoOf(authority: string): Promise<TlsInfo> {
  const x509 = await library();
  const certificate = new x509.X509Certificate(authority);
  return {
    TrustRoot: authority,
    CertIssuerSubject: Buffer.from(certificate.subjectName.toArrayBuffer()).toString('base64'),
    CertIssuerPublicKey: Buffer.from(certificate.publicKey.rawData).toString('base64'),
  };
}

function splitOnce(line: string): [string, string] {
  const equals = line.indexOf('=');
  return [line.slice(0, equals), line.slice(equals + 1)];
}

function pemOf(value: { toString(format: 'pem'): string }): string {
  return `${value.toString('pem').trimEnd()}\n`;
}

async function privatePem(key: CryptoKey): Promise<string> {
  const { PemConverter } = await library();
  return `${PemConverter.encode(await crypto.subtle.exportKey('pkcs8', key), PemConverter.PrivateKeyTag).trimEnd()}\n`;
}
