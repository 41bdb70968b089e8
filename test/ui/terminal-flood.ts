// Counts the bytes of a flood through a terminal: what came over the wire, and what the window acknowledged, which it does
// when xterm has taken them in.
import { expect, type Page } from '@playwright/test';

export interface FloodCount {
  received: number;
  acknowledged: number;
}

/** Counts on every connection that the page opens from now on. */
export function countTerminalBytes(page: Page): FloodCount {
  const count: FloodCount = { received: 0, acknowledged: 0 };
  page.on('websocket', (socket) => {
    socket.on('framereceived', ({ payload }) => {
      // A data frame begins with the four bytes of its stream.
      if (typeof payload !== 'string') count.received += payload.length - 4;
    });
    socket.on('framesent', ({ payload }) => {
      if (typeof payload !== 'string') return;
      const bytes = /^\{"type":"ack".*"bytes":(\d+)\}$/.exec(payload)?.[1];
      count.acknowledged += Number(bytes ?? 0);
    });
  });
  return count;
}

/** Writes so many bytes in the shell in front, which has the focus, and expects each of them here. */
export async function expectFlood(
  page: Page,
  count: FloodCount,
  floodBytes: number,
  timeoutMs: number,
): Promise<void> {
  await expect.poll(() => count.acknowledged).toBe(count.received);
  const before = { ...count };
  // No line ends, which a terminal would double. The echo of the command and the mark at the end come beside it.
  await page.keyboard.type(
    `head -c ${String(floodBytes)} /dev/zero | tr '\\0' 'x'; echo; echo flood-$((6*7))\n`,
  );
  await expect(page.locator('.xterm-rows')).toContainText('flood-42', { timeout: timeoutMs });
  expect(count.received - before.received).toBeGreaterThanOrEqual(floodBytes);
  expect(count.received - before.received).toBeLessThan(floodBytes + 1000);
  await expect.poll(() => count.acknowledged).toBe(count.received);
}
