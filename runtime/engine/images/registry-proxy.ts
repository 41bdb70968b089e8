// The way to a registry through an HTTP proxy, as the environment names it (HTTP_PROXY, HTTPS_PROXY, NO_PROXY): plain requests are
// sent to the proxy whole, TLS goes through a tunnel that it opens (RFC 9110, section 9.3.6).
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import type { Duplex } from 'node:stream';
import tls from 'node:tls';

/** The proxy for a URL; undefined when it is to be asked directly. Loopback always is, as in Go's client. */
export function proxyFor(url: URL, env: NodeJS.ProcessEnv): URL | undefined {
  const read = (name: string): string => env[name] ?? env[name.toLowerCase()] ?? '';
  const text = read(url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY');
  if (text === '' || isExempt(url, read('NO_PROXY'))) return undefined;
  const written = /^[a-z]+:\/\//i.test(text) ? text : `http://${text}`;
  const proxy = URL.canParse(written) ? new URL(written) : undefined;
  return proxy?.protocol === 'http:' ? proxy : undefined;
}

/** `NO_PROXY`: hosts, domains (`.example.com` or `example.com`), addresses, networks, each with a port or without; `*` is all. */
function isExempt(url: URL, list: string): boolean {
  const host = url.hostname.replace(/^\[|\]$/g, '').toLowerCase();
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
  const family = net.isIP(host);
  if (host === 'localhost' || (family === 4 && host.startsWith('127.')) || host === '::1') return true;
  return list.split(',').some((entry) => {
    const [, name = '', only] = /^\s*(.*?)(?::(\d+))?\s*$/.exec(entry.toLowerCase()) ?? [];
    if (name === '*') return true;
    if (name === '' || (only !== undefined && only !== port)) return false;
    const [network = '', prefix] = name.split('/', 2);
    if (prefix !== undefined) {
      const kind = net.isIP(network);
      if (
        kind === 0 ||
        kind !== family ||
        !/^\d{1,3}$/.test(prefix) ||
        Number(prefix) > (kind === 4 ? 32 : 128)
      ) {
        return false;
      }
      const networks = new net.BlockList();
      const type = kind === 4 ? 'ipv4' : 'ipv6';
      networks.addSubnet(network, Number(prefix), type);
      return networks.check(host, type);
    }
    const domain = name.replace(/^\*?\./, '');
    return host === domain ? !/^\*?\./.test(name) : host.endsWith(`.${domain}`);
  });
}

/** `Proxy-Authorization` of a proxy whose address carries a credential. */
export function proxyHeaders(proxy: URL): Record<string, string> {
  if (proxy.username === '') return {};
  const pair = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  return { 'Proxy-Authorization': `Basic ${Buffer.from(pair).toString('base64')}` };
}

/** Reaches every host by a tunnel through one proxy. */
export class TunnelAgent extends https.Agent {
  readonly #proxy: URL;

  constructor(proxy: URL, options: https.AgentOptions) {
    super(options);
    this.#proxy = proxy;
  }

  override createConnection(
    options: https.RequestOptions,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): undefined {
    const target = `${options.host ?? ''}:${String(options.port ?? 443)}`;
    const done = callback as ((error: Error | null, stream?: Duplex) => void) | undefined;
    const connect = http.request({
      host: this.#proxy.hostname.replace(/^\[|\]$/g, ''),
      port: this.#proxy.port === '' ? 80 : Number(this.#proxy.port),
      method: 'CONNECT',
      path: target,
      headers: { Host: target, ...proxyHeaders(this.#proxy) },
      agent: false,
      timeout: 15_000,
    });
    connect.once('timeout', () => connect.destroy(new Error('proxyconnect tcp: i/o timeout')));
    connect.once('connect', (response, socket) => {
      if (response.statusCode !== 200) {
        socket.destroy();
        done?.(new Error(`proxyconnect tcp: ${String(response.statusCode)} ${response.statusMessage ?? ''}`));
        return;
      }
      const name = options.servername ?? options.host ?? '';
      const secured = tls.connect({
        ...(options as tls.ConnectionOptions),
        socket,
        ...(net.isIP(name) === 0 ? { servername: name } : {}),
      });
      secured.once('secureConnect', () => done?.(null, secured));
      secured.once('error', (error) => done?.(error));
    });
    connect.once('error', (error) => done?.(error));
    connect.end();
    return undefined;
  }
}
