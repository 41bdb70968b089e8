// A build as it is remembered: its parameters, its steps with state, timing, cache hit and log, and how it ended. Logs are cut where
// they get long; what is kept is one JSON file a build.
import type { SourceRange } from '../../syntax/dockerfile/source.ts';
import { z } from 'zod';
import { buildRequestSchema, type BuildRequest } from './build-request.ts';

/** The most characters of one step's log. */
const maxLogCharacters = 512 * 1024;

const place = z.object({
  startLine: z.int(),
  startColumn: z.int(),
  endLine: z.int(),
  endColumn: z.int(),
});

const stepSchema = z.object({
  number: z.int(),
  stage: z.int(),
  stageName: z.string(),
  text: z.string(),
  range: place,
  /** Numbers of the steps it waits for. */
  after: z.array(z.int()),
  state: z.enum(['waiting', 'running', 'done', 'failed', 'canceled']),
  cached: z.boolean(),
  startedAt: z.string().optional(),
  finishedAt: z.string().optional(),
  image: z.string().optional(),
  log: z.string(),
});

export const buildRecordSchema = z.object({
  schema: z.literal(1),
  id: z.string(),
  state: z.enum(['running', 'done', 'failed', 'canceled']),
  startedAt: z.string(),
  finishedAt: z.string().optional(),
  request: buildRequestSchema,
  dockerfile: z.string(),
  /** How much of the context has come from the client, where it was asked for it. */
  contextBytes: z.int().optional(),
  steps: z.array(stepSchema),
  image: z.string().optional(),
  names: z.array(z.string()),
  error: z
    .object({
      message: z.string(),
      /** What may help. */
      hint: z.string().optional(),
      exitCode: z.int().optional(),
      range: place.optional(),
    })
    .optional(),
});
export type BuildRecord = z.infer<typeof buildRecordSchema>;
export type BuildStepRecord = z.infer<typeof stepSchema>;

/** Takes down one build. */
export class BuildRecorder {
  readonly record: BuildRecord;
  readonly #onChange: (record: BuildRecord) => void;

  constructor(id: string, request: BuildRequest, onChange: (record: BuildRecord) => void = () => undefined) {
    this.#onChange = onChange;
    this.record = {
      schema: 1,
      id,
      state: 'running',
      startedAt: new Date().toISOString(),
      request,
      dockerfile: '',
      steps: [],
      names: [],
    };
  }

  received(sizeBytes: number): void {
    this.record.contextBytes = (this.record.contextBytes ?? 0) + sizeBytes;
    this.#onChange(this.record);
  }

  plan(
    dockerfile: string,
    steps: readonly Pick<BuildStepRecord, 'stage' | 'stageName' | 'text' | 'range' | 'after'>[],
  ) {
    this.record.dockerfile = dockerfile;
    this.record.steps = steps.map((step, index) => ({
      ...step,
      after: [...step.after],
      range: { ...step.range },
      number: index + 1,
      state: 'waiting',
      cached: false,
      log: '',
    }));
    this.#onChange(this.record);
  }

  begin(number: number): void {
    this.#change(number, { state: 'running', startedAt: new Date().toISOString() });
  }

  /** A step that has begun waits for another stage; that is no time of its own. */
  wait(number: number): void {
    const step = this.record.steps[number - 1];
    if (step !== undefined) delete step.startedAt;
    this.#change(number, { state: 'waiting' });
  }

  log(number: number, text: string): void {
    const step = this.record.steps[number - 1];
    if (step === undefined || step.log.length >= maxLogCharacters) return;
    step.log += text.slice(0, maxLogCharacters - step.log.length);
    if (step.log.length >= maxLogCharacters) step.log += '\n[the log is longer than what is kept]\n';
    this.#onChange(this.record);
  }

  end(number: number, image: string | undefined, cached: boolean): void {
    const more = image === undefined ? {} : { image };
    this.#change(number, { state: 'done', cached, finishedAt: new Date().toISOString(), ...more });
  }

  fail(number: number, canceled: boolean): void {
    const state = canceled ? 'canceled' : 'failed';
    this.#change(number, { state, finishedAt: new Date().toISOString() });
  }

  finish(
    state: 'done' | 'failed' | 'canceled',
    result: {
      image?: string;
      names?: string[];
      error?: { message: string; hint?: string; exitCode?: number; range?: SourceRange };
    },
  ): void {
    this.record.state = state;
    this.record.finishedAt = new Date().toISOString();
    if (result.image !== undefined) this.record.image = result.image;
    if (result.names !== undefined) this.record.names = result.names;
    if (result.error !== undefined) this.record.error = { ...result.error };
    for (const step of this.record.steps) {
      if (step.state === 'running' || step.state === 'waiting') step.state = 'canceled';
    }
    this.#onChange(this.record);
  }

  #change(number: number, change: Partial<BuildStepRecord>): void {
    const step = this.record.steps[number - 1];
    if (step !== undefined) Object.assign(step, change);
    this.#onChange(this.record);
  }
}
