// Pictures of every page and dialog on a real engine, light and dark, at both sizes, to be looked at one by one.
//
//   npx tsx test/ui/screenshots.ts FOLDER [SCENE...]
import { chromium, type Page } from '@playwright/test';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { createBackend } from '../../runtime/backend/backend.ts';
import { startBrowserServer } from '../../runtime/backend/browser-server.ts';
import { unixEndpoint } from '../../runtime/client/endpoint.ts';
import { createEngineClient } from '../../runtime/client/engine-client.ts';
import { startEngine } from '../fixtures/engine.ts';
import { wholeLaunchOptions } from '../fixtures/browser.ts';

const [folder, ...asked] = process.argv.slice(2);
if (folder === undefined) throw new Error('usage: screenshots.ts FOLDER [SCENE...]');
await mkdir(folder, { recursive: true });

const uiFolder = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../dist/renderer');
const engine = await startEngine();
for (const image of ['busybox', 'python:3.11-slim', 'debian:bookworm-slim', 'alpine'])
  await engine.cli(['pull', '-q', image]);

const server = [
  'i=0; echo "INFO  Watching for file changes with StatReloader"; echo "INFO  Starting development server at http://0.0.0.0:8025/"',
  'while :; do i=$((i+1)); echo "INFO  \\"GET /cart/$i HTTP/1.1\\" 200 5381"',
  '[ $((i % 7)) = 0 ] && echo "WARN  Not Found: /favicon.ico"; [ $((i % 11)) = 0 ] && echo "ERROR could not connect to server: Connection refused" >&2',
  'sleep 0.3; done',
].join('; ');
const project = (service: string): string[] => [
  '--label',
  'com.docker.compose.project=babyshop',
  '--label',
  `com.docker.compose.service=${service}`,
  '--name',
  `babyshop-${service}-1`,
];
const healthy = ['--health-cmd', 'true', '--health-interval', '2s'];
const unhealthy = ['--health-cmd', 'false', '--health-interval', '1s', '--health-retries', '1'];
const runs = [
  [
    ...project('web'),
    ...healthy,
    '-p',
    '8025:8025',
    '-v',
    '/tmp:/data',
    '-e',
    'DEBUG=1',
    '-e',
    'TOKEN=secret',
  ].concat(['python:3.11-slim', 'sh', '-c', server]),
  [
    ...project('db'),
    'debian:bookworm-slim',
    'sh',
    '-c',
    'while :; do echo "LOG   checkpoint complete"; sleep 1; done',
  ],
  [
    ...project('worker'),
    ...unhealthy,
    'python:3.11-slim',
    'python',
    '-c',
    'import time\nwhile True:\n  sum(range(200000)); time.sleep(.05)',
  ],
  ['--name', 'registry', '-p', '5000:5000', 'busybox', 'httpd', '-f', '-p', '5000', '-h', '/etc'],
  ['--name', 'etl-nightly', 'python:3.11-slim', 'python', '-c', 'raise SystemExit(3)'],
  ['--name', 'hello', 'alpine', 'echo', 'hello'],
];
for (const run of runs) await engine.cli(['run', '-d', ...run]);

const content =
  'mkdir -p /d/uploads /d/cache; printf "[shop]\\nname = Babyshop\\ncurrency = EUR\\n" > /d/settings.ini; head -c 4200000 /dev/zero > /d/store.db; chown 70:70 /d/store.db; ln -s uploads /d/latest; touch /d/uploads/a.png';
await engine.cli([
  'run',
  '-d',
  '--name',
  'shop',
  '-v',
  'shop-data:/d',
  '-v',
  '/cache',
  'busybox',
  'sh',
  '-c',
  `${content}; sleep 9999`,
]);
await engine.cli(['run', '--rm', '-v', 'backup-2026-11:/d', 'busybox', 'sh', '-c', content]);
await engine.cli(['volume', 'create', '-o', 'type=tmpfs', '-o', 'device=tmpfs', 'scratch']);
await engine.docker.createVolume({});

