// Going around a page by keys alone, as a person does who has no mouse.
import { expect, type Locator } from '@playwright/test';

/** Presses Tab until this has the focus; throws after going once around. */
export async function tabTo(wanted: Locator, most = 80): Promise<void> {
  const { keyboard } = wanted.page();
  await expect(wanted).toBeVisible();
  // Looked for anew only when it was drawn anew: to look for something by its role takes longer than to press a key.
  let found = await handleOf(wanted);
  for (let presses = 0; presses <= most; presses += 1) {
    const isThere = await found.evaluate((element) =>
      element.isConnected ? element.contains(document.activeElement) : undefined,
    );
    if (isThere === true) return;
    if (isThere === undefined) found = await handleOf(wanted);
    else await keyboard.press('Tab');
  }
  throw new Error(`Tab does not reach ${String(wanted)}`);
}

async function handleOf(wanted: Locator) {
  const handle = await wanted.elementHandle();
  if (handle === null) throw new Error(`${String(wanted)} is not there`);
  return handle;
}

/** Goes to a row of a list: to the list by Tab, in it by arrows. */
export async function goToRow(list: Locator, row: Locator): Promise<void> {
  const page = list.page();
  await tabTo(list.locator('[role="row"][tabindex="0"]'));
  const way = ['Home', ...Array<string>(6).fill('ArrowDown')];
  // A dialog that has just closed may still take the focus back.
  for (const key of [...way, ...way]) {
    await page.keyboard.press(key);
    // The focus follows when the rows are drawn.
    await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn))));
    if (await row.evaluate((element) => element === document.activeElement)) return;
  }
  throw new Error(`arrows do not reach ${String(row)}`);
}

/** Goes to a neighbour by an arrow, and is there before the next key: the focus follows a moment later. */
export async function pressAlong(neighbour: Locator, key: `Arrow${string}`): Promise<void> {
  await neighbour.page().keyboard.press(key);
  await expect(neighbour).toBeFocused();
}

/** Opens a row's menu and chooses there. */
export async function chooseByKeys(row: Locator, item: RegExp): Promise<void> {
  const page = row.page();
  await tabTo(row.getByRole('button', { name: /^More for/ }));
  await page.keyboard.press('Enter');
  const wanted = page.getByRole('menuitem', { name: item });
  await expect(wanted).toBeVisible();
  for (let presses = 0; presses < 12; presses += 1) {
    if (await wanted.evaluate((element) => element === document.activeElement)) {
      await page.keyboard.press('Enter');
      return;
    }
    await page.keyboard.press('ArrowDown');
  }
  throw new Error(`arrows do not reach ${String(item)}`);
}
