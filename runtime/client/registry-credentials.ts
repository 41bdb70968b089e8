// Credentials for registries, where Docker's own CLI keeps them: its config file, or the helper programs that it names
// (`docker-credential-NAME`, https://github.com/docker/docker-credential-helpers). They go to the engine with a request and nowhere else.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { parseImageReference } from '../syntax/image-reference.ts';

/** Docker Hub's key in the config file and in helpers. */
const hubKey = 'https://index.docker.io/v1/';
const hubDomain = 'docker.io';
/** The user name under which helpers keep an identity token. */
const tokenUser = '<token>';
const helperMs = 30_000;
const maxHelperBytes = 1024 * 1024;

const text = z.string().optional().catch(undefined);
const configFile = z.looseObject({
  auths: z
    .record(z.string(), z.looseObject({ auth: text, identitytoken: text }))
    .optional()
    .catch(undefined),
  credsStore: text,
  credHelpers: z.record(z.string(), z.string()).optional().catch(undefined),
});
type ConfigFile = z.infer<typeof configFile>;
const helperAnswer = z.object({ Username: z.string(), Secret: z.string() });

/** What `X-Registry-Auth` carries. */
export interface RegistryCredential {
  readonly username?: string;
  readonly password?: string;
  readonly identitytoken?: string;
  readonly serveraddress: string;
}

/** A registry that somebody is logged in to; never with the password. */
export interface KnownRegistry {
  readonly registry: string;
  readonly username: string;
  /** The helper program that keeps it; empty is the config file. */
  readonly helper: string;
}

/** The folder of Docker's config file. */
export function dockerConfigFolder(env: NodeJS.ProcessEnv = process.env): string {
  const named = env['DOCKER_CONFIG'];
  return named !== undefined && named !== '' ? named : path.join(os.homedir(), '.docker');
}

/** The registry of a key in the config file: without scheme and path, Docker Hub's by its short name. */
function registryOfKey(key: string): string {
  const host = key.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
  return host === 'index.docker.io' || host === 'registry-1.docker.io' ? hubDomain : host;
}

const keyOfRegistry = (registry: string): string => (registry === hubDomain ? hubKey : registry);

/** The credentials of this user. Nothing is kept in memory: the CLI may change the file at any time. */
export class RegistryCredentials {
  readonly #folder: () => string;

  constructor(folder: () => string = dockerConfigFolder) {
    this.#folder = folder;
  }

  /** The credential for an image's registry; undefined without one. A helper that fails is as good as none. */
  async forReference(reference: string): Promise<RegistryCredential | undefined> {
    return this.find(parseImageReference(reference).domain);
  }

  async find(registry: string): Promise<RegistryCredential | undefined> {
    const config = await this.#read();
    const serveraddress = keyOfRegistry(registry);
    const helper = helperOf(config, registry);
    if (helper !== undefined) {
      const answer = await askHelper(helper, 'get', serveraddress).catch(() => undefined);
      const parsed = helperAnswer.safeParse(answer === undefined ? undefined : parseJson(answer));
      if (parsed.success) {
        const { Username: username, Secret: secret } = parsed.data;
        return username === tokenUser
          ? { identitytoken: secret, serveraddress }
          : { username, password: secret, serveraddress };
      }
    }
    const entry = Object.entries(config.auths ?? {}).find(([key]) => registryOfKey(key) === registry)?.[1];
    if (entry?.identitytoken !== undefined && entry.identitytoken !== '') {
      return { identitytoken: entry.identitytoken, serveraddress };
    }
    const pair = Buffer.from(entry?.auth ?? '', 'base64').toString('utf8');
    const colon = pair.indexOf(':');
    if (colon <= 0) return undefined;
    return { username: pair.slice(0, colon), password: pair.slice(colon + 1), serveraddress };
  }

  /** All registries somebody is logged in to, sorted. */
  async list(): Promise<KnownRegistry[]> {
    const config = await this.#read();
    const found = new Map<string, KnownRegistry>();
    for (const [key, entry] of Object.entries(config.auths ?? {})) {
      const pair = Buffer.from(entry.auth ?? '', 'base64').toString('utf8');
      if (entry.auth === undefined && entry.identitytoken === undefined) continue;
      const registry = registryOfKey(key);
      found.set(registry, { registry, username: pair.split(':', 1)[0] ?? '', helper: '' });
    }
    const helpers = new Set([...Object.values(config.credHelpers ?? {}), config.credsStore ?? '']);
    for (const helper of helpers) {
      if (helper === '') continue;
      const answer = await askHelper(helper, 'list', '').catch(() => '{}');
      const parsed = z.record(z.string(), z.string()).safeParse(parseJson(answer));
      for (const [key, username] of Object.entries(parsed.data ?? {})) {
        const registry = registryOfKey(key);
        if (helperOf(config, registry) === helper) found.set(registry, { registry, username, helper });
      }
    }
    return [...found.values()].sort((a, b) => (a.registry < b.registry ? -1 : 1));
  }

