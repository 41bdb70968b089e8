// The streams `builds` and `build`: what a Berth engine tells of its builds, in the contract's form. A window that is hidden is told as well: it
// is a few lines.
import {
  buildHistoryLine,
  buildLine,
  type BuildAnswer,
  type BuildStepAnswer,
  type BuildSummaryAnswer,
} from '../client/build-answers.ts';
import { segment, type EngineClient } from '../client/engine-client.ts';
import { EngineFailure } from '../client/engine-failure.ts';
import type {
  BuildEvent,
  BuildHead,
  BuildHistoryEvent,
  BuildStep,
  BuildSummary,
} from '../contract/builds.ts';
import type { StreamParams } from '../contract/streams.ts';
import type { BackendStream } from './backend-stream.ts';
import { contractError, toContractError } from './contract-failure.ts';
import { JsonLines } from './json-lines.ts';
import type { StreamOutput } from './output-queue.ts';

/** The history; it goes on until the window closes it or the engine goes. */
export function openBuildHistory(
  client: EngineClient,
  output: StreamOutput<BuildHistoryEvent>,
): BackendStream<never> {
  return openLines(client, '/berth/builds', output, (line) => {
    const { set, remove } = buildHistoryLine.parse(line);
    output.event({ set: set.map(summaryOf), remove });
  });
}

/** One build. */
export function openBuild(
  client: EngineClient,
  { id }: StreamParams<'build'>,
  output: StreamOutput<BuildEvent>,
): BackendStream<never> {
  return openLines(client, `/berth/builds/${segment(id)}`, output, (line) => {
    const { build, steps } = buildLine.parse(line);
    output.event({ build: build === undefined ? null : headOf(build), steps: steps.map(stepOf) });
  });
}

function openLines<E>(
  client: EngineClient,
  path: string,
  output: StreamOutput<E>,
  take: (line: unknown) => void,
): BackendStream<never> {
  const abort = new AbortController();
  const run = async (): Promise<void> => {
    const query = { follow: true };
    const response = await client.stream({ method: 'GET', path, query, signal: abort.signal });
    abort.signal.addEventListener('abort', () => response.destroy());
    if (abort.signal.aborted) response.destroy();
    // Another's engine answers such a question with whatever it likes.
    const lines = new JsonLines();
    for await (const chunk of response as AsyncIterable<Buffer>) lines.push(chunk).forEach(take);
    lines.end().forEach(take);
  };
  run().then(
    () => output.close(),
    (error: unknown) => output.close(failureOf(error)),
  );
  return {
    input: () => undefined,
    end: () => undefined,
    control: () => undefined,
    dispose: () => abort.abort(),
  };
}

function failureOf(error: unknown): ReturnType<typeof toContractError> {
  if (error instanceof EngineFailure && error.status === 404 && !/No such build/.test(error.message)) {
    return contractError('invalid', 'This engine keeps no history of builds.');
  }
  return toContractError(error);
}

const ms = (time: string | undefined): number | null => (time === undefined ? null : Date.parse(time));

function errorOf(error: BuildAnswer['error']): BuildHead['error'] {
  if (error === undefined) return null;
  return {
    message: error.message,
    hint: error.hint ?? '',
    exitCode: error.exitCode ?? null,
    range: error.range ?? null,
  };
}

/** What is told of every build. */
function buildOf(answer: Omit<BuildAnswer, 'dockerfile' | 'request'>) {
  return {
    id: answer.id,
    state: answer.state,
    names: answer.names,
    startedMs: Date.parse(answer.startedAt),
    finishedMs: ms(answer.finishedAt),
    image: answer.image ?? '',
    error: errorOf(answer.error),
  };
}

function summaryOf(answer: BuildSummaryAnswer): BuildSummary {
  const { tags, target, source, steps, finished, cached } = answer;
  return { ...buildOf(answer), tags, target, source, steps, finished, cached };
}

function headOf(answer: BuildAnswer): BuildHead {
  const { buildArgs, ...request } = answer.request;
  return { ...buildOf(answer), dockerfile: answer.dockerfile, request: { ...request, arguments: buildArgs } };
}

function stepOf({ startedAt, finishedAt, image, ...step }: BuildStepAnswer): BuildStep {
  return { ...step, startedMs: ms(startedAt), finishedMs: ms(finishedAt), image: image ?? '' };
}
