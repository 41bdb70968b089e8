import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mayReceiveCredentials, parseChallenge } from '../../../runtime/engine/images/registry-token.ts';
import { registryEndpoints } from '../../../runtime/engine/images/registry-endpoint.ts';
import { TestEngine } from './test-engine.ts';
import { testImage } from './test-image.ts';
import { refuse, TestRegistry } from './test-registry.ts';

const auth = { username: 'me', password: 'secret' };
const basic = `Basic ${Buffer.from('me:secret').toString('base64')}`;
const image = testImage(['one']);

let registry: TestRegistry;
let engine: TestEngine;

beforeEach(async () => {
  registry = await TestRegistry.start();
  registry.addImage('me/a', '1', image);
  engine = await TestEngine.start({ hubOrigin: 'http://127.0.0.1:1' });
});

afterEach(async () => {
  await engine.stop();
  await registry.stop();
});

/** Everything but the token server wants `Bearer good`. */
function wantTokens(realm: string, give: (authorization: string | undefined) => string | undefined): void {
  registry.intercept = (request, response, asked) => {
    if (asked.startsWith('/token')) {
      const token = give(request.headers.authorization);
      if (token === undefined) response.writeHead(401).end();
      else response.end(JSON.stringify({ token }));
      return true;
    }
    if (request.headers.authorization === 'Bearer good') return false;
    refuse(response, 401, 'UNAUTHORIZED', 'authentication required', {
      'WWW-Authenticate': `Bearer realm="${realm}",service="tests",scope="ignored"`,
    });
    return true;
  };
}

describe('a registry that wants tokens', () => {
  it('gives one for the user’s credentials and this repository', async () => {
    wantTokens(`${registry.origin}/token`, (authorization) => (authorization === basic ? 'good' : undefined));
    await engine.pull(`${registry.host}/me/a:1`, { auth });
    const token = registry.seen.find((request) => request.path.startsWith('/token'));
    expect(token?.path).toBe('/token?service=tests&scope=repository%3Ame%2Fa%3Apull');
    expect(registry.count('/token')).toBe(1);
    expect(registry.seen.filter((request) => request.authorization === basic)).toEqual([token]);
  });

  it('gives one to anybody where the image is public', async () => {
    wantTokens(`${registry.origin}/token`, () => 'good');
    await engine.pull(`${registry.host}/me/a:1`);
    expect(engine.images.count()).toBe(1);
  });

  it('is asked for another when the first one ran out', async () => {
    let given = 0;
    wantTokens(`${registry.origin}/token`, () => (given++ === 0 ? 'old' : 'good'));
    await engine.pull(`${registry.host}/me/a:1`);
    expect(given).toBe(2);
  });

  it('refuses a wrong password in words', async () => {
    wantTokens(`${registry.origin}/token`, () => undefined);
    await expect(engine.pull(`${registry.host}/me/a:1`, { auth })).rejects.toMatchObject({
      kind: 'internal',
      message: expect.stringMatching(/unauthorized: incorrect username or password$/),
    });
  });

  it('says that access is denied when the token is not enough', async () => {
    registry.intercept = (request, response, asked) => {
      if (asked.startsWith('/token')) {
        response.end('{"access_token":"good"}');
        return true;
      }
      if (asked === '/v2/' && request.headers.authorization !== undefined) return false;
      const error = request.headers.authorization === undefined ? '' : ',error="insufficient_scope"';
      refuse(response, 401, 'UNAUTHORIZED', 'authentication required', {
        'WWW-Authenticate': `Bearer realm="${registry.origin}/token",service="tests"${error}`,
      });
      return true;
    };
    await expect(engine.pull(`${registry.host}/me/a:1`)).rejects.toMatchObject({
      kind: 'notFound',
      message: expect.stringMatching(/^pull access denied for .*: denied: requested access/),
    });
  });

  it('does not make us send credentials to a token server of somebody else', async () => {
    const thief = await TestRegistry.start();
    thief.intercept = (_request, response) => {
      response.writeHead(401).end();
      return true;
    };
    try {
      wantTokens(`${thief.origin.replace('127.0.0.1', 'localhost')}/token`, () => undefined);
      await expect(engine.pull(`${registry.host}/me/a:1`, { auth })).rejects.toThrow('they were not sent');
      expect(thief.seen.map((request) => request.authorization)).toEqual([undefined]);
    } finally {
      await thief.stop();
    }
  });

  it('cannot smuggle a header into our requests', async () => {
    wantTokens(`${registry.origin}/token`, () => 'good\r\nX-Evil: 1');
    await expect(engine.pull(`${registry.host}/me/a:1`)).rejects.toThrow('gave no token');
  });
});

describe('a registry that wants a password', () => {
  beforeEach(() => {
    registry.intercept = (request, response) => {
      if (request.headers.authorization === basic) return false;
      refuse(response, 401, 'UNAUTHORIZED', 'authentication required', {
        'WWW-Authenticate': 'Basic realm="tests"',
      });
      return true;
    };
  });

  it('gets it', async () => {
    await engine.pull(`${registry.host}/me/a:1`, { auth });
    expect(engine.images.count()).toBe(1);
  });

  it('refuses us without one, in words', async () => {
    await expect(engine.pull(`${registry.host}/me/a:1`)).rejects.toMatchObject({
      kind: 'internal',
      message: 'unauthorized: authentication required',
    });
  });
});

