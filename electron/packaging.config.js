// How Berth is packaged, for electron-builder: `npm run build`, then
// `npx electron-builder@26.17.0 --config electron/packaging.config.js`. It is no dependency of ours, since its own do not
// install cleanly on the oldest Node that we support; `test/electron/packaging.test.ts` keeps this file valid.
import path from 'node:path';

/** The engine's programs lie outside of the archive: they run on a Node that knows nothing of archives. */
const engine = [
  { from: 'dist', to: 'engine/dist', filter: ['berthd.js', 'berthd-*.js', 'start.js'] },
  {
    from: 'runtime/helper/build',
    to: 'engine/helper/build',
    filter: ['berth-spawn', 'berth-worker', 'berth-monitor'],
  },
  // The engine's own Node: that of the build, which is of the same platform. Electron's may not serve as one, see below.
  { from: path.dirname(process.execPath), to: 'engine', filter: ['node'] },
];

/** Shared libraries of the worker, and the firewall's program. */
const enginePackages = [
  'libjansson4',
  'libisal2',
  'libssl3 | libssl3t64',
  'libzstd1',
  'liblzma5',
  'libbz2-1.0',
  'libseccomp2',
  'nftables',
];

/** Electron's own, which electron-builder would list by itself if there were no others. */
const electronPackages = [
  'libgtk-3-0 | libgtk-3-0t64',
  'libnotify4',
  'libnss3',
  'libxss1',
  'libxtst6',
  'xdg-utils',
  'libatspi2.0-0 | libatspi2.0-0t64',
  'libuuid1',
  'libsecret-1-0',
];

/** The configuration. */
export default {
  appId: 'org.berth.Berth',
  productName: 'Berth',
  copyright: 'Berth contributors, Apache License 2.0',
  electronVersion: '45.4.1',
  directories: { output: 'dist/packages' },
  extraMetadata: { main: 'dist/electron/main.js' },
  // Everything is bundled: no module and no source is needed beside it.
  files: ['dist/electron/**/*', 'dist/renderer/**/*', 'package.json', '!node_modules/**/*', '!**/*.map'],
  asar: true,
  npmRebuild: false,
  icon: 'electron/icons/berth.png',
  protocols: [{ name: 'Berth', schemes: ['berth'] }],
  electronFuses: {
    // Nobody gets a Node with our name, neither by ELECTRON_RUN_AS_NODE nor by NODE_OPTIONS nor by --inspect.
    runAsNode: false,
    enableNodeOptionsEnvironmentVariable: false,
    enableNodeCliInspectArguments: false,
    // Only the archive that was packaged is run.
    onlyLoadAppFromAsar: true,
    enableEmbeddedAsarIntegrityValidation: true,
    enableCookieEncryption: true,
    // The page has a protocol of its own; file: is nothing special.
    grantFileProtocolExtraPrivileges: false,
    loadBrowserProcessSpecificV8Snapshot: false,
  },
  linux: {
    target: ['deb', 'AppImage'],
    category: 'Development',
    synopsis: 'Containers on this machine',
    maintainer: 'Berth contributors <berth@berth.invalid>',
    executableName: 'berth',
    extraResources: engine,
  },
  deb: { depends: [...electronPackages, ...enginePackages] },
  mac: { target: ['dmg'], category: 'public.app-category.developer-tools', hardenedRuntime: true },
  win: { target: ['nsis'] },
  nsis: { oneClick: true, perMachine: false },
};
