// The parser of an image's passwd and group files, under sanitizers, on random files.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const here = fileURLToPath(new URL('.', import.meta.url));
const helper = path.resolve(here, '../../../runtime/helper');

it.skipIf(process.platform !== 'linux')(
  'keeps its promises for any passwd and group file',
  { timeout: 120_000 },
  () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'berth-user-fuzz-'));
    try {
      const program = path.join(folder, 'fuzz');
      const sources = [path.join(here, 'spawn-user-fuzz.c')].concat(
        ['user.c', 'in-root.c'].map((name) => path.join(helper, 'spawn', name)),
      );
      execFileSync('cc', [
        ...['-std=gnu11', '-D_GNU_SOURCE', '-O1', '-g', '-Wall', '-Wextra', '-Werror'],
        ...['-fsanitize=address,undefined', '-fno-sanitize-recover=undefined', `-I${helper}`],
        ...sources,
        '-o',
        program,
      ]);
      for (const seed of ['1', '2'])
        expect(execFileSync(program, [folder, '2000', seed], { encoding: 'utf8' })).toMatch(
          /^\d+ resolved\n$/,
        );
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
);
