// Certificates of a swarm, shown to each other over TLS as its nodes do.
import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import tls from 'node:tls';
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  createAuthority,
  createSigningRequest,
  readNode,
  signNode,
  tlsInfoOf,
  type Authority,
  type NodeIdentity,
} from '../../../runtime/engine/swarm/certificates.ts';

const hourMs = 3_600_000;
const worker: NodeIdentity = { nodeId: 'w'.repeat(25), role: 'worker', clusterId: 'c'.repeat(25) };
const manager: NodeIdentity = { ...worker, nodeId: 'm'.repeat(25), role: 'manager' };
const ecdsa = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

interface Shown {
  readonly certificate: string;
  readonly key: string;
}

async function shown(by: Authority, identity: NodeIdentity, lifeMs = hourMs): Promise<Shown> {
  const { key, request } = await createSigningRequest();
  return { certificate: await signNode(by, request, identity, lifeMs), key };
}

/** What a server makes of its client. Throws what the client makes of the server. */
async function meet(server: Shown, client: Shown | undefined, authority: string): Promise<unknown> {
  const door = tls.createServer(
    {
      cert: server.certificate,
      key: server.key,
      ca: authority,
      requestCert: true,
      rejectUnauthorized: false,
    },
    (socket) => {
      socket.on('error', () => undefined);
      const peer = socket.getPeerX509Certificate();
      const node = peer === undefined ? undefined : readNode(peer.raw).nodeId;
      socket.end(JSON.stringify({ node, authorized: socket.authorized }));
    },
  );
  door.listen(0, '127.0.0.1');
  await once(door, 'listening');
  const socket = tls.connect({
    port: (door.address() as AddressInfo).port,
    host: '127.0.0.1',
    servername: 'swarm-manager',
    ca: authority,
    ...(client === undefined ? {} : { cert: client.certificate, key: client.key }),
  });
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of socket as AsyncIterable<Buffer>) chunks.push(chunk);
    return JSON.parse(Buffer.concat(chunks).toString()) as unknown;
  } finally {
    socket.destroy();
    door.close();
    await once(door, 'close');
  }
}

/** A signing request with wishes of its own. */
async function requestOf(
  algorithm: RsaHashedKeyGenParams | (EcKeyGenParams & { hash: string }),
  more: { readonly name?: string; readonly extensions?: x509.Extension[] } = {},
): Promise<string> {
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: 'CN=x',
    keys,
    signingAlgorithm: algorithm,
    ...more,
  });
  return request.toString('pem');
}

let authority: Authority;
let other: Authority;

beforeAll(async () => {
  [authority, other] = await Promise.all([createAuthority(), createAuthority()]);
});

describe('an authority', () => {
  it('signs itself, and has the key of its certificate', () => {
    const certificate = new X509Certificate(authority.certificate);
    expect(certificate.ca).toBe(true);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.checkPrivateKey(createPrivateKey(authority.key))).toBe(true);
    expect(certificate.subject).toBe('CN=swarm-ca');
  });

  it('lasts for twenty years, and signs for nodes but for no other authority', () => {
    const certificate = new x509.X509Certificate(authority.certificate);
    const years = (certificate.notAfter.getTime() - certificate.notBefore.getTime()) / (365 * 24 * hourMs);
    expect(years).toBeCloseTo(20, 2);
    expect(certificate.getExtension(x509.BasicConstraintsExtension)).toMatchObject({
      ca: true,
      pathLength: 0,
      critical: true,
    });
    expect(certificate.getExtension(x509.KeyUsagesExtension)).toMatchObject({
      usages: x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign,
      critical: true,
    });
  });

  it('is told of as Docker does: its PEM, and the DER of its subject and its key', async () => {
    const info = await tlsInfoOf(authority.certificate);
    const key = createPublicKey({
      key: Buffer.from(info.CertIssuerPublicKey, 'base64'),
      format: 'der',
      type: 'spki',
    });
    expect(info.TrustRoot).toBe(authority.certificate);
    expect(key.equals(new X509Certificate(authority.certificate).publicKey)).toBe(true);
    // One name: 2.5.4.3 is its own.
    const subject = Buffer.from(info.CertIssuerSubject, 'base64').toString('latin1');
    expect(subject).toMatch(/swarm-ca$/);
    expect(subject.slice(0, 11)).toBe('0\x131\x110\x0f\x06\x03\x55\x04\x03');
  });
});