  /** Keeps a credential that the registry has accepted. */
  async save(registry: string, username: string, password: string, identityToken: string): Promise<void> {
    const config = await this.#read();
    const key = keyOfRegistry(registry);
    const helper = helperOf(config, registry);
    if (helper !== undefined) {
      const [user, secret] = identityToken === '' ? [username, password] : [tokenUser, identityToken];
      await askHelper(helper, 'store', JSON.stringify({ ServerURL: key, Username: user, Secret: secret }));
      return;
    }
    const auth = Buffer.from(`${username}:${identityToken === '' ? password : ''}`).toString('base64');
    const entry = identityToken === '' ? { auth } : { auth, identitytoken: identityToken };
    await this.#write({ ...config, auths: { ...without(config.auths ?? {}, registry), [key]: entry } });
  }

  /** Forgets a credential. */
  async remove(registry: string): Promise<void> {
    const config = await this.#read();
    const helper = helperOf(config, registry);
    if (helper !== undefined) await askHelper(helper, 'erase', keyOfRegistry(registry));
    await this.#write({ ...config, auths: without(config.auths ?? {}, registry) });
  }

  /** A file that is not there or cannot be understood is an empty one to read from. */
  async #read(): Promise<ConfigFile> {
    const bytes = await readFile(this.#file(), 'utf8').catch(() => '{}');
    return configFile.safeParse(parseJson(bytes)).data ?? {};
  }

  async #write(config: ConfigFile): Promise<void> {
    // What we could not read is not ours to replace.
    const before = await readFile(this.#file(), 'utf8').catch(() => '{}');
    if (!configFile.safeParse(parseJson(before)).success) {
      throw new Error(`${this.#file()} is no JSON object: it was left as it is`);
    }
    await mkdir(this.#folder(), { recursive: true, mode: 0o700 });
    const partial = `${this.#file()}.${randomBytes(4).toString('hex')}.tmp`;
    const handle = await open(partial, 'wx', 0o600);
    try {
      await handle.writeFile(`${JSON.stringify(config, null, '\t')}\n`);
      await handle.sync();
    } catch (error) {
      await rm(partial, { force: true });
      throw error;
    } finally {
      await handle.close();
    }
    await rename(partial, this.#file());
  }

  #file(): string {
    return path.join(this.#folder(), 'config.json');
  }
}

function helperOf(config: ConfigFile, registry: string): string | undefined {
  const own = Object.entries(config.credHelpers ?? {}).find(([key]) => registryOfKey(key) === registry)?.[1];
  const name = own ?? config.credsStore;
  return name === undefined || name === '' ? undefined : name;
}

function without<T>(auths: Readonly<Record<string, T>>, registry: string): Record<string, T> {
  return Object.fromEntries(Object.entries(auths).filter(([key]) => registryOfKey(key) !== registry));
}

function parseJson(bytes: string): unknown {
  try {
    return JSON.parse(bytes);
  } catch {
    return undefined;
  }
}

/** Runs a helper; secrets go through its stdin and stdout only. */
function askHelper(name: string, verb: 'get' | 'store' | 'erase' | 'list', input: string): Promise<string> {
  if (!/^[A-Za-z0-9._-]+$/.test(name))
    return Promise.reject(new Error('the credential helper has no good name'));
  return new Promise((resolve, reject) => {
    const program = `docker-credential-${name}`;
    const child = spawn(program, [verb], { stdio: ['pipe', 'pipe', 'ignore'], timeout: helperMs });
    let output = '';
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      output += part;
      if (output.length > maxHelperBytes) child.kill('SIGKILL');
    });
    child.once('error', (cause) => reject(new Error(`${program} cannot be run`, { cause })));
    child.once('close', (code) => {
      if (code === 0) resolve(output);
      else reject(new Error(`${program} ${verb} failed`));
    });
  });
}
