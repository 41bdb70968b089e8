// A build's context as the backend handles it: what of a folder is seen, read, written and packed, and that nothing outside of it is.
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  createContext,
  listContext,
  listFolders,
  openContextFolder,
  readText,
  writeText,
} from '../../../runtime/backend/context-folder.ts';
import { makeFolder, removeEntry, renameEntry } from '../../../runtime/backend/context-changes.ts';
import { measureContext, packContext } from '../../../runtime/backend/context-pack.ts';
import { ContractFailure } from '../../../runtime/backend/contract-failure.ts';
import { contextPath, entryName } from '../../../runtime/contract/builds.ts';

let root: string;
let folder: string;
beforeEach(() => {
  root = mkdtempSync(path.join(os.tmpdir(), 'bt-context-'));
  folder = path.join(root, 'shop');
  mkdirSync(folder);
  put('Dockerfile', 'FROM busybox\n');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function put(name: string, text: string): void {
  mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
  writeFileSync(path.join(folder, name), text);
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'no failure',
    (error: unknown) => (error instanceof ContractFailure ? error.error.code : String(error)),
  );
}

/** Names in the archive as the system's own tar reads them. */
async function packed(dockerfile = 'Dockerfile'): Promise<string[]> {
  const archive = await buffer(Readable.from(packContext(folder, dockerfile)));
  return execFileSync('tar', ['-tf', '-'], { input: archive, encoding: 'utf8' }).trim().split('\n');
}

describe('a context', () => {
  it.each(['../x', '/etc/passwd', 'a/../../x', 'a//b', '.', '', 'a\0b', 'a\\b'])(
    'knows no path %j',
    (name) => {
      expect(contextPath.safeParse(name).success).toBe(false);
    },
  );

  it('is told with its Dockerfiles, the plain one first', async () => {
    put('Dockerfile.dev', '');
    put('Dockerfile.dev.dockerignore', '');
    put('app.dockerfile', '');
    put('notes.txt', '');
    symlinkSync(folder, path.join(root, 'link'));
    expect(await openContextFolder(path.join(root, 'link'))).toEqual({
      folder,
      dockerfiles: ['Dockerfile', 'Dockerfile.dev', 'app.dockerfile'],
    });
    expect(await codeOf(openContextFolder(path.join(root, 'nothing')))).toBe('notFound');
    expect((await listFolders(root)).folders).toEqual([{ name: 'shop', isContext: true }]);
  });

  it('packs what .dockerignore leaves, and what the build is told by', async () => {
    put('.dockerignore', '*\n!src\nsrc/**/*.log\n');
    put('src/main.py', 'x');
    put('src/deep/a.log', 'x');
    put('src/deep/b.txt', 'x');
    put('node_modules/x/y', 'x'.repeat(500));
    expect(await packed()).toEqual([
      '.dockerignore',
      'Dockerfile',
      'src/',
      'src/deep/',
      'src/main.py',
      'src/deep/b.txt',
    ]);
    const { entries } = await listContext(folder, '', 'Dockerfile');
    expect(entries.map(({ name, ignored }) => [name, ignored])).toEqual([
      ['node_modules', true],
      ['src', false],
      ['.dockerignore', true],
      ['Dockerfile', true],
    ]);
    expect(await measureContext(folder, 'Dockerfile')).toMatchObject({
      files: 4,
      ignoredFiles: 2,
      ignoredBytes: 501,
      complete: true,
    });
    // A Dockerfile's own patterns come before the common ones.
    put('Dockerfile.dockerignore', 'src');
    expect(await packed()).toContain('node_modules/x/y');
  });

  it('packs exceptions inside of what is ignored', async () => {
    put('.dockerignore', 'a\n!a/b/keep\n');
    put('a/b/keep', '1');
    put('a/other', '2');
    const names = await packed();
    expect(names).toContain('a/b/keep');
    expect(names).not.toContain('a/other');
  });

  it('packs modes, links, long names and contents byte by byte', async () => {
    const long = `${'d'.repeat(90)}/${'ä'.repeat(60)}`;
    put(long, 'long');
    put('run.sh', '#!/bin/sh\n');
    chmodSync(path.join(folder, 'run.sh'), 0o755);
    writeFileSync(path.join(folder, 'blob'), Buffer.alloc(700_000, 7));
    symlinkSync('/etc/hostname', path.join(folder, 'outwards'));
    const archive = await buffer(Readable.from(packContext(folder, 'Dockerfile')));
    const out = path.join(root, 'out');
    mkdirSync(out);
    execFileSync('tar', ['-xpf', '-', '-C', out], { input: archive });
    expect(readFileSync(path.join(out, long), 'utf8')).toBe('long');
    expect(statSync(path.join(out, 'run.sh')).mode & 0o777).toBe(0o755);
    expect(readFileSync(path.join(out, 'blob')).equals(Buffer.alloc(700_000, 7))).toBe(true);
    // The link itself, not what it leads to.
    const listed = execFileSync('tar', ['-tvf', '-'], { input: archive, encoding: 'utf8' });
    expect(listed).toContain('outwards -> /etc/hostname');
    expect(listed).toMatch(/ 0\/0 /);
  });
});

describe('a file of a context', () => {
  it('is replaced as a whole, keeps its mode, and tells that another program changed it', async () => {
    const file = path.join(folder, 'Dockerfile');
    chmodSync(file, 0o640);
    const first = await readText(folder, 'Dockerfile');
    const second = await writeText(folder, 'Dockerfile', 'FROM scratch\n', first.version);
    expect(statSync(file).mode & 0o777).toBe(0o640);
    writeFileSync(file, 'FROM other\n');
    expect(await codeOf(writeText(folder, 'Dockerfile', 'x', second.version))).toBe('conflict');
    expect(readFileSync(file, 'utf8')).toBe('FROM other\n');
    rmSync(file);
    expect(await codeOf(writeText(folder, 'Dockerfile', 'x', second.version))).toBe('conflict');
    await writeText(folder, 'Dockerfile', 'new', null);
    expect(await codeOf(writeText(folder, 'Dockerfile', 'x', null))).toBe('conflict');
    expect(readdirSync(folder)).toEqual(['Dockerfile']);
  });

  it('is not one outside of the folder, whatever a link says', async () => {
    writeFileSync(path.join(root, 'secret'), 's3cr3t');
    symlinkSync('../secret', path.join(folder, 'link'));
    symlinkSync('..', path.join(folder, 'up'));
    expect(await codeOf(readText(folder, 'link'))).toBe('invalid');
    expect(await codeOf(readText(folder, 'up/secret'))).toBe('invalid');
    expect(await codeOf(listContext(folder, 'up', 'Dockerfile'))).toBe('invalid');
    expect(await codeOf(writeText(folder, 'up/new', 'x', null))).toBe('invalid');
    expect(existsSync(path.join(root, 'new'))).toBe(false);
  });

  it('is text', async () => {
    writeFileSync(path.join(folder, 'blob'), Buffer.from([1, 0, 2]));
    writeFileSync(path.join(folder, 'latin'), Buffer.from([0xe4]));
    expect(await codeOf(readText(folder, 'blob'))).toBe('invalid');
    expect(await codeOf(readText(folder, 'latin'))).toBe('invalid');
    execFileSync('mkfifo', [path.join(folder, 'pipe')]);
    expect(await codeOf(readText(folder, 'pipe'))).toBe('invalid');
    // Nothing to send, and nobody writes into it: it is left out rather than waited for.
    expect(await packed()).not.toContain('pipe');
  });
});

describe('changes of a context', () => {
  it.each(['a/b', '..', '.', '', 'a\0', 'a\\b'])('know no name %j', (name) => {
    expect(entryName.safeParse(name).success).toBe(false);
  });

  it('make, rename and remove files and folders', async () => {
    await makeFolder(folder, 'src');
    expect(await codeOf(makeFolder(folder, 'src'))).toBe('conflict');
    expect(await codeOf(makeFolder(folder, 'no/where'))).toBe('notFound');
    put('src/a.txt', 'a');
    put('src/b.txt', 'b');
    expect(await codeOf(renameEntry(folder, 'src/a.txt', 'b.txt'))).toBe('conflict');
    await renameEntry(folder, 'src/a.txt', 'c.txt');
    await renameEntry(folder, 'src', 'code');
    expect(readFileSync(path.join(folder, 'code/c.txt'), 'utf8')).toBe('a');
    await removeEntry(folder, 'code');
    expect(await codeOf(removeEntry(folder, 'code'))).toBe('notFound');
    expect(await codeOf(renameEntry(folder, 'code', 'x'))).toBe('notFound');
    expect(readdirSync(folder)).toEqual(['Dockerfile']);
  });

  it('go nowhere else, whatever a link says', async () => {
    const other = path.join(root, 'other');
    mkdirSync(other);
    writeFileSync(path.join(other, 'kept'), 'x');
    symlinkSync('../other', path.join(folder, 'link'));
    expect(await codeOf(makeFolder(folder, 'link/new'))).toBe('invalid');
    expect(await codeOf(renameEntry(folder, 'link/kept', 'gone'))).toBe('invalid');
    expect(await codeOf(removeEntry(folder, 'link/kept'))).toBe('invalid');
    // The link itself is an entry like others.
    await renameEntry(folder, 'link', 'other');
    await removeEntry(folder, 'other');
    expect(readdirSync(other)).toEqual(['kept']);
    expect(readdirSync(folder)).toEqual(['Dockerfile']);
  });
});

it('makes a folder of a template once', async () => {
  const wanted = { parent: root, name: 'hello', files: [{ path: 'src/a.txt', text: 'a' }] };
  expect(await createContext(wanted)).toEqual({ folder: path.join(root, 'hello') });
  expect(readFileSync(path.join(root, 'hello/src/a.txt'), 'utf8')).toBe('a');
  expect(await codeOf(createContext(wanted))).toBe('conflict');
});
