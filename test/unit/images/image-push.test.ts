// Where a registry has us upload to: its `Location` may lead anywhere, but credentials stay with the registry.
import type http from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ProgressMessage } from '../../../runtime/engine/services.ts';
import { TestEngine } from './test-engine.ts';
import { sha256, testImage } from './test-image.ts';
import { refuse, TestRegistry } from './test-registry.ts';

const auth = { username: 'me', password: 'secret' };
const basic = `Basic ${Buffer.from('me:secret').toString('base64')}`;
const image = testImage(['one']);

let hub: TestRegistry;
/** Wants a password. */
let registry: TestRegistry;
/** Another host, where uploads may go. */
let storage: TestRegistry;
let engine: TestEngine;
/** Where POST and PATCH lead to. */
let leads: { post?: string; patch?: string };
/** What came of an upload, in order: method, host, path and state. */
let uploads: string[];
/** Whether all that was uploaded had the digest that was told. */
let whole: boolean;
let patched: Buffer;

async function bodyOf(request: http.IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

async function takeUpload(
  host: string,
  request: http.IncomingMessage,
  response: http.ServerResponse,
  asked: string,
): Promise<void> {
  const { method = '' } = request;
  const { pathname, searchParams } = new URL(asked, 'http://any');
  const body = await bodyOf(request);
  if (asked.includes('/manifests/')) {
    response.writeHead(201).end();
    return;
  }
  uploads.push(`${method} ${host} ${pathname} ${searchParams.get('state') ?? ''}`.trim());
  if (method === 'PUT') {
    whole &&= sha256(body.length > 0 ? body : patched) === searchParams.get('digest');
    response.writeHead(201).end();
    return;
  }
  if (method === 'PATCH') patched = body;
  const location = method === 'POST' ? leads.post : leads.patch;
  response.writeHead(202, location === undefined ? {} : { Location: location }).end();
}

beforeEach(async () => {
  [hub, registry, storage] = [
    await TestRegistry.start(),
    await TestRegistry.start(),
    await TestRegistry.start(),
  ];
  hub.addImage('library/a', '1', image);
  // The config is there, so that all that is uploaded is one layer.
  registry.addBlob(image.config.digest, image.config.bytes);
  const isUpload = ({ method = '' }: http.IncomingMessage): boolean =>
    ['POST', 'PATCH', 'PUT'].includes(method);
  registry.intercept = (request, response, asked) => {
    if (request.headers.authorization !== basic) {
      refuse(response, 401, 'UNAUTHORIZED', 'authentication required', {
        'WWW-Authenticate': 'Basic realm="tests"',
      });
    } else if (isUpload(request)) void takeUpload('registry', request, response, asked);
    else return false;
    return true;
  };
  storage.intercept = (request, response, asked) => {
    void takeUpload('storage', request, response, asked);
    return true;
  };
  engine = await TestEngine.start({ hubOrigin: hub.origin });
  await engine.pull('a:1');
  await engine.images.tag('a:1', `${registry.host}/me/a`, '1');
  [leads, uploads, whole, patched] = [{}, [], true, Buffer.alloc(0)];
});

afterEach(async () => {
  await engine.stop();
  for (const each of [hub, registry, storage]) await each.stop();
});

async function push(): Promise<ProgressMessage[]> {
  const messages: ProgressMessage[] = [];
  const { signal } = new AbortController();
  await engine.images.push(`${registry.host}/me/a`, '1', auth, (each) => messages.push(each), signal);
  return messages;
}

const start = 'POST registry /v2/me/a/blobs/uploads/';

describe('an upload', () => {
  const ways: readonly (readonly [string, () => typeof leads, readonly string[]])[] = [
    [
      'to a path',
      () => ({ post: '/up/1?state=a', patch: '/up/2?state=b' }),
      [start, 'PATCH registry /up/1 a', 'PUT registry /up/2 b'],
    ],
    [
      'beside what was asked',
      () => ({ post: 'one?state=a', patch: 'two?state=b' }),
      [start, 'PATCH registry /v2/me/a/blobs/uploads/one a', 'PUT registry /v2/me/a/blobs/uploads/two b'],
    ],
    [
      'to another host',
      () => ({ post: `${storage.origin}/up?state=a`, patch: 'next?state=b' }),
      [start, 'PATCH storage /up a', 'PUT storage /next b'],
    ],
    [
      'to another host without a scheme',
      () => ({ post: `//${storage.host}/up?state=a` }),
      [start, 'PATCH storage /up a', 'PUT storage /up a'],
    ],
    [
      'to another host when it has the bytes',
      () => ({ post: '/up?state=a', patch: `${storage.origin}/done?state=b` }),
      [start, 'PATCH registry /up a', 'PUT storage /done b'],
    ],
    [
      'to another host and back',
      () => ({ post: `${storage.origin}/up?state=a`, patch: `${registry.origin}/done?state=b` }),
      [start, 'PATCH storage /up a', 'PUT registry /done b'],
    ],
  ];
  it.each(ways)('goes %s', async (_, where, expected) => {
    leads = where();
    const messages = await push();
    expect(uploads).toEqual(expected);
    expect(whole).toBe(true);
    expect(messages.at(-1)?.aux).toMatchObject({ Tag: '1' });
    expect(storage.seen.map((request) => request.authorization)).toEqual(storage.seen.map(() => undefined));
  });

  it.each([
    ['to a file', () => ({ post: 'file:///etc/passwd' }), 'unusable address'],
    ['to no host', () => ({ post: 'http://' }), 'unusable address'],
    ['without saying where', () => ({}), 'does not say where to upload to'],
    ['to no address when it has the bytes', () => ({ post: '/up', patch: 'data:,x' }), 'unusable address'],
  ] as const)('is refused when it is led %s', async (_, where, words) => {
    leads = where();
    await expect(push()).rejects.toThrow(words);
    expect(uploads.filter((each) => each.startsWith('PUT'))).toEqual([]);
  });

  it.each([
    ['a password', 'Basic realm="storage"'],
    ['a token of its own', 'Bearer realm="ORIGIN/token",service="x"'],
    ['a token of the registry', 'Bearer realm="REGISTRY/token",service="x"'],
  ])('gives another host nothing that wants %s', async (_, challenge) => {
    const words = challenge.replace('ORIGIN', storage.origin).replace('REGISTRY', registry.origin);
    storage.intercept = (request, response) => {
      request.resume().once('end', () => response.writeHead(401, { 'WWW-Authenticate': words }).end());
      return true;
    };
    leads = { post: '/up', patch: `${storage.origin}/done` };
    await expect(push()).rejects.toThrow('authentication required');
    expect(storage.seen).toMatchObject([{ authorization: undefined }]);
    expect(registry.count('/token')).toBe(0);
  });
});