describe("a node's certificate", () => {
  it.each([manager, worker])('says who a $role is', async (identity) => {
    const { certificate, key } = await shown(authority, identity);
    const { notBefore, notAfter, ...node } = readNode(certificate);
    expect(node).toEqual(identity);
    expect(notAfter.getTime() - notBefore.getTime()).toBe(2 * hourMs);
    expect(readNode(new X509Certificate(certificate).raw)).toMatchObject(identity);
    expect(new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key))).toBe(true);
    expect(new X509Certificate(certificate).ca).toBe(false);
  });

  it('is nothing that an authority has', () => {
    expect(() => readNode(authority.certificate)).toThrow("no certificate of a swarm's node");
    expect(() => readNode('x')).toThrow();
  });

  it.each([
    ['node', { ...worker, nodeId: '' }],
    ['swarm', { ...worker, clusterId: '' }],
  ])('is none when it names no %s', async (_, identity) => {
    const { certificate } = await shown(authority, identity);
    expect(() => readNode(certificate)).toThrow("no certificate of a swarm's node");
  });

  it('lets a manager and a worker know each other', async () => {
    const ends = [await shown(authority, manager), await shown(authority, worker)] as const;
    expect(await meet(...ends, authority.certificate)).toEqual({ node: worker.nodeId, authorized: true });
  });

  it('makes no manager of a worker', async () => {
    const ends = [await shown(authority, worker), await shown(authority, manager)] as const;
    await expect(meet(...ends, authority.certificate)).rejects.toMatchObject({
      code: 'ERR_TLS_CERT_ALTNAME_INVALID',
    });
  });

  it('is worth nothing to a client when another authority has signed it, or its time is over', async () => {
    const client = await shown(authority, worker);
    const strange = await shown(other, manager);
    const old = await shown(authority, manager, -60_000);
    await expect(meet(strange, client, authority.certificate)).rejects.toThrow('unable to verify');
    await expect(meet(old, client, authority.certificate)).rejects.toMatchObject({
      code: 'CERT_HAS_EXPIRED',
    });
  });

  it('is worth nothing to a manager when another authority has signed it, or its time is over, or there is none', async () => {
    const door = await shown(authority, manager);
    const strange = await shown(other, worker);
    const old = await shown(authority, worker, -60_000);
    expect(await meet(door, strange, authority.certificate)).toMatchObject({ authorized: false });
    expect(await meet(door, old, authority.certificate)).toMatchObject({ authorized: false });
    expect(await meet(door, undefined, authority.certificate)).toEqual({ authorized: false });
  });
});

describe('a signing request', () => {
  it('gets nothing that it wishes for', async () => {
    const extensions = [
      new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: 'swarm-manager' }]),
      new x509.BasicConstraintsExtension(true, 3, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
    ];
    const request = await requestOf(ecdsa, { name: 'CN=me, OU=swarm-manager, O=mine', extensions });
    const certificate = await signNode(authority, request, worker, hourMs);
    const parsed = new X509Certificate(certificate);
    expect(readNode(certificate)).toMatchObject(worker);
    expect(parsed.subject).not.toContain('manager');
    expect(parsed.subjectAltName).toBe(`DNS:${worker.nodeId}, DNS:swarm-worker`);
    expect(parsed.ca).toBe(false);
    expect(parsed.verify(new X509Certificate(authority.certificate).publicKey)).toBe(true);
  });

  it('may have a key of P-384', async () => {
    const request = await requestOf({ name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384' });
    const client = await signNode(authority, request, worker, hourMs);
    expect(new X509Certificate(client).publicKey.asymmetricKeyDetails).toEqual({ namedCurve: 'secp384r1' });
  });

  it.each([
    [
      'RSA',
      {
        name: 'RSASSA-PKCS1-v1_5',
        hash: 'SHA-256',
        modulusLength: 2048,
        publicExponent: new Uint8Array([1, 0, 1]),
      },
    ],
    ['P-521', { name: 'ECDSA', namedCurve: 'P-521', hash: 'SHA-512' }],
  ])('is refused for a key of %s', async (_, algorithm) => {
    await expect(signNode(authority, await requestOf(algorithm), worker, hourMs)).rejects.toThrow(
      'its key is not of the curve P-256 or P-384',
    );
  });

  it('is refused when it is not signed with its own key', async () => {
    const { request } = await createSigningRequest();
    const der = Buffer.from(x509.PemConverter.decodeFirst(request));
    der.writeUInt8(der.readUInt8(der.length - 1) ^ 1, der.length - 1);
    const broken = x509.PemConverter.encode(der, x509.PemConverter.CertificateRequestTag);
    await expect(signNode(authority, broken, worker, hourMs)).rejects.toThrow(
      'it is not signed with its own key',
    );
  });

  it.each([
    '',
    'x',
    '\0',
    '-----BEGIN CERTIFICATE REQUEST-----\nMAA=\n-----END CERTIFICATE REQUEST-----\n',
    '-----BEGIN CERTIFICATE REQUEST-----\n!\n-----END CERTIFICATE REQUEST-----\n',
  ])('is refused when it is none: %j', async (request) => {
    await expect(signNode(authority, request, worker, hourMs)).rejects.toThrow();
  });

  it('is refused when it is a certificate', async () => {
    await expect(signNode(authority, authority.certificate, worker, hourMs)).rejects.toThrow();
  });
});
