// Every job of the page Networks, and networks, ports and mounts of a container, on a real engine: once wholly by mouse, but for what is
// typed into fields, and once wholly by keyboard.
import { expect, expectAccessibleInBothThemes, havePulled, test } from './fixtures.ts';
import { chooseByKeys, goToRow, tabTo } from './keyboard.ts';

test.beforeEach(async ({ engine }) => {
  await havePulled(engine, 'busybox');
  await engine.cli(['run', '-d', '--name', 'desk', 'busybox', 'sleep', '600']);
});

test('by mouse', async ({ engine, containers, networks, window }) => {
  const { dialog, question } = networks;
  for (const name of ['spare', 'left', 'unused']) await engine.cli(['network', 'create', name]);
  await networks.open();
  await window.getByRole('button', { name: 'Create…' }).click();
  await dialog.getByLabel('Name', { exact: true }).fill('office');
  await dialog.getByLabel('Subnet, IPv4').fill('10.95.0.0/24');
  await dialog.getByRole('checkbox', { name: 'Hide addresses on the way out' }).uncheck();
  await dialog.getByRole('button', { name: 'Create network' }).click();
  await networks.row('office').click();
  await networks.details('office').getByRole('button', { name: 'Connect…' }).click();
  await dialog.getByRole('combobox').click();
  await window.getByRole('option', { name: 'desk' }).click();
  await dialog.getByRole('button', { name: 'Connect', exact: true }).click();
  await expect(networks.member('desk')).toContainText('10.95.0.2');
  await networks.member('desk').getByRole('button', { name: 'Disconnect desk from office' }).click();
  await expectAccessibleInBothThemes(window);
  await question.getByRole('button', { name: 'Disconnect', exact: true }).click();
  await expect(networks.member('desk')).toHaveCount(0);
  await networks.choose('office', /^Connect/);
  await dialog.getByRole('combobox').fill('desk');
  await dialog.getByRole('button', { name: 'Connect', exact: true }).click();
  await networks.member('desk').getByRole('link', { name: 'desk' }).click();
  const summary = window.getByRole('tabpanel');
  await summary.getByRole('button', { name: 'Disconnect desk from office' }).click();
  await question.getByRole('button', { name: 'Disconnect', exact: true }).click();
  await expect(summary.getByRole('link', { name: 'office' })).toHaveCount(0);
  await networks.open();
  await networks.choose('office', /^Remove/);
  await question.getByRole('button', { name: 'Remove network' }).click();
  await expect(networks.row('office')).toHaveCount(0);
  for (const name of ['spare', 'left']) await networks.row(name).getByRole('checkbox').check();
  await networks.bulk.getByRole('button', { name: 'Remove…' }).click();
  await question.getByRole('button', { name: 'Remove 2 networks' }).click();
  await expect(networks.row('spare')).toHaveCount(0);
  await window.getByRole('button', { name: 'Clean up…' }).click();
  await question.getByRole('button', { name: 'Remove 1 network' }).click();
  await expect(networks.row('unused')).toHaveCount(0);

  await engine.cli(['network', 'create', 'front']);
  await containers.open();
  await containers.fillRun({
    image: 'busybox',
    name: 'shop',
    command: 'sleep 600',
    ports: [['18079', '80']],
    mounts: [['stock', '/stock']],
  });
  await containers.runDialog.getByRole('button', { name: 'Add network' }).click();
  await containers.runDialog.getByRole('combobox', { name: 'Network 1' }).click();
  await window.getByRole('option', { name: 'front' }).click();
  await containers.submitRun();
  await containers.openTab('Summary');
  await expect(summary.getByRole('link', { name: '18079 → 80' })).toBeVisible();
  await expect(summary.getByRole('link', { name: 'stock' })).toBeVisible();
  await summary.getByRole('link', { name: 'front' }).click();
  await expect(networks.member('shop')).toBeVisible();
});

