// Makes dist/: the programs and the desktop shell bundled by esbuild, the UI by Vite.
import { build } from 'esbuild';
import { cpSync, existsSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build as buildRenderer } from 'vite';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const source = (file) => path.join(root, file);

/** Common to all bundles. ssh2, which dockerode brings along, tries native add-ons and does without them. */
const common = { bundle: true, platform: 'node', sourcemap: true, logLevel: 'warning' };
const external = ['cpu-features', '*.node'];

/** CommonJS packages inside an ESM bundle still call require for Node's own modules, and ask where they lie. */
const banner = {
  js: [
    "import { createRequire } from 'node:module';",
    'const require = createRequire(import.meta.url), __dirname = import.meta.dirname;',
  ].join(' '),
};

for (const name of existsSync(source('dist')) ? readdirSync(source('dist')) : []) {
  if (name.startsWith('berthd-')) rmSync(source(`dist/${name}`));
}
const program = { ...common, outdir: source('dist'), format: 'esm', target: 'node20.19', external, banner };
await build({ ...program, entryPoints: [source('runtime/cli/start.ts')] });
await build({
  ...program,
  entryPoints: [source('runtime/cli/berthd.ts')],
  // What is imported on demand is a file of its own: most engines never read it.
  splitting: true,
  chunkNames: 'berthd-[name]-[hash]',
});

// `electron` is a module only inside Electron, which brings a newer Node along.
const shell = { ...common, target: 'node22', external: ['electron', ...external] };
await build({
  ...shell,
  entryPoints: [source('electron/main.ts'), source('electron/engine-host.ts')],
  outdir: source('dist/electron'),
  format: 'esm',
  banner,
});
cpSync(source('electron/icons'), source('dist/electron/icons'), { recursive: true });
// A sandboxed preload must be CommonJS.
await build({
  ...shell,
  entryPoints: [source('electron/preload.ts')],
  outfile: source('dist/electron/preload.cjs'),
  format: 'cjs',
});

await buildRenderer({ configFile: source('renderer/vite.config.ts'), logLevel: 'warn' });
