// Builds over the API with one ready context archive, in turn with a dockerd: many files through ten steps, the same from the cache, and
// a hundred thousand files hashed and copied; and four stages that wait for nothing but themselves.
import http from 'node:http';
import path from 'node:path';
import { spreadFolder } from '../../runtime/engine/store/spread-folder.ts';
import type { TestEngine } from '../fixtures/engine.ts';
import { tar, type TarEntry } from '../fixtures/tar.ts';
import { ms, type Benches, type Figure } from './figure.ts';
import { removed } from './image-bench.ts';
import { alternate, median } from './measure.ts';
import { timeCommand } from './shell.ts';

/** Builds; the time in ms. Throws when it fails. */
async function build(engine: TestEngine, context: Buffer, query: Record<string, string>): Promise<number> {
  const began = performance.now();
  const text = await new Promise<string>((resolve, reject) => {
    const sent = http.request(
      {
        socketPath: engine.socket,
        method: 'POST',
        path: `/v1.41/build?${new URLSearchParams({ rm: '1', t: 'bench:build', ...query }).toString()}`,
        headers: { 'Content-Type': 'application/x-tar', 'Content-Length': context.length },
      },
      (response) => {
        let all = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (all += chunk));
        response.on('end', () => resolve(all)).on('error', reject);
      },
    );
    sent.on('error', reject);
    sent.end(context);
  });
  if (!text.includes('Successfully tagged')) throw new Error(`the build failed: ${text.slice(-2000)}`);
  return performance.now() - began;
}

/** So many small files in folders of a hundred. */
function manyFiles(count: number): TarEntry[] {
  return Array.from({ length: count }, (_, index) => ({
    path: `src/${String(Math.floor(index / 100))}/${String(index)}.txt`,
    body: `file ${String(index)}\n`.repeat(1 + (index % 50)),
  }));
}

const context = (dockerfile: string, entries: readonly TarEntry[]): Buffer =>
  tar([{ path: 'Dockerfile', body: dockerfile }, ...entries]);

const tenSteps = `FROM busybox
ENV MODE=production
WORKDIR /app
COPY src/0 /app/first/
RUN cat /app/first/* > /app/sum
COPY src /app/src
RUN find /app/src -type f | wc -l > /app/count
RUN mkdir /out && cp -r /app/src/1 /out/
LABEL a=b
EXPOSE 80
CMD ["cat", "/app/count"]
`;

const stages = ['a', 'b', 'c', 'd'];
const fourStages = [
  ...stages.flatMap((stage) => [`FROM busybox AS ${stage}`, `RUN sleep 2 && echo ${stage} > /${stage}`]),
  'FROM busybox',
  ...stages.map((stage) => `COPY --from=${stage} /${stage} /`),
].join('\n');

/** The bench of builds; `pairs` runs of each side. */
export function buildBenches(ours: TestEngine, theirs: TestEngine, pairs: number): Benches {
  const once = async (
    engine: TestEngine,
    archive: Buffer,
    query: Record<string, string>,
  ): Promise<number> => {
    await timeCommand(['sync']);
    const elapsed = await build(engine, archive, query);
    await removed(engine);
    return elapsed;
  };
  /** dockerd's folders get the mark that Berth gives its own (spread-folder.ts). */
  const spread = async (): Promise<void> => {
    for (const folder of ['data/overlay2', 'data/tmp']) await spreadFolder(path.join(theirs.folder, folder));
  };
  const figure = (name: string, bar: number, a: number, b: number): Figure => {
    return { name, bar, unit: 'of dockerd', value: a / b, detail: `${ms(a)} against ${ms(b)}` };
  };
  const compare = async (
    name: string,
    bar: number,
    archive: Buffer,
    query: Record<string, string>,
  ): Promise<Figure> => {
    const times = await alternate(
      pairs,
      () => once(ours, archive, query),
      () => once(theirs, archive, query),
    );
    return figure(name, bar, median(times.ours), median(times.theirs));
  };
  return {
    builds: async () => {
      await spread();
      const archive = context(tenSteps, manyFiles(2000));
      const all = { nocache: '1' };
      return [
        await compare('build of 10 steps and 2,000 files', 0.35, archive, all),
        await compare('the same, all of it cached', 0.4, archive, {}),
      ];
    },
    stages: async () => {
      const times: number[] = [];
      const archive = context(fourStages, []);
      for (let round = 0; round < 3; round++) times.push(await build(ours, archive, { nocache: '1' }));
      const value = median(times) / 1000;
      return [{ name: '4 stages of 2 s each', bar: 3, unit: 's', value, detail: '' }];
    },
    files: async () => {
      await spread();
      const archive = context('FROM busybox\nCOPY src /src\n', manyFiles(100_000));
      // Once: dockerd takes minutes.
      const [a, b] = [await once(ours, archive, {}), await once(theirs, archive, {})];
      return [figure('100,000 files hashed and copied', 0.5, a, b)];
    },
  };
}
