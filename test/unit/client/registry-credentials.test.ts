// Where credentials for registries are kept: Docker's config file and the helpers it names.
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RegistryCredentials } from '../../../runtime/client/registry-credentials.ts';

let folder: string;
let credentials: RegistryCredentials;
const before = process.env['PATH'];
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const file = (): string => path.join(folder, 'config.json');
const write = (config: object): void => writeFileSync(file(), JSON.stringify(config));
const read = (): Record<string, unknown> =>
  JSON.parse(readFileSync(file(), 'utf8')) as Record<string, unknown>;

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'bt-docker-'));
  credentials = new RegistryCredentials(() => folder);
});
afterEach(() => {
  process.env['PATH'] = before;
  rmSync(folder, { recursive: true });
});

/** A helper that keeps its secrets as files. */
function helper(name: string): string {
  const kept = path.join(folder, `kept-${name}`);
  const programs = path.join(folder, 'bin');
  mkdirSync(kept);
  mkdirSync(programs, { recursive: true });
  const script = `#!/bin/sh
at() { echo "${kept}/$(echo "$1" | tr -c 'a-zA-Z0-9\\n' _)"; }
case "$1" in
get) read -r key; cat "$(at "$key")" || exit 1 ;;
store) all=$(cat); key=$(echo "$all" | sed 's/.*"ServerURL":"\\([^"]*\\)".*/\\1/'); echo "$all" > "$(at "$key")" ;;
erase) read -r key; rm "$(at "$key")" ;;
list) printf '{'; sep=; for f in "${kept}"/*; do [ -f "$f" ] || continue
  printf '%s%s' "$sep" "$(sed 's/.*"ServerURL":\\("[^"]*"\\),"Username":\\("[^"]*"\\).*/\\1:\\2/' "$f")"; sep=,; done; printf '}' ;;
esac
`;
  const program = path.join(programs, `docker-credential-${name}`);
  writeFileSync(program, script);
  chmodSync(program, 0o755);
  process.env['PATH'] = `${programs}:${before ?? ''}`;
  return kept;
}

describe('the config file', () => {
  it('is read as the CLI writes it', async () => {
    write({
      auths: {
        'https://index.docker.io/v1/': { auth: base64('me:secret:with colons') },
        'quay.io': { auth: base64('you:x'), identitytoken: 'token' },
        'https://old.example/v1/': { auth: base64('old:one') },
        'nobody.example': {},
      },
    });
    expect(await credentials.forReference('busybox')).toEqual({
      username: 'me',
      password: 'secret:with colons',
      serveraddress: 'https://index.docker.io/v1/',
    });
    expect(await credentials.forReference('quay.io/a/b')).toEqual({
      identitytoken: 'token',
      serveraddress: 'quay.io',
    });
    expect(await credentials.find('old.example')).toMatchObject({ username: 'old' });
    expect(await credentials.forReference('ghcr.io/a/b')).toBeUndefined();
    expect(await credentials.list()).toEqual([
      { registry: 'docker.io', username: 'me', helper: '' },
      { registry: 'old.example', username: 'old', helper: '' },
      { registry: 'quay.io', username: 'you', helper: '' },
    ]);
  });

  it('keeps what else is in it, and is for nobody else to read', async () => {
    write({ HttpHeaders: { a: 'b' }, auths: { 'https://a.example': { auth: base64('x:y') } } });
    await credentials.save('a.example', 'me', 'secret', '');
    await credentials.save('docker.io', 'me', 'secret', '');
    expect(read()).toEqual({
      HttpHeaders: { a: 'b' },
      auths: {
        'a.example': { auth: base64('me:secret') },
        'https://index.docker.io/v1/': { auth: base64('me:secret') },
      },
    });
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    await credentials.remove('docker.io');
    expect(await credentials.list()).toEqual([{ registry: 'a.example', username: 'me', helper: '' }]);
  });

  it.each(['', 'nonsense', '[]', '{"auths":5}', '{"auths":{"a":{"auth":7}}}', '{"credsStore":"../evil"}'])(
    'that holds %j gives none',
    async (content) => {
      writeFileSync(file(), content);
      expect(await credentials.find('a')).toBeUndefined();
      expect(await credentials.list()).toEqual([]);
    },
  );

  it('that is none is not replaced', async () => {
    writeFileSync(file(), 'nonsense');
    await expect(credentials.save('a.example', 'me', 'x', '')).rejects.toThrow('left as it is');
    expect(readFileSync(file(), 'utf8')).toBe('nonsense');
  });
});

describe('helpers', () => {
  it('keep all, and give it back', async () => {
    helper('all');
    write({ credsStore: 'all' });
    await credentials.save('docker.io', 'me', 'secret', '');
    await credentials.save('a.example', 'you', '', 'a token');
    expect(read()).toEqual({ credsStore: 'all' });
    expect(await credentials.find('docker.io')).toMatchObject({ username: 'me', password: 'secret' });
    expect(await credentials.find('a.example')).toEqual({
      identitytoken: 'a token',
      serveraddress: 'a.example',
    });
    expect(await credentials.list()).toEqual([
      { registry: 'a.example', username: '<token>', helper: 'all' },
      { registry: 'docker.io', username: 'me', helper: 'all' },
    ]);
    await credentials.remove('docker.io');
    expect(await credentials.find('docker.io')).toBeUndefined();
  });

  it('of one registry are asked for that alone', async () => {
    helper('one');
    write({ credHelpers: { 'a.example': 'one' }, auths: { 'b.example': { auth: base64('b:b') } } });
    await credentials.save('a.example', 'a', 'a', '');
    expect(await credentials.find('a.example')).toMatchObject({ username: 'a' });
    expect(await credentials.find('b.example')).toMatchObject({ username: 'b' });
  });

  it('that are not there are as good as none', async () => {
    write({ credsStore: 'missing', auths: { 'a.example': { auth: base64('a:b') } } });
    expect(await credentials.find('a.example')).toMatchObject({ username: 'a' });
    await expect(credentials.save('a.example', 'a', 'b', '')).rejects.toThrow('docker-credential-missing');
  });
});
