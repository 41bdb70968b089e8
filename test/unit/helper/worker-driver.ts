// Runs berth-worker on archives in memory and looks at what it left on disk.
import { execFileSync, spawn } from 'node:child_process';
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach } from 'vitest';
import { z } from 'zod';

const answerSchema = z.looseObject({
  ok: z.literal(true).optional(),
  error: z.object({ code: z.string(), message: z.string() }).optional(),
});

export interface WorkerOutcome {
  /** `ok`, the error's code, or how the process broke. */
  readonly result: string;
  readonly message: string;
  /** All lines, parsed. */
  readonly lines: readonly unknown[];
  readonly stderr: string;
}

/**
 * Runs a job to its end. Input that the worker does not want is dropped. `pauseMs` is waited between two parts of the input.
 */
export function runWorker(
  program: string,
  args: readonly string[],
  input: Buffer | readonly Buffer[],
  pauseMs = 0,
): Promise<WorkerOutcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env: {}, stdio: ['pipe', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.stdin.on('error', () => undefined);
    void (async () => {
      const [first, ...others] = Buffer.isBuffer(input) ? [input] : input;
      if (first !== undefined) child.stdin.write(first);
      for (const part of others) {
        await sleep(pauseMs);
        child.stdin.write(part);
      }
      child.stdin.end();
    })();
    child.once('error', reject);
    child.once('close', (code, signal) => {
      const lines = stdout
        .split('\n')
        .filter((line) => line !== '')
        .map((line): unknown => JSON.parse(line));
      const last = answerSchema.safeParse(lines.at(-1));
      let result = `broken: exit ${String(code)} ${String(signal)} ${stderr.slice(0, 2000)}`;
      if (last.data?.ok === true && code === 0) result = 'ok';
      else if (last.data?.error !== undefined && code === 1) result = last.data.error.code;
      resolve({ result, message: last.data?.error?.message ?? '', lines, stderr });
    });
  });
}

/** A folder for one archive, and beside it what must stay as it is. */
export class Yard {
  folder = '';

  get dest(): string {
    return path.join(this.folder, 'dest');
  }

  get #outside(): string {
    return path.join(this.folder, 'outside');
  }

  make(): void {
    this.folder = mkdtempSync(path.join(os.tmpdir(), 'bt-worker-'));
    mkdirSync(this.dest);
    mkdirSync(this.#outside);
    writeFileSync(path.join(this.#outside, 'canary'), 'alive');
  }

  /** Throws when anything beside `dest` was made, changed or removed. */
  checkOutside(): void {
    const around = readdirSync(this.folder).sort().join(' ');
    if (around !== 'dest outside') throw new Error(`outside of the folder there is now: ${around}`);
    if (readdirSync(this.#outside).join(' ') !== 'canary') throw new Error('the folder outside was changed');
    const canary = path.join(this.#outside, 'canary');
    if (
      readFileSync(canary, 'utf8') !== 'alive' ||
      lstatSync(canary).nlink !== 1 ||
      (lstatSync(canary).mode & 0o777) !== 0o644
    ) {
      throw new Error('the file outside was changed');
    }
  }

  /** Empties `dest`. */
  clear(): void {
    rmSync(this.dest, { recursive: true, force: true });
    mkdirSync(this.dest);
  }

  remove(): void {
    // A tree may be deeper than a path can be.
    execFileSync('rm', ['-rf', this.folder]);
  }
}

/** A yard for the tests of a file, made anew for each. */
export function yardForEach(): Yard {
  const yard = new Yard();
  beforeEach(() => {
    yard.make();
  });
  afterEach(() => {
    yard.remove();
  });
  return yard;
}

/** All of a tree as GNU tar sees it: names, types, owners, modes, times, links, attributes and content. */
export function pack(folder: string): Buffer {
  return execFileSync(
    'tar',
    [
      ...[
        '--format=posix',
        '--pax-option=exthdr.name=x,delete=atime,delete=ctime',
        '--sort=name',
        '--numeric-owner',
      ],
      ...['--xattrs', '--xattrs-include=*', '-C', folder, '-cf', '-', '.'],
    ],
    { maxBuffer: 512 << 20, stdio: ['ignore', 'pipe', 'ignore'] },
  );
}
