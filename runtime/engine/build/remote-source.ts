// What a build takes from elsewhere: files by URL, and git repositories by the machine's own git. Both come from whoever wrote the
// request or the Dockerfile, so what is asked for is checked before anything is asked (CVE-2019-13139, and addresses of clouds' own
// metadata services, which trust the machine that asks).
import { spawn } from 'node:child_process';
import { lookup } from 'node:dns/promises';
import { rm } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { EngineError, messageOf } from '../errors.ts';

const maxRedirects = 10;
const patienceMs = 60_000;

/** A file on its way. */
export interface Download {
  readonly response: Readable;
  readonly contentType: string;
  readonly lastModified: Date | undefined;
  /** The name at the end of the address. */
  readonly name: string;
}

/** Begins a download. Throws in words; the caller reads or destroys what comes. */
export async function download(address: string, signal: AbortSignal): Promise<Download> {
  let url = new URL(address);
  for (let hops = 0; hops <= maxRedirects; hops++) {
    if (url.protocol !== 'http:' && url.protocol !== 'https:') {
      throw new EngineError('invalid', `unsupported scheme of a remote file: ${url.protocol}`);
    }
    const addresses = await lookup(url.hostname.replace(/^\[|\]$/g, ''), { all: true }).catch(
      (cause: unknown) => {
        throw new EngineError('internal', `Get ${JSON.stringify(address)}: ${messageOf(cause)}`, { cause });
      },
    );
    if (addresses.some(({ address: ip }) => isLinkLocal(ip))) {
      throw new EngineError('forbidden', `a build may not read from ${url.host}: it is a link-local address`);
    }
    const [first] = addresses;
    if (first === undefined) throw new EngineError('internal', `${url.host} has no address`);
    // The address that was checked is the one that is asked.
    const answer = await get(url, first, signal);
    const { statusCode = 0, headers } = answer;
    if (statusCode >= 300 && statusCode < 400 && headers.location !== undefined) {
      answer.destroy();
      url = new URL(headers.location, url);
      continue;
    }
    if (statusCode !== 200) {
      answer.destroy();
      throw new EngineError('invalid', `failed to GET ${address} with status ${String(statusCode)}`);
    }
    const modified = Date.parse(headers['last-modified'] ?? '');
    return {
      response: answer,
      contentType: headers['content-type'] ?? '',
      lastModified: Number.isNaN(modified) ? undefined : new Date(modified),
      name: path.posix.basename(url.pathname),
    };
  }
  throw new EngineError('invalid', `${address}: more than ${String(maxRedirects)} redirects`);
}

function get(
  url: URL,
  { address, family }: { address: string; family: number },
  signal: AbortSignal,
): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    const client = url.protocol === 'https:' ? https : http;
    const request = client.get(
      url,
      {
        signal,
        timeout: patienceMs,
        headers: { 'User-Agent': 'Berth' },
        lookup: (_name, options, done) => {
          if (options.all === true) done(null, [{ address, family }]);
          else done(null, address, family);
        },
      },
      resolve,
    );
    request.on('timeout', () => request.destroy(new Error('no answer came in time')));
    request.on('error', (cause) => {
      reject(
        signal.aborted
          ? cause
          : new EngineError('internal', `Get ${JSON.stringify(url.href)}: ${messageOf(cause)}`, { cause }),
      );
    });
  });
}

function isLinkLocal(address: string): boolean {
  return /^(?:::ffff:)?169\.254\./i.test(address) || /^fe[89ab]/i.test(address);
}

/** A repository, and what of it. */
export interface GitSource {
  readonly url: string;
  readonly ref: string;
  readonly folder: string;
  /** What must be there, whole; empty: whatever is. */
  readonly commit: string;
  /** Overrules the instruction's own word. */
  readonly keepGitDir: boolean | undefined;
  readonly submodules: boolean;
}

