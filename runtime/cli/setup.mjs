// Brings a fresh clone to life: system packages, npm packages, the native helper, the bundles. Uses Node's own modules
// only, because it runs before anything else is there. Does what is missing and nothing else; installs no service.
//
//   node runtime/cli/setup.mjs start|test
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const purpose = process.argv[2];
const oldestNode = [20, 19];

/** Debian and Ubuntu packages that the engine and its build need. */
const packagesToStart = [
  'gcc',
  'make',
  'libc6-dev',
  'libjansson-dev',
  'libisal-dev',
  'libssl-dev',
  'libzstd-dev',
  'liblzma-dev',
  'libbz2-dev',
  'libseccomp-dev',
  'nftables',
];

/** What the tests need besides: namespaces, image making, a peer engine's iptables, a browser. */
const packagesToTest = [
  ...packagesToStart,
  'iproute2',
  'busybox-static',
  'util-linux',
  'debootstrap',
  'openssl', // certificates for tests of TLS
  'xz-utils',
  'zstd',
  'bzip2',
  'iptables',
  'procps',
  'iputils-ping',
  'git',
  'ca-certificates',
];

main();

function main() {
  if (purpose !== 'start' && purpose !== 'test') fail('usage: node runtime/cli/setup.mjs start|test');
  checkNode();
  if (purpose === 'test') installPackages([...packagesToTest, ...browserPackages()], lightBrowserPackages());
  else installPackages(packagesToStart);
  installModules();
  if (purpose === 'test') installBrowser();
  else fetchElectron();
  buildHelper();
  buildBundles();
}

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1])) return;
  fail(`Berth needs Node ${oldestNode.join('.')} or newer; this is ${process.versions.node}.`);
}

/** Debian has Chromium as a package. Ubuntu has it only as a snap: there Playwright brings its own. */
function browserPackages() {
  return distribution() === 'ubuntu' ? [] : ['chromium'];
}

/** Chromium without what only a screen needs: the tests take a third less of the machine by it. Older Debians do not have it. */
function lightBrowserPackages() {
  return distribution() === 'ubuntu' ? [] : ['chromium-headless-shell'];
}

function distribution() {
  try {
    return /^ID="?([a-z]+)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? '';
  } catch {
    return '';
  }
}

/** `welcome`: packages that are installed where there are such. */
function installPackages(wanted, welcome = []) {
  if (process.platform !== 'linux') {
    fail('Berth runs on Linux so far; the virtual machine for macOS and Windows is not there yet.');
  }
  const needed = missingPackages(wanted);
  const extra = missingPackages(welcome);
  if (needed.length === 0 && !extra.some(isOffered)) return;
  const install = ['apt-get', 'install', '-y', '--no-install-recommends'];
  const sudo = process.getuid() === 0 ? [] : ['sudo'];
  if (!onPath('apt-get')) {
    fail(
      `These packages (Debian's names) are missing; please install them in your distribution's way and try again:\n  ${needed.join(' ')}`,
    );
  }
  if (sudo.length > 0 && !onPath('sudo'))
    fail(`Please run this as root, then try again:\n  ${[...install, ...needed].join(' ')}`);
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  run([...sudo, 'apt-get', 'update', '-qq'], { env: environment });
  const offered = extra.filter(isOffered);
  // Named again so that packages of one source are brought to one version.
  const missing = [...new Set([...needed, ...offered, ...(offered.length > 0 ? browserPackages() : [])])];
  say(`Installing system packages: ${missing.join(' ')}`);
  run([...sudo, ...install, ...missing, '-qq'], { env: environment, quiet: true });
}

/** Whether apt knows where to have it from. */
function isOffered(name) {
  return spawnSync('apt-cache', ['show', name], { stdio: 'ignore' }).status === 0;
}

/** Those of `names` that dpkg does not know as installed. */
function missingPackages(names) {
  const query = spawnSync('dpkg-query', ['-W', '-f', '${Package} ${db:Status-Status}\n', ...names], {
    encoding: 'utf8',
  });
  const installed = new Set(
    (query.stdout ?? '')
      .split('\n')
      .filter((line) => line.endsWith(' installed'))
      .map((line) => line.split(' ')[0]),
  );
  return names.filter((name) => !installed.has(name));
}

