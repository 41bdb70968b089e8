// How registries are reached: authorities and certificates per host, proxies, and which hosts need none.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net, { type AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { HttpConnections, readBody } from '../../../runtime/engine/images/registry-http.ts';
import { proxyFor } from '../../../runtime/engine/images/registry-proxy.ts';

let folder: string;
let server: https.Server;
let host: string;
let connections: HttpConnections;
const at = (name: string): string => path.join(folder, name);
const openssl = (...args: string[]): unknown => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });

/** A key and a certificate, signed by the authority, for what `extension` says. */
function sign(name: string, extension: string): void {
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', `${name}.key`];
  openssl('req', ...key, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
  writeFileSync(at(`${name}.ext`), extension);
  const signed = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2'];
  openssl('x509', '-req', '-in', `${name}.csr`, ...signed, '-extfile', `${name}.ext`, '-out', `${name}.cert`);
}

beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'bt-tls-'));
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', 'ca.key'];
  openssl('req', '-x509', ...key, '-out', 'ca.crt', '-subj', '/CN=test authority', '-days', '2');
  sign('server', 'subjectAltName=IP:127.0.0.1,DNS:registry.test');
  sign('client', 'extendedKeyUsage=clientAuth');
  const pair = { cert: readFileSync(at('server.cert')), key: readFileSync(at('server.key')) };
  const options = { ...pair, ca: readFileSync(at('ca.crt')), requestCert: true, rejectUnauthorized: false };
  server = https.createServer(options, (request, response) => {
    const shown = (request.socket as import('node:tls').TLSSocket).getPeerCertificate();
    response.end(JSON.stringify({ client: shown.subject?.CN ?? null, url: request.url }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  host = `127.0.0.1:${String((server.address() as AddressInfo).port)}`;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});
afterEach(() => connections.close());

async function get(url: string, insecure = false): Promise<string> {
  const { signal } = new AbortController();
  return (await readBody(await connections.request(new URL(url), { insecure, signal }), 10_000)).toString();
}

describe('a registry with a certificate of an authority of its own', () => {
  const certificates = (...files: readonly (readonly [string, string])[]): string => {
    const certs = mkdtempSync(at('certs-'));
    mkdirSync(path.join(certs, host));
    for (const [from, name] of files) writeFileSync(path.join(certs, host, name), readFileSync(at(from)));
    return certs;
  };

  it('is not trusted', async () => {
    connections = new HttpConnections({ certificatesFolder: at('nowhere') });
    await expect(get(`https://${host}/`)).rejects.toThrow(/certificate signed by unknown authority/);
  });

  it('is not asked for one when it is called insecure', async () => {
    connections = new HttpConnections({ certificatesFolder: at('nowhere') });
    expect(await get(`https://${host}/`, true)).toContain('"client":null');
  });

  it('is trusted by its folder, also one that comes later', async () => {
    const certificatesFolder = at('later');
    connections = new HttpConnections({ certificatesFolder });
    await expect(get(`https://${host}/`)).rejects.toThrow(/unknown authority/);
    mkdirSync(path.join(certificatesFolder, host), { recursive: true });
    writeFileSync(path.join(certificatesFolder, host, 'mine.crt'), readFileSync(at('ca.crt')));
    expect(await get(`https://${host}/`)).toContain('"client":null');
  });

  it('is shown the client’s own', async () => {
    const files = [
      ['ca.crt', 'a.crt'],
      ['client.cert', 'b.cert'],
      ['client.key', 'b.key'],
    ] as const;
    connections = new HttpConnections({ certificatesFolder: certificates(...files) });
    expect(await get(`https://${host}/`)).toContain('"client":"client"');
  });

  it('is not reached with a certificate that has no key', async () => {
    const certificatesFolder = certificates(['ca.crt', 'a.crt'], ['client.cert', 'b.cert']);
    connections = new HttpConnections({ certificatesFolder });
    await expect(get(`https://${host}/`)).rejects.toThrow('missing key b.key for client certificate b.cert');
  });
});

describe('a proxy', () => {
  const asked: string[] = [];
  let proxy: http.Server;
  let env: NodeJS.ProcessEnv;
  beforeAll(async () => {
    proxy = http.createServer((request, response) => {
      asked.push(
        `${request.method ?? ''} ${request.url ?? ''} ${request.headers['proxy-authorization'] ?? ''}`,
      );
      response.end('through the proxy');
    });
    proxy.on('connect', (request, socket: net.Socket) => {
      asked.push(`CONNECT ${request.url ?? ''} ${request.headers['proxy-authorization'] ?? ''}`);
      if (request.url?.startsWith('refused') === true) {
        socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
        return;
      }
      const port = Number(host.split(':')[1]);
      const onward = net.connect(port, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        onward.pipe(socket).pipe(onward);
      });
      onward.on('error', () => socket.destroy());
      socket.on('error', () => onward.destroy());
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const address = `http://me:it%20is@127.0.0.1:${String((proxy.address() as AddressInfo).port)}`;
    env = { HTTP_PROXY: address, https_proxy: address };
    mkdirSync(at('certs/registry.test'), { recursive: true });
    writeFileSync(at('certs/registry.test/ca.crt'), readFileSync(at('ca.crt')));
  });
  afterAll(async () => {
    proxy.closeAllConnections();
    await new Promise((resolve) => proxy.close(resolve));
  });
  const authorization = `Basic ${Buffer.from('me:it is').toString('base64')}`;

  it('gets plain requests whole', async () => {
    connections = new HttpConnections({ env });
    expect(await get('http://registry.test/v2/')).toBe('through the proxy');
    expect(asked.at(-1)).toBe(`GET http://registry.test/v2/ ${authorization}`);
  });

  it('opens a tunnel for TLS, which is the registry’s own to its end', async () => {
    connections = new HttpConnections({ env, certificatesFolder: at('certs') });
    expect(await get('https://registry.test/v2/x')).toContain('"url":"/v2/x"');
    expect(asked.at(-1)).toBe(`CONNECT registry.test:443 ${authorization}`);
    // The proxy cannot stand for somebody else.
    await expect(get('https://other.test/')).rejects.toThrow(/certificate/);
  });

  it('that refuses is named', async () => {
    connections = new HttpConnections({ env });
    await expect(get('https://refused.test/')).rejects.toThrow('proxyconnect tcp: 403 Forbidden');
  });

  it.each([
    ['http://registry.test/', '', true],
    ['http://registry.test/', 'registry.test', false],
    ['http://a.registry.test/', 'registry.test', false],
    ['http://registry.test/', '.registry.test', true],
    ['http://a.registry.test/', 'other, .registry.test', false],
    ['http://notregistry.test/', 'registry.test', true],
    ['http://registry.test:5000/', 'registry.test:5000', false],
    ['http://registry.test/', 'registry.test:5000', true],
    ['http://10.1.2.3/', '10.0.0.0/8', false],
    ['http://11.1.2.3/', '10.0.0.0/8', true],
    ['http://[fd00::1]/', 'fd00::/8', false],
    ['http://registry.test/', '10.0.0.0/99', true],
    ['http://registry.test/', '*', false],
    ['http://127.0.0.1:5000/', '', false],
    ['http://localhost/', '', false],
  ])('for %s with NO_PROXY=%s is used: %s', (url, NO_PROXY, used) => {
    const proxied = proxyFor(new URL(url), { HTTP_PROXY: 'proxy.test:3128', NO_PROXY });
    expect(proxied?.href).toBe(used ? 'http://proxy.test:3128/' : undefined);
  });
});
