// The page Networks on a real engine: made, looked into, joined and left while containers run, removed; by mouse and by keyboard.
import { expect, expectAccessibleInBothThemes, havePulled, test } from './fixtures.ts';

test.beforeEach(async ({ engine }) => {
  await havePulled(engine, 'busybox');
});

test('makes a network with all that Docker has, says at once what is wrong, and repeats what the engine refuses', async ({
  engine,
  networks,
  window,
}) => {
  await networks.open();
  await window.keyboard.press('c');
  const { dialog } = networks;
  await expect(dialog).toContainText('Create a network');
  await window.keyboard.type('bridge');
  await expect(dialog).toContainText('a network that every engine has');
  await dialog.getByLabel('Name', { exact: true }).fill('shop');
  await dialog.getByLabel('Subnet, IPv4').fill('172.17.9.0/24');
  await expect(dialog).toContainText('bridge has 172.17.0.0/16, which overlaps with it.');
  await dialog.getByLabel('Gateway, IPv4').fill('10.99.0.254');
  await dialog.getByLabel('Subnet, IPv4').fill('10.98.0.0/24');
  await expect(dialog).toContainText('This is not in 10.98.0.0/24.');
  await dialog.getByLabel('Subnet, IPv4').fill('10.99.0.0/24');
  await dialog.getByLabel('Range for containers, IPv4').fill('10.99.0.128/25');
  await dialog.getByLabel(/^Reserved, IPv4/).fill('nas=10.99.0.9');
  await dialog.getByRole('checkbox', { name: 'IPv6 addresses' }).check();
  await dialog.getByLabel('Subnet, IPv6').fill('fd00:99::/64');
  await dialog.getByRole('checkbox', { name: 'Internal' }).check();
  await dialog.getByRole('checkbox', { name: 'Containers reach each other' }).uncheck();
  await dialog.getByLabel(/^MTU/).fill('1400');
  await dialog.getByLabel(/^Labels/).fill('team=web');
  await dialog.getByLabel(/^Device name/).fill('a name');
  await expect(dialog).toContainText('At most 15 letters');
  await expectAccessibleInBothThemes(window);
  await dialog.getByLabel(/^Device name/).fill('');
  // The engine has the last word: its sentence is shown, and nothing typed is lost.
  await dialog.getByLabel(/^More driver options/).fill('com.docker.network.bridge.enable_icc=maybe');
  await window.keyboard.press('Enter');
  await expect(dialog.getByRole('alert')).toContainText('enable_icc');
  await dialog.getByLabel(/^More driver options/).fill('');
  await window.keyboard.press('Enter');
  await expect(networks.row('shop')).toContainText('10.99.0.0/24, fd00:99::/64');
  await expect(networks.row('shop')).toContainText('internal');
  await expect(networks.row('shop')).toContainText('1 label');
  expect(await engine.docker.getNetwork('shop').inspect()).toMatchObject({
    Internal: true,
    EnableIPv6: true,
    IPAM: {
      Config: [
        {
          Subnet: '10.99.0.0/24',
          IPRange: '10.99.0.128/25',
          Gateway: '10.99.0.254',
          AuxiliaryAddresses: { nas: '10.99.0.9' },
        },
        { Subnet: 'fd00:99::/64' },
      ],
    },
    Options: {
      'com.docker.network.bridge.enable_icc': 'false',
      'com.docker.network.driver.mtu': '1400',
    },
    Labels: { team: 'web' },
  });
});

