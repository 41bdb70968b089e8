// The shell's pure parts: links, bounds, menus, the autostart entry; and the preload's size.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { appMenuTemplate } from '../../electron/app-menu.ts';
import { isOurPage } from '../../electron/app-origin.ts';
import { autostartEntry } from '../../electron/autostart-entry.ts';
import { commandTexts, type Commands } from '../../electron/commands.ts';
import { deepLinkAmong, linkedPages, linkedTabs, parseDeepLink } from '../../electron/deep-link.ts';
import { menuLabel } from '../../electron/menu-label.ts';
import { engineLine, trayMenuTemplate, type TrayState } from '../../electron/tray-menu.ts';
import { webLink } from '../../electron/web-link.ts';
import { fitBounds, minimumSize } from '../../electron/window-bounds.ts';
import { routeOf } from '../../renderer/src/route.ts';

const screenArea = { x: 0, y: 0, width: 1920, height: 1080 };
const commands = (platform: NodeJS.Platform): Commands => ({
  platform,
  run: () => undefined,
  checked: (name) => (name === 'closeToTray' ? true : undefined),
});

describe('links into Berth', () => {
  it.each([
    ['berth://container/web/logs', '/containers/web/logs'],
    ['berth://container/0123456789ab', '/containers/0123456789ab/summary'],
    ['berth://container/my.web_1-a/terminal/', '/containers/my.web_1-a/terminal'],
    ['berth://images', '/images'],
    ['berth://containers/', '/containers'],
  ])('%s shows %s', (link, address) => {
    expect(parseDeepLink(link)).toBe(address);
  });

  it.each([
    'berth://container/../logs',
    'berth://container/a%2f..%2fb/logs',
    'berth://container/a/logs?x=1',
    'berth://container/a/logs#x',
    'berth://container/a/remove',
    'berth://container/a/logs\n',
    'berth://container//logs',
    'berth://user@container/a/logs',
    'berth:container/a',
    'BERTH://container/a',
    'https://container/a/logs',
    'berth://container/-rm',
    `berth://container/${'a'.repeat(300)}`,
    'javascript:alert(1)',
  ])('%j shows nothing', (link) => {
    expect(parseDeepLink(link)).toBeUndefined();
  });

  it('name only what the page has', () => {
    for (const tab of linkedTabs) {
      expect(routeOf(parseDeepLink(`berth://container/web/${tab}`) ?? '')).toMatchObject({ id: 'web', tab });
    }
    for (const page of linkedPages)
      expect(routeOf(parseDeepLink(`berth://${page}`) ?? '')).toMatchObject({ page });
  });

  it('gives nothing but plain addresses, whatever it is given', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((text) => `berth://container/${text}`),
        ),
        (link) => {
          expect(parseDeepLink(link) ?? '/').toMatch(/^\/[\w/.-]*$/);
        },
      ),
    );
  });

  it('finds the link among the words of a command line', () => {
    expect(deepLinkAmong(['berth', '--hidden', 'berth://images'])).toBe('/images');
    expect(deepLinkAmong(['berth', '--hidden'])).toBeUndefined();
  });
});

describe('links out of Berth', () => {
  it.each(['https://example.com/', 'http://127.0.0.1:8080/a?b#c'])('%s may be opened', (link) => {
    expect(webLink(link)).toBe(link);
  });

  it.each([
    'file:///etc/passwd',
    'javascript:alert(1)',
    'berth-app://berth.invalid/',
    'smb://host/share',
    'https://user:secret@example.com/',
    'data:text/html,x',
    'nothing',
    `https://example.com/${'a'.repeat(5000)}`,
  ])('%s may not', (link) => {
    expect(webLink(link)).toBeUndefined();
  });
});

describe('our own page', () => {
  it.each([
    ['berth-app://berth.invalid/', true],
    ['berth-app://berth.invalid/#/containers', true],
    ['berth-app://berth.invalid/index.html', false],
    ['berth-app://berth.invalid.example.com/', false],
    ['https://berth.invalid/', false],
    ['about:blank', false],
    [undefined, false],
  ])('%s: %s', (url, ours) => {
    expect(isOurPage(url)).toBe(ours);
  });
});

describe('the bounds of the window', () => {
  it('come back where they were', () => {
    const saved = { x: 300, y: 200, width: 1000, height: 700 };
    expect(fitBounds(saved, [screenArea])).toEqual(saved);
    const second = { x: 1920, y: 0, width: 1920, height: 1080 };
    expect(fitBounds({ ...saved, x: 2500 }, [screenArea, second])).toEqual({ ...saved, x: 2500 });
  });

  it('are left to the system where no display shows them any more', () => {
    for (const place of [
      { x: 2500, y: 200 },
      { x: 300, y: -500 },
      { x: 300, y: 1079 },
      { x: -990, y: 0 },
    ]) {
      expect(fitBounds({ ...place, width: 1000, height: 700 }, [screenArea])).toEqual({
        width: 1000,
        height: 700,
      });
    }
  });

  it('never get larger than the display, nor smaller than the page needs', () => {
    expect(fitBounds({ x: 0, y: 0, width: 5000, height: 5000 }, [screenArea])).toMatchObject({
      width: 1920,
      height: 1080,
    });
    expect(fitBounds({ x: 0, y: 0, width: 10, height: 10 }, [screenArea])).toMatchObject(minimumSize);
    expect(fitBounds(undefined, [])).toEqual({ width: 1280, height: 820 });
  });
});

