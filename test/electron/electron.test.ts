// The shell in Electron itself, wherever its binary and a display are. Elsewhere these specs are skipped, which says so.
import { describe, it } from 'vitest';
import { findElectron, runInElectron } from '../fixtures/electron/shell-run.ts';
import { describeShell } from './shell-specs.ts';

const found = findElectron();

if ('binary' in found) {
  describeShell('the shell in Electron', (options) => runInElectron(found.binary, options));
} else {
  describe('the shell in Electron', () => {
    it.skip(`is not tested here: ${found.missing}`);
  });
}
