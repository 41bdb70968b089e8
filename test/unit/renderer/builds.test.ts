// What the page Builds says and decides without a window: logs, lists, graphs, comparisons, options, and the editor's help.
import { describe, expect, it } from 'vitest';
import type { BuildEvent, BuildHead, BuildStep, BuildSummary } from '../../../runtime/contract/builds.ts';
import { checkDockerfile } from '../../../runtime/syntax/dockerfile/checks.ts';
import { differingParameters, pairSteps } from '../../../renderer/src/pages/builds/build-comparison.ts';
import { stageNodes } from '../../../renderer/src/pages/builds/build-graph.ts';
import { meaningAt, suggestionsAt } from '../../../renderer/src/pages/builds/editor/dockerfile-assist.ts';
import { problemsOf } from '../../../renderer/src/pages/builds/editor/dockerfile-problems.ts';
import { formOf, optionsOf } from '../../../renderer/src/pages/builds/options-form.ts';
import { templates } from '../../../renderer/src/pages/builds/templates.ts';

const range = { startLine: 1, startColumn: 1, endLine: 1, endColumn: 2 };

function step(number: number, text: string, more: Partial<BuildStep> = {}): BuildStep {
  return {
    ...{ number, text, range, stage: 0, stageName: '', after: number === 1 ? [] : [number - 1] },
    ...{ state: 'done', cached: false, startedMs: 0, finishedMs: 1, image: '', log: '' },
    ...more,
  };
}

describe('stages as a graph', () => {
  it('stand side by side, those that wait to the right of those they wait for', () => {
    const steps = [
      step(1, 'FROM a AS one', { after: [] }),
      step(2, 'FROM b AS two', { stage: 1, stageName: 'two', after: [] }),
      step(3, 'FROM one', { stage: 2, after: [1] }),
      step(4, 'COPY --from=two', { stage: 2, after: [3, 2] }),
    ];
    expect(stageNodes(steps).map(({ stage, after, column }) => [stage, after, column])).toEqual([
      [0, [], 0],
      [1, [], 0],
      [2, [0, 1], 1],
    ]);
  });
});

describe('two builds', () => {
  it('are paired by what they ran', () => {
    const older = [step(1, 'FROM a'), step(2, 'RUN x'), step(3, 'RUN z')];
    const newer = [step(1, 'FROM a'), step(2, 'RUN y'), step(3, 'RUN z')];
    expect(
      pairSteps(older, newer).map(({ text, older: a, newer: b }) => [text, a?.number, b?.number]),
    ).toEqual([
      ['FROM a', 1, 1],
      ['RUN x', 2, undefined],
      ['RUN y', undefined, 2],
      ['RUN z', 3, 3],
    ]);
  });

  it('differ in what they were asked for', () => {
    const request = {
      ...{ tags: ['a'], dockerfile: 'Dockerfile', arguments: ['V'], target: '', remote: '', source: '/a' },
      ...{ noCache: false, pull: false },
    };
    const head = (more: object): BuildHead => ({ request: { ...request, ...more } }) as unknown as BuildHead;
    expect(differingParameters(head({}), head({ target: 'x', noCache: true }))).toEqual([
      { name: 'target', older: '', newer: 'x' },
      { name: 'noCache', older: 'false', newer: 'true' },
    ]);
  });
});

describe('the options of a build', () => {
  it('are read as they are written', () => {
    const form = {
      ...{ tags: 'a:1, b', target: ' x ', args: 'A=1=2\n\nB=', noCache: true, pull: false },
      ...{ labels: 'org.example.a=b c', platform: ' linux/amd64', cacheFrom: 'x y:2' },
    };
    const read = optionsOf(form);
    expect(read).toEqual({
      options: {
        tags: ['a:1', 'b'],
        target: 'x',
        arguments: [
          { name: 'A', value: '1=2' },
          { name: 'B', value: '' },
        ],
        labels: [{ name: 'org.example.a', value: 'b c' }],
        platform: 'linux/amd64',
        cacheFrom: ['x', 'y:2'],
        noCache: true,
        pull: false,
      },
    });
    if ('options' in read) expect(formOf(read.options)).toMatchObject({ tags: 'a:1, b', args: 'A=1=2\nB=' });
  });

  it('say what is wrong', () => {
    const read = optionsOf({
      ...{ tags: 'A:B:C', target: '', args: 'novalue', noCache: false, pull: false },
      ...{ labels: '=x', platform: 'my machine', cacheFrom: 'A:B:C' },
    });
    if (!('errors' in read)) throw new Error('it was taken');
    expect(Object.keys(read.errors)).toEqual(['tags', 'args', 'labels', 'platform', 'cacheFrom']);
  });
});