test('connects and disconnects while containers run, and shows who is on it as they come and go', async ({
  engine,
  networks,
  window,
}) => {
  await engine.cli(['network', 'create', '--subnet', '10.97.0.0/24', '--gateway', '10.97.0.1', 'office']);
  await engine.cli(['run', '-d', '--name', 'printer', '--network', 'office', 'busybox', 'sleep', '600']);
  await engine.cli(['run', '-d', '--name', 'desk', 'busybox', 'sleep', '600']);
  await networks.open();
  await networks.row('office').click();
  await expect(networks.member('printer')).toContainText('10.97.0.2');
  await networks.row('office').focus();
  await window.keyboard.press('j');
  const { dialog } = networks;
  await expect(dialog).toContainText('Connect a container to office');
  await window.keyboard.type('de');
  await window.keyboard.press('ArrowDown');
  await window.keyboard.press('Enter');
  await dialog.getByLabel(/^IPv4 address/).fill('10.97.0.2');
  await expect(dialog).toContainText('printer has this address.');
  await expectAccessibleInBothThemes(window);
  await dialog.getByLabel(/^IPv4 address/).fill('10.97.0.77');
  await dialog.getByLabel(/^Aliases/).fill('bureau, secretary');
  await dialog.getByLabel(/^Gateway priority/).fill('7');
  await window.keyboard.press('Enter');
  await expect(networks.member('desk')).toContainText('10.97.0.77');
  await expect(networks.member('desk')).toContainText('bureau, secretary');
  const lookup = await engine.cli(['exec', 'printer', 'ping', '-c1', 'secretary']);
  expect(lookup.stdout).toContain('10.97.0.77');
  const route = await engine.cli(['exec', 'desk', 'ip', 'route']);
  expect(route.stdout).toContain('default via 10.97.0.1');
  await expectAccessibleInBothThemes(window);

  // From the network to the container, and back.
  await networks.member('desk').getByRole('link', { name: 'desk' }).click();
  const summary = window.getByRole('tabpanel');
  await expect(summary).toContainText('10.97.0.77');
  await expect(summary).toContainText('also bureau, secretary');
  await summary.getByRole('button', { name: 'Disconnect desk from bridge' }).click();
  await networks.question.getByRole('button', { name: 'Disconnect', exact: true }).click();
  await expect(summary.getByRole('link', { name: 'bridge' })).toHaveCount(0);
  await summary.getByRole('button', { name: 'Connect…' }).click();
  await expect(dialog).toContainText('Connect desk to a network');
  await window.keyboard.type('office');
  await window.keyboard.press('Enter');
  await expect(dialog).toContainText('The container is on this network already.');
  await dialog.getByLabel('Network', { exact: true }).fill('bridge');
  await expect(dialog.getByLabel(/^Aliases/)).toHaveCount(0);
  await dialog.getByRole('button', { name: 'Connect', exact: true }).click();
  await expect(summary.getByRole('link', { name: 'bridge' })).toBeVisible();
  await summary.getByRole('link', { name: 'office' }).click();
  await expect(networks.details('office')).toBeVisible();

  // Live: one stops, one leaves from elsewhere, one is gone.
  await engine.cli(['stop', '-t', '0', 'printer']);
  await expect(networks.member('printer')).toContainText('no address while it does not run');
  await engine.cli(['network', 'disconnect', 'office', 'desk']);
  await expect(networks.member('desk')).toHaveCount(0);
  await window.getByRole('tab', { name: 'Inspect' }).click();
  await expect(window).toHaveURL(/#\/networks\/[0-9a-f]+\/inspect$/);
  await expect(window.getByRole('tabpanel')).toContainText('10.97.0.0/24');
  await expectAccessibleInBothThemes(window);
  await window.reload();
  await expect(window.getByRole('tab', { name: 'Inspect' })).toHaveAttribute('aria-selected', 'true');
  await window.getByRole('tab', { name: 'Summary' }).click();
  await engine.cli(['rm', 'printer']);
  await expect(networks.details('office')).toContainText('No container is on it.');
});

test('removes one, several and the unused, and says in words what goes and what stays', async ({
  engine,
  networks,
  window,
}) => {
  for (const name of ['alpha', 'beta', 'gamma', 'delta']) await engine.cli(['network', 'create', name]);
  await engine.cli(['run', '-d', '--name', 'keeper', '--network', 'beta', 'busybox', 'sleep', '600']);
  await engine.cli(['create', '--name', 'sleeper', '--network', 'gamma', 'busybox']);
  await engine.cli(['network', 'create', '--config-only', '--subnet', '10.94.0.0/24', 'plan']);
  const { question } = networks;
  await networks.open();
  await expect(networks.row('plan')).toContainText('configuration');
  await networks.row('bridge').focus();
  await window.keyboard.press('d');
  await expect(question).toContainText('Every engine has this network: it cannot be removed.');
  await expect(question.getByRole('button', { name: 'Remove network' })).toBeDisabled();
  await window.keyboard.press('Escape');
  await networks.choose('beta', /^Remove/);
  await expect(question).toContainText('keeper runs on it. Stop or disconnect it first.');
  await expect(question.getByRole('button', { name: 'Remove network' })).toBeDisabled();
  await window.keyboard.press('Escape');
  await networks.choose('alpha', /^Remove/);
  await question.getByRole('button', { name: 'Remove network' }).click();
  await expect(networks.row('alpha')).toHaveCount(0);

  for (const name of ['beta', 'delta', 'host']) {
    await networks.row(name).focus();
    await window.keyboard.press('Space');
  }
  await expect(networks.bulk).toContainText('3 selected');
  await networks.row('host').getByRole('checkbox').uncheck();
  await networks.row('host').getByRole('checkbox').check();
  await networks.bulk.getByRole('button', { name: 'Remove…' }).click();
  await expect(question).toContainText('host: every engine has it');
  await expect(question).toContainText('beta: 1 container on it');
  await expectAccessibleInBothThemes(window);
  await question.getByRole('button', { name: 'Remove network' }).click();
  await expect(networks.row('delta')).toHaveCount(0);

  await window.getByRole('button', { name: /^Clean up/ }).click();
  await expect(question.getByRole('list', { name: 'Networks that go' })).toHaveText(/^gamma/);
  await expect(question).toContainText(
    'sleeper is stopped and was on it: it does not start again without it.',
  );
  await expectAccessibleInBothThemes(window);
  await question.getByRole('button', { name: 'Remove 1 network' }).click();
  await expect(networks.row('gamma')).toHaveCount(0);
  expect((await engine.docker.listNetworks()).map(({ Name }) => Name).sort()).toEqual([
    'beta',
    'bridge',
    'host',
    'none',
    'plan',
  ]);
  // As it was said.
  const start = await engine.cli(['start', 'sleeper']);
  expect(start.stderr).toContain('network');
  expect(start.exitCode).toBe(1);
});

test('runs a container on networks of its own, with ports and mounts of every kind', async ({
  engine,
  containers,
  window,
}) => {
  await engine.cli(['network', 'create', '--subnet', '10.96.0.0/24', 'front']);
  await engine.cli(['network', 'create', 'back']);
  await containers.fillRun({
    image: 'busybox',
    name: 'multi',
    command: 'sleep 600',
    ports: [['18077', '80']],
  });
  const { runDialog: dialog } = containers;
  await dialog.getByRole('textbox', { name: 'Address 1', exact: true }).fill('127.0.0.1');
  await dialog.getByRole('button', { name: 'Add network' }).click();
  await window.keyboard.type('fro');
  await window.keyboard.press('ArrowDown');
  await window.keyboard.press('Enter');
  await dialog.getByRole('textbox', { name: 'Aliases 1' }).fill('www shop');
  await dialog.getByRole('textbox', { name: 'Addresses 1' }).fill('10.96.0.44');
  await dialog.getByRole('button', { name: 'Add network' }).click();
  await dialog.getByRole('combobox', { name: 'Network 2' }).fill('back');
  const mounts = [
    ['volume', 'Folder or volume 1', 'kept', '/kept'],
    ['tmpfs', 'Size limit 2', '2m', '/quick'],
    ['image', 'Image 3', 'busybox', '/other'],
  ] as const;
  for (const [index, [kind, field, source, destination]] of mounts.entries()) {
    await dialog.getByRole('button', { name: 'Add mount' }).click();
    await dialog.getByRole('combobox', { name: `Kind ${index + 1}` }).selectOption(kind);
    await dialog.getByLabel(field, { exact: true }).fill(source);
    await dialog.getByRole('textbox', { name: `Path in the container ${index + 1}` }).fill(destination);
  }
  await expectAccessibleInBothThemes(window);
  await containers.submitRun();
  await expect(containers.details('multi')).toBeVisible();
  await containers.openTab('Summary');
  const summary = window.getByRole('tabpanel');
  await expect(summary.getByRole('link', { name: 'back' })).toBeVisible();
  await expect(summary).toContainText('10.96.0.44');
  await expect(summary).toContainText('also www, shop');
  await expect(summary.getByRole('link', { name: '18077 → 80' })).toBeVisible();
  const inspected = await engine.docker.getContainer('multi').inspect();
  expect(inspected.HostConfig).toMatchObject({
    NetworkMode: 'front',
    PortBindings: { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '18077' }] },
  });
  const seen = await engine.cli([
    'exec',
    'multi',
    'sh',
    '-c',
    'df -k /quick | tail -1; ls /other/bin/busybox',
  ]);
  expect(seen.stdout).toMatch(/tmpfs +2048 [^]*\/other\/bin\/busybox/);
  await summary.getByRole('link', { name: 'kept' }).click();
  await expect(window.getByRole('region', { name: 'Details of kept' })).toContainText('/kept');
});
