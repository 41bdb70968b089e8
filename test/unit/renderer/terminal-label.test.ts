// What terminal sessions are called on their tabs.
import { expect, it } from 'vitest';
import { sessionLabels } from '../../../renderer/src/terminal/terminal-label.ts';
import type { TerminalModel } from '../../../runtime/contract/model.ts';

let id = 0;
function session(part: Partial<TerminalModel>): TerminalModel {
  id += 1;
  return { id: String(id), container: 'c', kind: 'exec', command: [], user: '', startedMs: id, ...part };
}

function labels(...parts: readonly Partial<TerminalModel>[]): string[] {
  return [...sessionLabels(parts.map(session)).values()];
}

it('names a session by its program and user, and numbers those alike', () => {
  expect(
    labels(
      {},
      { command: ['bash'] },
      { command: ['/usr/bin/python3', '-i'] },
      { command: ['sh', '-c', 'x'], user: 'root' },
      { kind: 'attach' },
      {},
      { command: ['bash'], user: 'www-data' },
      { command: ['bash'] },
    ),
  ).toEqual([
    'Shell',
    'bash',
    'python3',
    'sh as root',
    'Main process',
    'Shell 2',
    'bash as www-data',
    'bash 2',
  ]);
});

it('draws hostile names as text, and not endlessly', () => {
  expect(labels({ command: ['a\u202eb\u0007'] })).toEqual(['a‹U+202E›b^G']);
  expect(labels({ command: ['x'.repeat(5000)], user: 'y'.repeat(5000) })[0]?.length).toBeLessThan(70);
});
