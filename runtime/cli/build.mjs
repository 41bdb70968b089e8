// Makes dist/: the programs bundled by esbuild, the UI by Vite.
import { build } from 'esbuild';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build as buildRenderer } from 'vite';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const programs = ['berthd', 'start'].map((name) => path.join(root, `runtime/cli/${name}.ts`));

await build({
  entryPoints: programs.filter((file) => existsSync(file)),
  outdir: path.join(root, 'dist'),
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20.19',
  sourcemap: true,
  logLevel: 'warning',
  // ssh2, which dockerode brings along, tries native add-ons and does without them.
  external: ['cpu-features', '*.node'],
  // CommonJS packages inside the bundle still call require for Node's own modules, and ask where they lie.
  banner: {
    js: [
      "import { createRequire } from 'node:module';",
      'const require = createRequire(import.meta.url), __dirname = import.meta.dirname;',
    ].join(' '),
  },
});

await buildRenderer({ configFile: path.join(root, 'renderer/vite.config.ts'), logLevel: 'warn' });
