// The freezer over folders that look like cgroups of either version.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { settlePause } from '../../../runtime/engine/containers/container-pauser.ts';
import { freeze, isFrozen, thaw } from '../../../runtime/engine/containers/freezer.ts';
import { testContainer } from './test-container.ts';

let folder: string;
beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), 'berth-freezer-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('version 1', () => {
  it('writes the state to the one hierarchy that has it', async () => {
    const state = path.join(folder, 'freezer/freezer.state');
    for (const name of ['memory', 'freezer']) mkdirSync(path.join(folder, name));
    writeFileSync(state, 'THAWED\n');
    const places = ['memory', 'freezer'].map(
      (name) => ({ path: path.join(folder, name), version: 1 }) as const,
    );
    expect(isFrozen(places)).toBe(false);
    await freeze(places);
    expect(readFileSync(state, 'utf8')).toContain('FROZEN');
    expect(isFrozen(places)).toBe(true);
    thaw(places);
    expect(readFileSync(state, 'utf8')).toContain('THAWED');
  });
});

describe('version 2', () => {
  it('waits for the kernel to say that all stand still', async () => {
    const places = [{ path: folder, version: 2 }] as const;
    writeFileSync(path.join(folder, 'cgroup.freeze'), '0\n');
    writeFileSync(path.join(folder, 'cgroup.events'), 'populated 1\nfrozen 0\n');
    let done = false;
    const freezing = freeze(places).then(() => (done = true));
    expect(readFileSync(path.join(folder, 'cgroup.freeze'), 'utf8')).toMatch(/^1/);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(done).toBe(false);
    writeFileSync(path.join(folder, 'cgroup.events'), 'populated 1\nfrozen 1\n');
    await freezing;
    expect(isFrozen(places)).toBe(true);
  });
});

it('says so when there is no freezer', async () => {
  await expect(freeze([{ path: folder, version: 1 }])).rejects.toThrow('no freezer');
});

it.each([
  ['FROZEN', 'running', 'paused'],
  ['THAWED', 'paused', 'running'],
  ['FROZEN', 'paused', 'paused'],
] as const)('believes a kernel that says %s over a record that says %s', (kernel, recorded, settled) => {
  writeFileSync(path.join(folder, 'freezer.state'), `${kernel}\n`);
  const container = testContainer('c', { status: recorded, cgroups: [{ path: folder, version: 1 }] });
  expect(settlePause(container)).toBe(recorded !== settled);
  expect(container.record.state.status).toBe(settled);
});