describe('redirects of a blob', () => {
  it('are followed without our credentials', async () => {
    const storage = await TestRegistry.start();
    try {
      const layer = image.layers[0];
      if (layer === undefined) throw new Error('the image has no layer');
      storage.addBlob(layer.digest, layer.bytes);
      registry.intercept = (request, response, asked) => {
        if (request.headers.authorization !== basic) {
          response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="tests"' }).end();
          return true;
        }
        if (!asked.includes(`/blobs/${layer.digest}`)) return false;
        response.writeHead(307, { Location: `${storage.origin}/blobs/${layer.digest}` }).end();
        return true;
      };
      await engine.pull(`${registry.host}/me/a:1`, { auth });
      expect(storage.seen.map((request) => request.authorization)).toEqual([undefined]);
    } finally {
      await storage.stop();
    }
  });

  const unusable: readonly [what: string, location: string, message: string][] = [
    ['to a file', 'file:///etc/passwd', 'unusable address'],
    ['to nowhere', 'http://', 'unusable address'],
    ['round and round', '?again', 'stopped after 5 redirects'],
  ];
  it.each(unusable)('%s are refused', async (_what, location, message) => {
    registry.intercept = (_request, response, asked) => {
      if (!asked.includes('/manifests/')) return false;
      response.writeHead(302, { Location: location }).end();
      return true;
    };
    await expect(engine.pull(`${registry.host}/me/a:1`)).rejects.toThrow(message);
  });
});

describe('who may receive credentials', () => {
  const table: readonly [registry: string, realm: string, may: boolean][] = [
    ['https://registry-1.docker.io', 'https://auth.docker.io/token', true],
    ['https://registry.gitlab.com', 'https://gitlab.com/jwt/auth', true],
    ['https://ghcr.io', 'https://ghcr.io/token', true],
    ['https://ghcr.io', 'http://ghcr.io/token', false],
    ['https://registry.example.com', 'https://evil.com/token', false],
    ['https://registry.example.com', 'http://auth.example.com/token', false],
    ['https://registry.example.co.uk', 'https://evil.co.uk/token', false],
    ['https://registry.example.co.uk', 'https://auth.example.co.uk/token', true],
    ['https://ghcr.io', 'https://evil.io/token', false],
    ['https://10.0.0.1', 'https://11.0.0.1/token', false],
    ['https://localhost', 'https://evil.localhost/token', false],
    ['http://127.0.0.1:5000', 'http://127.0.0.1:5001/token', true],
  ];
  it.each(table)('%s to %s: %s', (from, realm, may) => {
    expect(mayReceiveCredentials(new URL(from), new URL(realm))).toBe(may);
  });
});

describe('parseChallenge', () => {
  it('reads quoted and plain parameters, and prefers tokens', () => {
    const challenge = parseChallenge('Basic realm="x", Bearer realm="https://a/b?c=\\"d\\",e",Service=s');
    expect(challenge?.scheme).toBe('bearer');
    expect([...(challenge?.parameters ?? [])]).toEqual([
      ['realm', 'https://a/b?c="d",e'],
      ['service', 's'],
    ]);
  });

  it('knows no other scheme', () => {
    expect(parseChallenge('Negotiate')).toBeUndefined();
    expect(parseChallenge(undefined)).toBeUndefined();
    expect(parseChallenge('Basic')?.scheme).toBe('basic');
  });
});

describe('registryEndpoints', () => {
  const options = {
    mirrors: ['http://mirror:5000'],
    insecureRegistries: ['plain:5000', '10.0.0.0/8'],
    hubOrigin: 'https://hub',
  };
  const table: readonly [domain: string, origins: string[]][] = [
    ['docker.io', ['http://mirror:5000', 'https://hub']],
    ['ghcr.io', ['https://ghcr.io']],
    ['plain:5000', ['https://plain:5000', 'http://plain:5000']],
    ['plain:5001', ['https://plain:5001']],
    ['localhost:5000', ['https://localhost:5000', 'http://localhost:5000']],
    ['127.8.0.1', ['https://127.8.0.1', 'http://127.8.0.1']],
    ['10.1.2.3:80', ['https://10.1.2.3:80', 'http://10.1.2.3:80']],
    ['11.1.2.3', ['https://11.1.2.3']],
    ['[::1]:5000', ['https://[::1]:5000', 'http://[::1]:5000']],
  ];
  it.each(table)('%s', (domain, origins) => {
    expect(registryEndpoints(domain, options).map((endpoint) => endpoint.origin)).toEqual(origins);
  });

  it('refuses a mirror that is no origin', () => {
    for (const mirror of ['mirror:5000', 'ftp://m', 'http://m/path', 'http://me:secret@m']) {
      expect(() => registryEndpoints('docker.io', { ...options, mirrors: [mirror] })).toThrow(
        'invalid mirror',
      );
    }
  });
});
