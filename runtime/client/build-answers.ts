// The shapes of what a Berth engine tells of builds: `/berth/builds` and its streams of lines.
import { z } from 'zod';

const range = z.object({
  startLine: z.number(),
  startColumn: z.number(),
  endLine: z.number(),
  endColumn: z.number(),
});
const error = z.object({
  message: z.string(),
  hint: z.string().optional(),
  exitCode: z.number().optional(),
  range: range.optional(),
});
const state = z.enum(['running', 'done', 'failed', 'canceled']);

/** A build without its steps. */
export const buildAnswer = z.object({
  id: z.string(),
  state,
  startedAt: z.string(),
  finishedAt: z.string().optional(),
  image: z.string().optional(),
  names: z.array(z.string()),
  error: error.optional(),
  dockerfile: z.string(),
  request: z.object({
    tags: z.array(z.string()),
    dockerfile: z.string(),
    buildArgs: z.array(z.string()),
    target: z.string(),
    remote: z.string(),
    source: z.string(),
    noCache: z.boolean(),
    pull: z.boolean(),
  }),
});
export type BuildAnswer = z.infer<typeof buildAnswer>;

const step = z.object({
  number: z.number(),
  stage: z.number(),
  stageName: z.string(),
  text: z.string(),
  range,
  after: z.array(z.number()),
  state: z.enum(['waiting', 'running', 'done', 'failed', 'canceled']),
  cached: z.boolean(),
  startedAt: z.string().optional(),
  finishedAt: z.string().optional(),
  image: z.string().optional(),
  log: z.string(),
});
export type BuildStepAnswer = z.infer<typeof step>;

/** One line of `/berth/builds/{id}?follow=1`. */
export const buildLine = z.object({ build: buildAnswer.optional(), steps: z.array(step) });

const summary = buildAnswer.omit({ dockerfile: true, request: true }).extend({
  tags: z.array(z.string()),
  target: z.string(),
  source: z.string(),
  steps: z.number(),
  finished: z.number(),
  cached: z.number(),
});
export type BuildSummaryAnswer = z.infer<typeof summary>;

/** One line of `/berth/builds?follow=1`. */
export const buildHistoryLine = z.object({ set: z.array(summary), remove: z.array(z.string()) });
