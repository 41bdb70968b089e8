// The packaging configuration against what electron-builder takes and what is there. electron-builder's own schema refuses
// unknown options; so does this one, which lists those that we use, with its types (version 26.17.0).
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

const repository = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/** Plain JavaScript, which electron-builder reads as it is. */
const { default: configuration } = z
  .object({ default: z.unknown() })
  .parse(await import(path.join(repository, 'electron/packaging.config.js')));

const fileSet = z.strictObject({ from: z.string(), to: z.string(), filter: z.array(z.string()) });
const schema = z.strictObject({
  appId: z.string(),
  productName: z.string(),
  copyright: z.string(),
  electronVersion: z.string(),
  directories: z.strictObject({ output: z.string() }),
  extraMetadata: z.object({ main: z.string() }),
  files: z.array(z.string()),
  asar: z.boolean(),
  npmRebuild: z.boolean(),
  icon: z.string(),
  protocols: z.array(z.strictObject({ name: z.string(), schemes: z.array(z.string()) })),
  electronFuses: z.strictObject({
    runAsNode: z.literal(false),
    enableNodeOptionsEnvironmentVariable: z.literal(false),
    enableNodeCliInspectArguments: z.literal(false),
    onlyLoadAppFromAsar: z.literal(true),
    enableEmbeddedAsarIntegrityValidation: z.literal(true),
    enableCookieEncryption: z.literal(true),
    grantFileProtocolExtraPrivileges: z.literal(false),
    loadBrowserProcessSpecificV8Snapshot: z.literal(false),
  }),
  linux: z.strictObject({
    target: z.array(z.enum(['deb', 'AppImage'])),
    category: z.string(),
    synopsis: z.string(),
    maintainer: z.string(),
    executableName: z.string(),
    extraResources: z.array(fileSet),
  }),
  deb: z.strictObject({ depends: z.array(z.string()) }),
  mac: z.strictObject({
    target: z.array(z.literal('dmg')),
    category: z.string(),
    hardenedRuntime: z.boolean(),
  }),
  win: z.strictObject({ target: z.array(z.literal('nsis')) }),
  nsis: z.strictObject({ oneClick: z.boolean(), perMachine: z.boolean() }),
});

describe('the packaging configuration', () => {
  it('has only options that electron-builder knows, with the fuses set', () => {
    expect(schema.safeParse(configuration).error?.message).toBeUndefined();
  });

  it('packages the very Electron that is tested', () => {
    const { devDependencies } = z
      .object({ devDependencies: z.object({ electron: z.string() }) })
      .parse(JSON.parse(readFileSync(path.join(repository, 'package.json'), 'utf8')));
    expect(schema.parse(configuration).electronVersion).toBe(devDependencies.electron);
  });

  it('starts the program that the build makes, and finds every file that it names', () => {
    const { extraMetadata, icon } = schema.parse(configuration);
    const files = [
      extraMetadata.main,
      icon,
      'dist/electron/preload.cjs',
      'dist/electron/engine-host.js',
      'dist/renderer/index.html',
    ];
    expect(files.filter((file) => !existsSync(path.join(repository, file)))).toEqual([]);
  });

  it('brings the engine along as the shell looks for it: bundles, helper and a Node', () => {
    const brought = new Map<string, string>();
    for (const { from, to, filter } of schema.parse(configuration).linux.extraResources) {
      for (const name of filter) brought.set(path.join(to, name), path.resolve(repository, from, name));
    }
    expect([...brought.keys()].sort()).toEqual([
      'engine/dist/berthd-*.js',
      'engine/dist/berthd.js',
      'engine/dist/start.js',
      'engine/helper/build/berth-monitor',
      'engine/helper/build/berth-spawn',
      'engine/helper/build/berth-worker',
      'engine/node',
    ]);
    const isThere = (file: string): boolean => {
      const [start = '', end] = path.basename(file).split('*');
      const names = readdirSync(path.dirname(file));
      return names.some((name) =>
        end === undefined ? name === start : name.startsWith(start) && name.endsWith(end),
      );
    };
    expect([...brought.values()].filter((file) => !isThere(file))).toEqual([]);
  });
});