await engine.cli(
  ['network', 'create', '--ipv6', '--subnet', '10.20.0.0/16', '--subnet', 'fd00:20::/64'].concat([
    '--label',
    'com.docker.compose.project=babyshop',
    '--label',
    'tier=web',
    '--opt',
    'com.docker.network.driver.mtu=1400',
    'babyshop_default',
  ]),
);
await engine.cli(['network', 'create', '--internal', 'vault']);
await engine.cli(['network', 'create', '--config-only', '--subnet', '10.21.0.0/16', 'plan']);
await engine.cli(['network', 'create', 'old-project_default']);
await engine.cli([
  'network',
  'connect',
  '--alias',
  'web',
  '--alias',
  'www',
  'babyshop_default',
  'babyshop-web-1',
]);
await engine.cli(['network', 'connect', '--alias', 'db', 'babyshop_default', 'babyshop-db-1']);
await engine.cli(['network', 'connect', 'old-project_default', 'hello']);
const shop = await mkdtemp(path.join(tmpdir(), 'berth-pictures-'));
const shopFolder = path.join(shop, 'babyshop');
await mkdir(path.join(shopFolder, 'babyshop_app'), { recursive: true });
await mkdir(path.join(shopFolder, 'node_modules/left'), { recursive: true });
await writeFile(path.join(shopFolder, 'node_modules/left/index.js'), 'x'.repeat(40_000));
await writeFile(path.join(shopFolder, '.dockerignore'), 'node_modules\n*.log\n');
await writeFile(path.join(shopFolder, 'requirements.txt'), 'django\n');
await writeFile(path.join(shopFolder, 'babyshop_app/manage.py'), 'print("ok")\n');
const shopDockerfile =
  `# Install dependencies once, in a stage of their own
FROM python:3.11-slim AS deps
WORKDIR /app
COPY requirements.txt .
RUN python -c "print('Collecting django'); print('Installed')"

FROM busybox AS assets
RUN echo minified > /site.css

FROM python:3.11-slim
COPY --from=deps /app /app
COPY --from=assets /site.css /app/
MAINTAINER somebody
COPY . $` +
  `{WORKDIR}
WORKDIR /app/babyshop_app
RUN python manage.py && \\
    python -c "raise SystemExit('no such table: shop_price')"
CMD ["python", "manage.py", "runserver", "0.0.0.0:8025"]
`;
await writeFile(path.join(shopFolder, 'Dockerfile'), shopDockerfile);
const terminalBuild = ['build', '-q', '-t', 'babyshop:assets', '--target', 'assets', shopFolder];
for (let round = 0; round < 2; round++) await engine.cli(terminalBuild, { env: { DOCKER_BUILDKIT: '0' } });

const backend = createBackend(createEngineClient(unixEndpoint(engine.socket)));
const browser = await chromium.launch(wholeLaunchOptions);

const web = await idOf('babyshop-web-1');
const db = await idOf('babyshop-db-1');
const worker = await idOf('babyshop-worker-1');

async function idOf(name: string): Promise<string> {
  return (await engine.docker.getContainer(name).inspect()).Id;
}

const babyshop = (await engine.docker.getNetwork('babyshop_default').inspect()).Id;

/** Goes to an address of the page. */
const at = (address: string) => async (page: Page) => {
  await page.evaluate((hash) => (location.hash = hash), address);
};

/** What a key asks about a container. */
const containerKey = (key: string) => async (page: Page) => {
  await page.getByRole('row').filter({ hasText: 'registry' }).first().focus();
  await page.keyboard.press(key);
};

/** What a key opens for an image. */
const imageKey = (key: string) => async (page: Page) => {
  await at('/images')(page);
  await page.getByRole('row').filter({ hasText: 'python' }).first().focus();
  await page.keyboard.press(key);
};

/** The details of an image, at one of their parts. */
const image = (tab: string) => async (page: Page) => {
  await imageKey('l')(page);
  await page.getByRole('tab', { name: tab }).click();
};

/** The folder of a shop in the editor. */
async function openShop(page: Page): Promise<void> {
  await at('/builds')(page);
  await page.getByRole('button', { name: /^Open folder/ }).click();
  await page
    .getByRole('dialog')
    .getByLabel(/^Folder/)
    .fill(shopFolder);
  await page.keyboard.press('Enter');
  await page.getByRole('textbox', { name: /^Text of/ }).waitFor();
}

/** A build of the shop while it runs, at one of its parts. */
async function runShop(page: Page, part: 'Steps' | 'Graph'): Promise<void> {
  await openShop(page);
  await page.getByRole('textbox', { name: /^Text of/ }).focus();
  await page.keyboard.press('Control+a');
  await page.keyboard.insertText(
    shopDockerfile.replace('RUN echo minified', 'RUN for i in 1 2 3; do echo file $i; done; sleep 15; echo'),
  );
  await page.keyboard.press('Control+Enter');
  await page.getByRole('tab', { name: 'Graph' }).waitFor();
  await page.waitForTimeout(3_000);
  await page.getByRole('tab', { name: part }).click();
}

