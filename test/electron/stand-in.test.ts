// The shell over a stand-in for Electron. This proves the shell against a reading of Electron's documentation, over a real
// Chromium and a real engine; it does not prove it against Electron: `electron.test.ts` does, where Electron can be had.
import { runOverStandIn } from '../fixtures/electron/shell-run.ts';
import { describeShell } from './shell-specs.ts';

describeShell('the shell over a stand-in for Electron', runOverStandIn);