describe('text in menus', () => {
  it('is inert', () => {
    expect(menuLabel('a&b')).toBe('a&&b');
    expect(menuLabel('\u001b[31mred\u202ednarb\nnext\u2028line')).toBe('[31mred dnarb next line');
    expect([...menuLabel('😀'.repeat(100))]).toHaveLength(60);
  });
});

describe('the menus', () => {
  const state: TrayState = {
    engine: { state: 'running', reason: '', product: 'Berth', version: '0.1.0' },
    containers: [
      { id: '1', name: 'b', state: 'exited' },
      { id: '2', name: 'c', state: 'running' },
      { id: '3', name: 'a', state: 'created' },
    ],
  };
  const done: string[] = [];
  const actions = {
    start: (id: string) => done.push(`start ${id}`),
    stop: (id: string) => done.push(`stop ${id}`),
    showLogs: (id: string) => done.push(`logs ${id}`),
  };
  const labels = (given: TrayState) =>
    trayMenuTemplate(given, actions, commands('linux')).map((item) => item.label);

  it('say how the engine is, and list containers with those that run first', () => {
    expect(engineLine(state)).toBe('Engine running (Berth 0.1.0)');
    expect(labels(state).slice(0, 5)).toEqual([
      'Engine running (Berth 0.1.0)',
      undefined,
      '● c',
      '○ a',
      '○ b',
    ]);
  });

  it('offer only what can be done', () => {
    const offered = (given: TrayState) =>
      trayMenuTemplate(given, actions, commands('linux'))
        .filter((item) => item.id?.startsWith('container:'))
        .map(({ submenu }) =>
          (Array.isArray(submenu) ? submenu : [])
            .filter((item) => item.enabled !== false)
            .map((item) => item.label),
        );
    expect(offered(state)).toEqual([
      ['Stop', 'Logs'],
      ['Start', 'Logs'],
      ['Start', 'Logs'],
    ]);
    expect(offered({ ...state, engine: { ...state.engine, state: 'down' } })).toEqual([
      ['Logs'],
      ['Logs'],
      ['Logs'],
    ]);
  });

  it('stay short', () => {
    const many = Array.from({ length: 50 }, (_, index) => ({
      id: String(index),
      name: 'x',
      state: 'exited' as const,
    }));
    expect(labels({ ...state, containers: many })).toContain('30 more…');
    expect(labels({ ...state, containers: [] })).toContain('No containers');
  });

  it('give every shortcut once, and none with Ctrl and a letter alone but Quit', () => {
    const accelerators = Object.values(commandTexts).flatMap((text) =>
      'accelerator' in text ? [text.accelerator] : [],
    );
    expect(new Set(accelerators).size).toBe(accelerators.length);
    expect(accelerators.filter((text) => /^(CommandOr)?Control\+[A-Z]$/.test(text))).toEqual([
      'CommandOrControl+Q',
    ]);
  });

  it('have every command on every platform', () => {
    for (const platform of ['linux', 'darwin', 'win32'] as const) {
      const ids = appMenuTemplate(commands(platform), false).flatMap(({ submenu }) =>
        Array.isArray(submenu) ? submenu.flatMap((item) => item.id ?? []) : [],
      );
      const expected = Object.keys(commandTexts).filter((name) => name !== 'openBerth');
      expect(ids.sort()).toEqual(expected.sort());
    }
  });
});

describe('the autostart entry', () => {
  it('quotes what a shell and the entry itself would read', () => {
    expect(autostartEntry(['/opt/Berth/berth', '--hidden'])).toContain(
      '\nExec="/opt/Berth/berth" "--hidden"\n',
    );
    expect(autostartEntry(['/a "b" $c\\d 100%'])).toContain(
      '\nExec="/a \\\\"b\\\\" \\\\$c\\\\\\\\d 100%%"\n',
    );
    expect(() => autostartEntry(['/a\nExec=evil'])).toThrow('line break');
  });
});

describe('the preload', () => {
  it('stays under 100 lines', () => {
    const file = fileURLToPath(new URL('../../electron/preload.ts', import.meta.url));
    expect(readFileSync(file, 'utf8').split('\n').length).toBeLessThan(100);
  });
});