/** What is to be seen: its name, and the way to it from a fresh page. */
const scenes: Record<string, (page: Page) => Promise<unknown>> = {
  list: async () => undefined,
  containers: at(`/containers/${web}/logs`),
  selected: async (page) => {
    await page.getByText('babyshop-web-1').first().hover();
    for (const name of ['babyshop-web-1', 'registry'])
      await page.getByRole('row').filter({ hasText: name }).getByRole('checkbox').first().check();
  },
  view: (page) => page.getByRole('button', { name: 'View' }).click(),
  summary: at(`/containers/${web}/summary`),
  stats: async (page) => {
    await at(`/containers/${worker}/stats`)(page);
    await page.waitForTimeout(6_000);
  },
  inspect: at(`/containers/${web}/inspect`),
  processes: at(`/containers/${worker}/processes`),
  find: async (page) => {
    await at(`/containers/${web}/logs`)(page);
    await page.getByRole('textbox', { name: 'Find in the log' }).fill('cart');
  },
  merged: at(`/logs/${web},${db}`),
  terminal: async (page) => {
    await at(`/containers/${web}/terminal`)(page);
    await page.locator('.xterm').first().click();
    await page.waitForTimeout(500);
    await page.keyboard.type('ls -l / | head -5; python --version\n', { delay: 5 });
  },
  run: (page) => page.getByRole('button', { name: /^Run/ }).click(),
  'run-filled': async (page) => {
    await page.getByRole('button', { name: /^Run/ }).click();
    for (const name of ['Add port', 'Add network', 'Add mount', 'Add mount'])
      await page.getByRole('button', { name }).click();
    await page.getByRole('combobox', { name: 'Network 1' }).fill('vault');
    await page.getByRole('combobox', { name: 'Kind 2' }).selectOption('tmpfs');
    await page.getByRole('textbox', { name: 'Addresses 1' }).fill('10.0.0.7');
    await page.getByRole('button', { name: /^(Run|Pull and run)$/ }).click();
  },
  remove: containerKey('d'),
  kill: containerKey('k'),
  rename: containerKey('F2'),
  'containers-prune': (page) => page.getByRole('button', { name: /^Clean up/ }).click(),
  'terminal-options': async (page) => {
    await at(`/containers/${web}/terminal`)(page);
    await page.locator('.xterm').first().waitFor();
    await page.getByRole('button', { name: 'New session' }).click();
    await page.getByRole('menuitem', { name: /^Other command/ }).click();
  },
  nothing: async (page) => {
    await page.getByRole('textbox', { name: /^Filter/ }).fill('no such container');
  },
  images: at('/images'),
  imagesView: async (page) => {
    await at('/images')(page);
    await page.getByRole('button', { name: 'View' }).click();
  },
  pull: async (page) => {
    await at('/images')(page);
    await page.getByRole('button', { name: /^Pull/ }).click();
  },
  'pull-tags': async (page) => {
    await at('/images')(page);
    await page.getByRole('button', { name: /^Pull/ }).click();
    await page.keyboard.type('python:');
    await page.getByRole('option').first().waitFor();
  },
  'pull-failed': async (page) => {
    await at('/images')(page);
    await page.getByRole('button', { name: /^Pull/ }).click();
    await page.keyboard.type('no-such-image:1');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').waitFor();
  },
  image: image('Summary'),
  'image-newer': async (page) => {
    await image('Summary')(page);
    await page.getByRole('button', { name: 'Is there a newer one?' }).click();
    await page.getByRole('list', { name: 'At the registry' }).waitFor();
  },
  'image-menu': async (page) => {
    await at('/images')(page);
    await page.getByRole('row').filter({ hasText: 'python' }).first().hover();
    await page.getByRole('button', { name: /^More for python/ }).click();
  },
  'image-run': imageKey('Enter'),
  'image-layers': image('Layers'),
  'image-files': image('Files'),
  'image-tag': imageKey('t'),
  'image-remove': imageKey('d'),
  push: async (page) => {
    await at('/images')(page);
    await page.getByRole('row').filter({ hasText: 'busybox' }).first().focus();
    await page.keyboard.press('u');
  },
  history: async (page) => {
    await at('/images')(page);
    await page.getByRole('row').filter({ hasText: 'python' }).first().focus();
    await page.keyboard.press('h');
  },
  prune: async (page) => {
    await at('/images')(page);
    await page.getByRole('button', { name: /^Clean up/ }).click();
    await page.getByRole('radio', { name: 'All unused' }).click();
  },
  registries: at('/settings/registries'),
  volumes: at('/volumes'),
  volume: at('/volumes/shop-data'),
  'volume-files': async (page) => {
    await at('/volumes/shop-data/files')(page);
    await page.getByRole('grid', { name: 'Files in /' }).waitFor();
  },
  'volume-edit': async (page) => {
    await at('/volumes/shop-data/files')(page);
    await page.getByRole('row').filter({ hasText: 'settings.ini' }).dblclick();
    await page.getByRole('dialog').getByRole('textbox').waitFor();
  },
  'volume-create': async (page) => {
    await at('/volumes')(page);
    await page.getByRole('button', { name: 'Create…' }).click();
    await page.getByRole('radio', { name: 'NFS server' }).click();
  },
  'volume-prune': async (page) => {
    await at('/volumes')(page);
    await page.getByRole('button', { name: /^Clean up/ }).click();
  },
  'volume-remove': async (page) => {
    await at('/volumes')(page);
    await page.getByRole('row').filter({ hasText: 'shop-data' }).first().focus();
    await page.keyboard.press('d');
  },
  networks: at('/networks'),
  network: at(`/networks/${babyshop}`),
  'network-inspect': at(`/networks/${babyshop}/inspect`),
  'network-create': async (page) => {
    await at('/networks')(page);
    await page.keyboard.press('c');
    await page.getByLabel('Name', { exact: true }).fill('shop');
    await page.getByLabel('Subnet, IPv4').fill('172.17.8.0/24');
    await page.getByRole('checkbox', { name: 'IPv6 addresses' }).check();
  },
  'network-connect': async (page) => {
    await at(`/networks/${babyshop}`)(page);
    await page.getByRole('row').filter({ hasText: 'babyshop_default' }).first().focus();
    await page.keyboard.press('j');
    await page.getByLabel(/^IPv4 address/).fill('10.20.0.1');
  },
  'network-selected': async (page) => {
    await at('/networks')(page);
    for (const name of ['vault', 'bridge'])
      await page.getByRole('checkbox', { name: `Select ${name}`, exact: true }).check();
  },
  'network-remove': async (page) => {
    await at('/networks')(page);
    for (const name of ['vault', 'bridge', 'babyshop_default'])
      await page.getByRole('checkbox', { name: `Select ${name}`, exact: true }).check();
    await page.getByRole('button', { name: 'Remove…' }).click();
  },
  'network-prune': async (page) => {
    await at('/networks')(page);
    await page.getByRole('button', { name: /^Clean up/ }).click();
  },
  'network-disconnect': async (page) => {
    await at(`/containers/${web}/summary`)(page);
    await page.getByRole('button', { name: 'Disconnect babyshop-web-1 from babyshop_default' }).click();
  },
  builds: at('/builds'),
  'build-history': async (page) => {
    await at('/builds')(page);
    await page.getByRole('row').nth(1).click();
    await page.getByRole('tab', { name: 'Graph' }).waitFor();
  },
  editor: openShop,
  'build-failed': async (page) => {
    await openShop(page);
    await page.keyboard.press('Control+Enter');
    await page.locator('.cm-failed-line').first().waitFor({ timeout: 60_000 });
  },
  'build-graph': async (page) => {
    await openShop(page);
    await page.keyboard.press('Control+Enter');
    await page.locator('.cm-failed-line').first().waitFor({ timeout: 60_000 });
    await page.getByRole('tab', { name: 'Graph' }).click();
  },
  'build-running': (page) => runShop(page, 'Steps'),
  'build-running-graph': (page) => runShop(page, 'Graph'),
  'build-about': async (page) => {
    await at('/builds')(page);
    await page.getByRole('row').nth(1).click();
    await page.getByRole('tab', { name: 'Parameters' }).click();
  },
  'build-source': async (page) => {
    await at('/builds')(page);
    await page.getByRole('row').filter({ hasText: 'failed' }).first().click();
    await page.getByRole('tab', { name: 'Dockerfile' }).click();
  },
  'build-prune': async (page) => {
    await at('/builds')(page);
    await page.getByRole('button', { name: /^Clean up/ }).click();
    await page.getByRole('list', { name: 'What goes of the cache' }).waitFor();
  },
  'build-remove': async (page) => {
    await at('/builds')(page);
    await page.getByRole('row').nth(1).focus();
    await page.keyboard.press('d');
  },
  'build-rebuild': async (page) => {
    await at('/builds')(page);
    await page.getByRole('row').nth(1).focus();
    await page.keyboard.press('r');
  },
  'build-menu': async (page) => {
    await at('/builds')(page);
    await page.getByRole('row').nth(1).hover();
    await page.getByRole('row').nth(1).getByRole('button').click();
  },
  'build-help': async (page) => {
    await openShop(page);
    await page.getByRole('textbox', { name: /^Text of/ }).focus();
    await page.keyboard.press('Control+Home');
    for (const key of ['ArrowDown', 'ArrowRight', 'Control+Shift+Space']) await page.keyboard.press(key);
  },
  'build-compare': async (page) => {
    await at('/builds')(page);
    await page.getByRole('row').nth(1).focus();
    await page.keyboard.press('v');
    await page.getByRole('table').waitFor();
  },
  'build-options': async (page) => {
    await openShop(page);
    await page.getByRole('button', { name: 'Options…' }).click();
  },
  'build-tree-menu': async (page) => {
    await openShop(page);
    const line = page.getByRole('treeitem', { name: 'Dockerfile', exact: true });
    await line.hover();
    await line.getByRole('button').click();
  },
  'build-new-file': async (page) => {
    await openShop(page);
    await page.getByRole('button', { name: 'New file…' }).click();
  },
  'build-rename-file': async (page) => {
    await openShop(page);
    await page.getByRole('treeitem', { name: 'Dockerfile', exact: true }).focus();
    await page.keyboard.press('F2');
  },
  'build-delete-file': async (page) => {
    await openShop(page);
    await page.getByRole('treeitem', { name: 'Dockerfile', exact: true }).focus();
    await page.keyboard.press('Delete');
  },
  'build-complete': async (page) => {
    await openShop(page);
    await page.getByRole('textbox', { name: /^Text of/ }).focus();
    await page.keyboard.press('Control+End');
    await page.keyboard.type('HEALTHCHECK --');
  },
  template: async (page) => {
    await at('/builds')(page);
    await page.getByRole('button', { name: /^New from template/ }).click();
  },
  'open-folder': async (page) => {
    await at('/builds')(page);
    await page.getByRole('button', { name: /^Open folder/ }).click();
  },
  settings: at('/settings/appearance'),
  'settings-terminal': at('/settings/terminal'),
  'settings-logs': at('/settings/logs'),
  'settings-notifications': at('/settings/notifications'),
  about: at('/settings/about'),
  engine: at('/settings/engine'),
  keyboard: at('/settings/keyboard'),
  palette: async (page) => {
    await page.keyboard.press('Control+k');
    await page.keyboard.type('baby');
  },
  tasks: (page) => page.getByRole('button', { name: /^Tasks:/ }).click(),
  notifications: (page) => page.getByRole('button', { name: /^Notifications/ }).click(),
  shortcuts: (page) => page.keyboard.press('?'),
};