describe('the editor', () => {
  const around = { images: ['busybox:latest'], files: ['app.py'] };
  const labels = (before: string): string[] =>
    (suggestionsAt(before, around)?.options ?? []).map(({ label }) => label);

  it('offers what can stand there', () => {
    expect(labels('FR')).toContain('FROM');
    expect(labels('FROM a AS deps\nFROM ')).toEqual(['deps', 'busybox:latest', 'scratch']);
    expect(labels('FROM a AS deps\nFROM b\nCOPY --from=')).toContain('deps');
    expect(labels('FROM a\nRUN --')).toEqual(['--mount', '--network', '--security', '--device']);
    expect(labels('FROM a\nHEALTHCHECK --interval=3s \\\n  --')).toContain('--retries');
    expect(labels('ARG ONE=1\nENV TWO=2 THREE=3\nRUN echo ${')).toEqual(['ONE', 'TWO', 'THREE']);
    expect(labels('FROM a\nCOPY ')).toEqual(['app.py']);
    expect(labels('FROM a\nRUN echo FR')).toEqual([]);
    expect(labels('# FR')).toEqual([]);
  });

  it('tells what a word means where it is an instruction or a flag', () => {
    expect(meaningAt('', 'WORKDIR /app', 3)).toMatchObject({ from: 0, to: 7, title: 'WORKDIR path' });
    expect(meaningAt('', 'COPY --chown=a b c', 8)?.title).toBe('COPY --chown');
    expect(meaningAt('', 'RUN echo WORKDIR', 12)).toBeUndefined();
    expect(meaningAt('RUN a && \\\n', 'COPY', 2)).toBeUndefined();
  });

  it('marks what is wrong with its place', () => {
    expect(problemsOf('FROM a\nCOPYY x /', '')).toEqual([
      expect.objectContaining({ severity: 'error', rule: '', message: 'unknown instruction: COPYY' }),
    ]);
    expect(problemsOf('FROM a\nCOPY x /', 'x')).toEqual([
      expect.objectContaining({ severity: 'warning', rule: 'CopyIgnoredFile' }),
    ]);
    // A broken file of patterns does not break the checks.
    expect(problemsOf('FROM a', '!')).toEqual([]);
  });
});

describe.each(Object.entries(templates))('the template %s', (_, files) => {
  it('has nothing that our own rules would say', () => {
    const { error, findings } = checkDockerfile(files.Dockerfile);
    expect(error).toBeUndefined();
    expect(findings).toEqual([]);
  });
});

describe('what is told of a build', () => {
  it('is gathered from events, and its log grows', async () => {
    const { applyBuildEvent } = await import('../../../renderer/src/state/build-view.ts');
    const head = { id: 'a', state: 'running' } as unknown as BuildHead;
    const first: BuildEvent = { build: head, steps: [step(1, 'FROM a', { log: 'x' }), step(2, 'RUN b')] };
    const second: BuildEvent = { build: null, steps: [step(1, 'FROM a', { log: 'y' })] };
    const view = applyBuildEvent(applyBuildEvent(undefined, first), second);
    expect(view?.head).toBe(head);
    expect(view?.steps.map(({ log }) => log)).toEqual(['xy', '']);
  });

  it('is listed by what one seeks', async () => {
    const { listBuilds, logLines } = await import('../../../renderer/src/pages/builds/build-text.ts');
    const build = (id: string, more: Partial<BuildSummary>): [string, BuildSummary] => [
      id,
      {
        ...{ id, state: 'done', startedMs: 0, finishedMs: 5, image: '', names: [], tags: [], target: '' },
        ...{ source: '', error: null, steps: 1, finished: 1, cached: 0 },
        ...more,
      },
    ];
    const builds = new Map([
      build('a', { names: ['shop:dev'], startedMs: 1 }),
      build('b', { source: '/home/x/shop', startedMs: 2, state: 'failed' }),
      build('c', { startedMs: 3 }),
    ]);
    expect(listBuilds(builds, 'shop', 'all', 'started', false)).toEqual(['b', 'a']);
    expect(listBuilds(builds, '', 'failed', 'started', false)).toEqual(['b']);
    expect(logLines('\u001b[31mred\u001b[0m\n10%\r20%\r\nlast\n', 2)).toEqual({
      lines: ['20%', 'last'],
      isCut: true,
    });
  });
});
