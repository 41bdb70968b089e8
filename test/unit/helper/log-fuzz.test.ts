// The worker's parsers of logs and of expressions, under sanitizers, on random input; the automaton against POSIX's.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '../../..');
const helper = path.join(root, 'runtime/helper');

it(
  'takes logs and expressions apart without a wrong access, and matches what POSIX matches',
  { timeout: 120_000 },
  () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'berth-log-fuzz-'));
    try {
      const program = path.join(folder, 'fuzz');
      const parts = ['log-lines.c', 'regex.c', 'regex-parse.c', 'regex-program.c'];
      execFileSync('cc', [
        ...['-std=gnu11', '-D_GNU_SOURCE', '-O1', '-g', '-Wall', '-Wextra', '-Werror'],
        ...['-fsanitize=address,undefined', '-fno-sanitize-recover=undefined', `-I${helper}`],
        path.join(root, 'test/fixtures/log-fuzz.c'),
        ...parts.map((part) => path.join(helper, 'worker', part)),
        '-o',
        program,
      ]);
      const env = { ...process.env, ASAN_OPTIONS: 'detect_leaks=0' };
      for (const seed of ['1', '77']) {
        expect(execFileSync(program, ['4000', seed], { encoding: 'utf8', env, maxBuffer: 1e6 })).toBe('');
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
);