const unknown = asked.filter((name) => !Object.hasOwn(scenes, name));
if (unknown.length > 0) throw new Error(`no such scene: ${unknown.join(', ')}`);

try {
  for (const [width, height] of [
    [1050, 700],
    [1440, 900],
  ] as const) {
    for (const theme of ['light', 'dark'] as const) {
      for (const [name, go] of Object.entries(scenes)) {
        if (asked.length > 0 && !asked.includes(name)) continue;
        // A start link lets one session in.
        const opened = await startBrowserServer({ backend, uiFolder, port: 0 });
        const page = await browser.newPage({ viewport: { width, height }, colorScheme: theme });
        await page.goto(opened.url);
        await page.getByText('Engine running').waitFor();
        await go(page);
        await page.waitForTimeout(1_500);
        await page.screenshot({
          path: path.join(folder, `${name}-${theme}-${String(width)}x${String(height)}.png`),
        });
        await page.close();
        await opened.close();
      }
    }
  }
} finally {
  await browser.close();
  await rm(shop, { recursive: true, force: true });
  backend.dispose();
  for (const { Id } of await engine.docker.listContainers({ all: true }))
    await engine.docker.getContainer(Id).remove({ force: true, v: true });
  await engine.docker.pruneNetworks();
  await engine.stop();
}