/** Whether a source is a git repository by Docker's rules. */
export function isGitSource(text: string): boolean {
  if (/^git:\/\/|^git@|^github\.com\/|^ssh:\/\//.test(text)) return true;
  if (!/^https?:\/\//.test(text)) return false;
  return /\.git(?:[?#].*)?$/.test(text);
}

/** `repository.git#ref:folder`. Throws invalid for what git could take for an option or another program. */
export function parseGitSource(text: string): GitSource {
  const at = text.indexOf('#');
  const [address = '', question] = (at < 0 ? text : text.slice(0, at)).split(/\?(.*)/s, 2);
  const [named = '', inside = ''] = at < 0 ? [] : text.slice(at + 1).split(':', 2);
  const asked = question === undefined ? undefined : gitQuery(question);
  if (named !== '' && asked?.ref !== undefined) {
    throw new EngineError('invalid', `ref conflicts: ${named} and ${asked.ref}`);
  }
  const folder = inside === '' ? (asked?.folder ?? '') : inside;
  const commit = asked?.commit ?? '';
  const ref = named === '' ? (asked?.ref ?? commit) : named;
  const url = address.startsWith('github.com/') ? `https://${address}` : address;
  const known = /^(?:https?|git|ssh):\/\/[^\s-][^\s]*$/.test(url) || /^git@[\w.]+:[^\s-][^\s]*$/.test(url);
  if (!known || url.includes('::'))
    throw new EngineError('invalid', `invalid git address: ${JSON.stringify(address)}`);
  if (ref.startsWith('-') || /[\s\0~^:?*[\\]/.test(ref)) {
    throw new EngineError('invalid', `invalid refspec: ${ref}`);
  }
  if (folder.startsWith('-') || folder.split('/').includes('..')) {
    throw new EngineError('invalid', `invalid folder of a repository: ${folder}`);
  }
  if (commit !== '' && !/^[0-9a-f]{40}(?:[0-9a-f]{24})?$/.test(commit)) {
    throw new EngineError('invalid', `invalid commit: ${commit}`);
  }
  const { keepGitDir, submodules = true } = asked ?? {};
  return { url, ref, folder, commit, keepGitDir, submodules };
}

/** `?branch=main&subdir=app`, as BuildKit takes it. Throws invalid for what it does not know. */
function gitQuery(text: string) {
  const asked: {
    ref?: string;
    folder?: string;
    commit?: string;
    keepGitDir?: boolean;
    submodules?: boolean;
  } = {};
  const truth = (value: string): boolean => !['false', '0'].includes(value);
  const name = (ref: string): void => {
    if (asked.ref !== undefined) throw new EngineError('invalid', `ref conflicts: ${asked.ref} and ${ref}`);
    asked.ref = ref;
  };
  for (const [key, value] of new URLSearchParams(text)) {
    if (key === 'ref') name(value);
    else if (key === 'branch') name(`refs/heads/${value}`);
    else if (key === 'tag') name(`refs/tags/${value}`);
    else if (key === 'subdir') asked.folder = value;
    else if (key === 'commit' || key === 'checksum') asked.commit = value;
    else if (key === 'keep-git-dir') asked.keepGitDir = truth(value);
    else if (key === 'submodules') asked.submodules = truth(value);
    else throw new EngineError('invalid', `unexpected query ${JSON.stringify(key)} of a repository`);
  }
  return asked;
}

/** Brings a repository into an empty folder. Which folder of it is meant, a worker has to find: there may be links. */
export async function fetchGit(
  source: GitSource,
  into: string,
  keepGitDir: boolean,
  signal: AbortSignal,
): Promise<void> {
  const git = (args: readonly string[]): Promise<string> => runGit(['-C', into, ...args], signal);
  await git(['init', '--quiet']);
  // By a name: addresses of submodules may be relative to it.
  await git(['remote', 'add', 'origin', source.url]);
  const ref = source.ref === '' ? 'HEAD' : source.ref;
  await git(['fetch', '--quiet', '--depth', '1', '--no-tags', '--', 'origin', ref]);
  await git(['checkout', '--quiet', '--detach', 'FETCH_HEAD']);
  const { commit } = source;
  if (commit !== '' && (await git(['rev-parse', 'HEAD'])).trim() !== commit) {
    throw new EngineError('invalid', `the repository has another commit there than ${commit}`);
  }
  if (source.submodules) await git(['submodule', '--quiet', 'update', '--init', '--recursive']);
  if (!(source.keepGitDir ?? keepGitDir)) await rm(path.join(into, '.git'), { recursive: true, force: true });
}

/** Answers the beginning of what it writes. */
function runGit(args: readonly string[], signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn('git', args, {
      signal,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'] ?? '/usr/bin:/bin',
        HOME: '/nonexistent',
        GIT_TERMINAL_PROMPT: '0',
        GIT_CONFIG_NOSYSTEM: '1',
        // No `ext::` and no files of this machine, from submodules and redirects neither.
        GIT_ALLOW_PROTOCOL: 'http:https:git:ssh',
        GIT_LFS_SKIP_SMUDGE: '1',
      },
    });
    let said = '';
    let written = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (written.length < 2000) written += text.slice(0, 2000);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-2000)));
    child.once('error', (cause) => {
      const missing = 'code' in cause && cause.code === 'ENOENT';
      reject(
        missing
          ? new EngineError('internal', 'git is not installed on the machine that builds', { cause })
          : cause,
      );
    });
    child.once('close', (code) => {
      if (code === 0) resolve(written);
      else reject(new EngineError('internal', `error fetching: ${said.trim()}`));
    });
  });
}
