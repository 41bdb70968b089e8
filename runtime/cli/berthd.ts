// `berthd`: one engine in the foreground, until SIGTERM or SIGINT. Its containers go on without it.
import './small-heap.ts';
import { startEngine } from '../engine/engine.ts';
import { messageOf } from '../engine/errors.ts';
import { parseFlags, usage } from '../engine/flags.ts';
import { engineVersion } from '../engine/version.ts';

async function main(): Promise<void> {
  const flags = parseFlags(process.argv.slice(2));
  if (flags.kind === 'help') {
    process.stdout.write(usage);
    return;
  }
  if (flags.kind === 'version') {
    process.stdout.write(`berthd ${engineVersion}\n`);
    return;
  }
  if (process.getuid?.() !== 0) {
    throw new Error('berthd needs to be run as root: it makes namespaces, mounts and network devices');
  }
  const stopping = new Promise<void>((resolve) => {
    // A second signal ends the process at once, as it would without us.
    process.once('SIGTERM', () => resolve());
    process.once('SIGINT', () => resolve());
  });
  const engine = await startEngine(flags.config);
  await stopping;
  await engine.stop();
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`berthd: ${messageOf(error)}\n`);
    process.exit(1);
  },
);
