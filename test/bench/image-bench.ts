// Pull, push, save and load of real content, in turn with a dockerd: one layer of 204 MB, and the same files in twelve.
//
// On ext4 what was removed a moment ago makes the next files dearer, whoever removed it. So that no side pays for the round before,
// nothing is measured while an engine still removes layers, and dockerd's folder gets the mark that Berth gives its own (spread-folder.ts).
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { spreadFolder } from '../../runtime/engine/store/spread-folder.ts';
import type { TestEngine } from '../fixtures/engine.ts';
import { benchImageNames, testImage } from '../fixtures/images.ts';
import { filledStorage, startRegistry, type Registry } from '../fixtures/registry.ts';
import { ms, type Benches, type Figure } from './figure.ts';
import { alternate, median } from './measure.ts';
import { timeCommand } from './shell.ts';

interface Side {
  readonly engine: TestEngine;
  readonly docker: (...args: string[]) => string[];
  readonly registry: Registry;
}

/** Waits until an engine of ours has removed what it discarded; dockerd has when it answers. */
export async function removed(engine: TestEngine): Promise<void> {
  const trash = path.join(engine.folder, 'data/trash');
  while ((await readdir(trash).catch(() => [])).length > 0) await sleep(50);
}

/** The image benches; `pairs` runs of each side. */
export function imageBenches(
  sides: readonly { readonly engine: TestEngine; readonly docker: (...args: string[]) => string[] }[],
  pairs: number,
): Benches {
  /** Runs `work` with a registry beside each engine that holds the images. */
  async function withSides<T>(work: (ours: Side, theirs: Side, folder: string) => Promise<T>): Promise<T> {
    const storage = await filledStorage(await Promise.all(benchImageNames.map(testImage)));
    const folder = await mkdtemp(path.join(os.tmpdir(), 'bt-bench-'));
    const made: Side[] = [];
    try {
      for (const { engine, docker } of sides) {
        const registry = await startRegistry({ enter: engine.machine.enter, content: { storage } });
        await spreadFolder(path.join(engine.folder, 'data/overlay2'));
        made.push({ engine, docker, registry });
      }
      const [ours, theirs] = made;
      if (ours === undefined || theirs === undefined) throw new Error('two sides are needed');
      return await work(ours, theirs, folder);
    } finally {
      for (const { registry } of made) await registry.stop();
      await rm(folder, { recursive: true, force: true });
    }
  }

  const figure = (name: string, bar: number, times: { ours: number[]; theirs: number[] }): Figure => {
    const [a, b] = [median(times.ours), median(times.theirs)];
    return { name, bar, unit: 'of dockerd', value: a / b, detail: `${ms(a)} against ${ms(b)}` };
  };
  /** Both in turn: `prepare` is not measured, and what `work` left is removed by `forget`. */
  const compare = async (
    ours: Side,
    theirs: Side,
    steps: {
      prepare?: (side: Side) => Promise<unknown>;
      work: (side: Side) => readonly string[];
      forget?: (side: Side) => Promise<unknown>;
    },
  ): Promise<{ ours: number[]; theirs: number[] }> => {
    const once = async (side: Side): Promise<number> => {
      await steps.prepare?.(side);
      await timeCommand(['sync']);
      const elapsed = await timeCommand(steps.work(side));
      await steps.forget?.(side);
      await removed(side.engine);
      return elapsed;
    };
    return alternate(
      pairs,
      () => once(ours),
      () => once(theirs),
    );
  };
  const image = ({ registry }: Side, name: string): string => `${registry.host}/library/${name}`;

  return {
    pull: () =>
      withSides(async (ours, theirs) => {
        const figures: Figure[] = [];
        for (const [name, bar] of [
          ['bench-1', 0.4],
          ['bench-12', 0.35],
        ] as const) {
          const times = await compare(ours, theirs, {
            work: (side) => side.docker('pull', '-q', image(side, name)),
            forget: (side) => timeCommand(side.docker('rmi', image(side, name))),
          });
          figures.push(figure(`docker pull, ${name.slice('bench-'.length)} layers`, bar, times));
        }
        return figures;
      }),
    transfer: () =>
      withSides(async (ours, theirs, folder) => {
        const name = 'bench-12';
        for (const side of [ours, theirs]) await timeCommand(side.docker('pull', '-q', image(side, name)));
        const file = (side: Side): string => path.join(folder, side === ours ? 'ours.tar' : 'theirs.tar');
        const save = await compare(ours, theirs, {
          work: (side) => side.docker('save', '-o', file(side), image(side, name)),
        });
        const load = await compare(ours, theirs, {
          prepare: (side) => timeCommand(side.docker('rmi', image(side, name))),
          work: (side) => side.docker('load', '-q', '-i', file(side)),
        });
        // Every round into a new registry, so that nobody knows what it has.
        let empty: Registry | undefined;
        const target = (): string => `${empty?.host ?? ''}/${name}`;
        const push = await compare(ours, theirs, {
          prepare: async (side) => {
            const { enter } = side.engine.machine;
            empty = await startRegistry({ enter, content: 'nothing', writable: true });
            await timeCommand(side.docker('tag', image(side, name), target()));
          },
          work: (side) => side.docker('push', '-q', target()),
          forget: async (side) => {
            await timeCommand(side.docker('rmi', target()));
            await empty?.stop();
          },
        });
        for (const side of [ours, theirs]) await timeCommand(side.docker('rmi', image(side, name)));
        return [
          figure('docker save', 0.6, save),
          figure('docker load', 0.6, load),
          figure('docker push', 0.6, push),
        ];
      }),
  };
}
