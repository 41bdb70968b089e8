// Draws in software where the graphics driver fails: a GPU process that died is remembered, and from the next start on no
// GPU is used, until another version of Berth (with a newer Electron, and its workarounds for drivers) tries anew.
import { app } from 'electron';
import { z } from 'zod';
import type { StateFile } from './state-file.ts';

/** What is remembered: the version of Berth whose GPU process failed. */
export const graphicsFailure = z.object({ version: z.string(), reason: z.string() });
export type GraphicsFailure = z.infer<typeof graphicsFailure>;

/** Ends that are the driver's fault. A process that is killed or exits in order is none. */
const failures: ReadonlySet<string> = new Set(['crashed', 'abnormal-exit', 'launch-failed', 'oom']);

/** Chooses how to draw, and watches. To be called before Electron is ready. */
export function guardGraphics(file: StateFile<GraphicsFailure>, version: string): void {
  if (file.read()?.version === version) app.disableHardwareAcceleration();
  app.on('child-process-gone', (_event, details) => {
    if (details.type !== 'GPU' || !failures.has(details.reason)) return;
    file.write({ version, reason: details.reason });
  });
}