function installModules() {
  const stamp = path.join(root, 'node_modules/.berth-lock');
  const digest = createHash('sha256')
    .update(readFileSync(path.join(root, 'package-lock.json')))
    .digest('hex');
  if (read(stamp) === digest) return;
  say('Installing npm packages');
  run(['npm', 'ci', '--no-audit', '--no-fund', '--loglevel=error'], { quiet: true });
  writeFileSync(stamp, digest);
}

function installBrowser() {
  if (existsSync('/usr/bin/chromium') || distribution() !== 'ubuntu') return;
  const stamp = path.join(root, 'node_modules/.berth-browser');
  if (existsSync(stamp)) return;
  say('Fetching a browser for the tests');
  run(['npx', 'playwright', 'install', '--with-deps', 'chromium']);
  writeFileSync(stamp, '');
}

/** The desktop window's binary, where there is a display to show it on. Without it the UI opens in a browser. */
function fetchElectron() {
  const display = process.env.WAYLAND_DISPLAY || process.env.DISPLAY;
  const asked = process.argv.includes('--browser');
  const stamp = path.join(root, 'node_modules/.berth-electron');
  if (!display || asked || process.getuid() === 0 || existsSync(stamp)) return;
  say("Fetching Electron's binary");
  const fetched = spawnSync('node', [path.join(root, 'node_modules/electron/install.js')], {
    stdio: 'ignore',
  });
  if (fetched.status !== 0) say('It cannot be had now; the UI will open in a browser');
  writeFileSync(stamp, '');
}

function buildHelper() {
  const helper = path.join(root, 'runtime/helper');
  const upToDate = spawnSync('make', ['-s', '-q', '-C', helper]).status === 0;
  if (upToDate) return;
  say('Compiling the native helper');
  run(['make', '-s', '-C', helper, '-j2']);
}

function buildBundles() {
  const stamp = path.join(root, 'dist/.sources');
  const digest = sourcesDigest();
  if (read(stamp) === digest) return;
  say('Building the engine and the UI');
  run(['node', path.join(root, 'runtime/cli/build.mjs')]);
  mkdirSync(path.dirname(stamp), { recursive: true });
  writeFileSync(stamp, digest);
}

/** Changes whenever a source file's name, size or time of change does. */
function sourcesDigest() {
  const hash = createHash('sha256').update(read(path.join(root, 'node_modules/.berth-lock')) ?? '');
  const visit = (folder) => {
    for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) =>
      a.name < b.name ? -1 : 1,
    )) {
      const file = path.join(folder, entry.name);
      if (entry.isDirectory()) {
        if (file !== path.join(root, 'runtime/helper')) visit(file);
      } else {
        const { size, mtimeMs } = statSync(file);
        hash.update(`${path.relative(root, file)} ${size} ${mtimeMs}\n`);
      }
    }
  };
  for (const folder of ['electron', 'renderer', 'runtime']) {
    if (existsSync(path.join(root, folder))) visit(path.join(root, folder));
  }
  return hash.digest('hex');
}

function onPath(program) {
  return (process.env.PATH ?? '').split(':').some((folder) => existsSync(path.join(folder, program)));
}

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** Runs a command in the project's folder; its output is shown, with `quiet` only when it fails. */
function run(argv, { env = process.env, quiet = false } = {}) {
  const [program, ...rest] = argv;
  const result = spawnSync(program, rest, {
    cwd: root,
    env,
    stdio: quiet ? ['inherit', 'pipe', 'pipe'] : 'inherit',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (result.status === 0) return;
  if (quiet) process.stderr.write(`${result.stdout ?? ''}${result.stderr ?? ''}`);
  fail(`"${argv.join(' ')}" failed${result.error ? `: ${result.error.message}` : ''}.`);
}

function say(text) {
  console.log(`• ${text}`);
}

function fail(text) {
  console.error(text);
  process.exit(1);
}