test('by keyboard', async ({ engine, containers, networks, window }) => {
  const { keyboard } = window;
  const { dialog, question } = networks;
  for (const name of ['spare', 'left', 'unused']) await engine.cli(['network', 'create', name]);
  const open = async (page: RegExp): Promise<void> => {
    await tabTo(window.getByRole('link', { name: page }));
    await keyboard.press('Enter');
  };
  const confirm = async (button: string): Promise<void> => {
    await tabTo(question.getByRole('button', { name: button, exact: true }));
    await keyboard.press('Enter');
    await expect(question).toBeHidden();
  };
  await open(/^Networks/);
  await keyboard.press('c');
  await expect(dialog.getByLabel('Name', { exact: true })).toBeFocused();
  await keyboard.type('office');
  await tabTo(dialog.getByLabel('Subnet, IPv4'));
  await keyboard.type('10.95.0.0/24');
  await tabTo(dialog.getByRole('checkbox', { name: 'Hide addresses on the way out' }));
  await keyboard.press('Space');
  await keyboard.press('Enter');
  await expect(networks.row('office')).toContainText('10.95.0.0/24');
  await goToRow(networks.list, networks.row('office'));
  await keyboard.press('j');
  await expect(dialog.getByRole('combobox')).toBeFocused();
  await keyboard.type('de');
  await keyboard.press('ArrowDown');
  await keyboard.press('Enter');
  await keyboard.press('Enter');
  await expect(dialog).toBeHidden();
  await goToRow(networks.list, networks.row('office'));
  await keyboard.press('Enter');
  await expect(networks.member('desk')).toContainText('10.95.0.2');
  await tabTo(networks.member('desk').getByRole('button', { name: 'Disconnect desk from office' }));
  await keyboard.press('Enter');
  await confirm('Disconnect');
  await expect(networks.member('desk')).toHaveCount(0);
  await goToRow(networks.list, networks.row('office'));
  await chooseByKeys(networks.row('office'), /^Connect/);
  await keyboard.type('desk');
  await keyboard.press('Enter');
  await expect(dialog).toBeHidden();
  await tabTo(networks.member('desk').getByRole('link', { name: 'desk' }));
  await keyboard.press('Enter');
  const summary = window.getByRole('tabpanel');
  await tabTo(summary.getByRole('button', { name: 'Disconnect desk from office' }));
  await keyboard.press('Enter');
  await confirm('Disconnect');
  await expect(summary.getByRole('link', { name: 'office' })).toHaveCount(0);
  await open(/^Networks/);
  await goToRow(networks.list, networks.row('office'));
  await keyboard.press('d');
  await confirm('Remove network');
  await expect(networks.row('office')).toHaveCount(0);
  for (const name of ['spare', 'left']) {
    await goToRow(networks.list, networks.row(name));
    await keyboard.press('Space');
  }
  await keyboard.press('d');
  await confirm('Remove 2 networks');
  await expect(networks.row('spare')).toHaveCount(0);
  await tabTo(window.getByRole('button', { name: 'Clean up…' }));
  await keyboard.press('Enter');
  await confirm('Remove 1 network');
  await expect(networks.row('unused')).toHaveCount(0);

  await engine.cli(['network', 'create', 'front']);
  await open(/^Containers/);
  await keyboard.press('n');
  const run = containers.runDialog;
  const add = async (button: string): Promise<void> => {
    await tabTo(run.getByRole('button', { name: button }));
    await keyboard.press('Enter');
  };
  await expect(run.getByRole('combobox', { name: 'Image' })).toBeFocused();
  await keyboard.type('busybox');
  await tabTo(run.getByLabel(/^Name/));
  await keyboard.type('shop');
  await tabTo(run.getByLabel(/^Command/));
  await keyboard.type('sleep 600');
  await add('Add port');
  await tabTo(run.getByRole('textbox', { name: 'Port here 1' }));
  await keyboard.type('18079');
  await tabTo(run.getByRole('textbox', { name: 'Container port 1' }));
  await keyboard.type('80');
  await add('Add mount');
  await tabTo(run.getByLabel('Folder or volume 1'));
  await keyboard.type('stock');
  await tabTo(run.getByRole('textbox', { name: 'Path in the container 1' }));
  await keyboard.type('/stock');
  await add('Add network');
  await tabTo(run.getByRole('combobox', { name: 'Network 1' }));
  await keyboard.type('front');
  await tabTo(run.getByRole('textbox', { name: 'Aliases 1' }));
  await keyboard.type('store');
  await keyboard.press('Enter');
  await expect(containers.details('shop')).toBeVisible();
  const tabs = window.getByRole('tablist').filter({ has: window.getByRole('tab', { name: 'Summary' }) });
  await tabTo(tabs);
  await keyboard.press('Home');
  await expect(summary.getByRole('link', { name: '18079 → 80' })).toBeVisible();
  await expect(summary.getByRole('link', { name: 'stock' })).toBeVisible();
  await expect(summary).toContainText('also store');
  await tabTo(summary.getByRole('link', { name: 'front' }));
  await keyboard.press('Enter');
  await expect(networks.member('shop')).toBeVisible();
});
