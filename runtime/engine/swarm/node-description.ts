// What this machine is, as it says so to the others of its swarm.
import os from 'node:os';
import { engineVersion } from '../version.ts';
import type { NodeDescription } from './protocol.ts';

/** Looks at the machine. */
export function describeNode(): NodeDescription {
  return {
    hostName: os.hostname(),
    architecture: os.machine(),
    nanoCpus: os.availableParallelism() * 1e9,
    memoryBytes: os.totalmem(),
    engineVersion,
  };
}
