// A build as BuildKit's clients follow it: lines `{id: "moby.buildkit.trace", aux}` with a StatusResponse of protobuf in base64. Vertices are
// the steps that make layers, and what goes before and after them.
// https://github.com/moby/buildkit/blob/master/api/services/control/control.proto
import { createHash } from 'node:crypto';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { formatReference, parseImageReference, withDefaultTag } from '../../syntax/image-reference.ts';
import type { BuildRecord, BuildStepRecord } from '../build/build-recorder.ts';

/** One thing that a build does, as it stands. */
interface Vertex {
  readonly digest: string;
  readonly inputs: readonly string[];
  readonly name: string;
  readonly cached: boolean;
  readonly started?: string | undefined;
  readonly completed?: string | undefined;
  readonly error?: string | undefined;
}

/** What a vertex goes through. */
interface Status {
  readonly vertex: string;
  readonly id: string;
  readonly started: string;
  /** While it has not ended, the time of `current`. */
  readonly completed?: string | undefined;
  /** Bytes so far. */
  readonly current?: number;
}

/** Knows what of a build was told. */
export class BuildTrace {
  readonly #told = new Map<string, string>();
  readonly #logLengths = new Map<string, number>();

  /** A StatusResponse of what is new; undefined when nothing is. */
  next(record: BuildRecord): Uint8Array | undefined {
    const writer = new BinaryWriter();
    let isEmpty = true;
    const put = (field: number, message: Uint8Array): void => {
      writer.tag(field, WireType.LengthDelimited).bytes(message);
      isEmpty = false;
    };
    for (const vertex of verticesOf(record)) {
      const text = JSON.stringify(vertex);
      if (this.#told.get(vertex.digest) === text) continue;
      this.#told.set(vertex.digest, text);
      put(1, writeVertex(vertex));
    }
    for (const step of vertexSteps(record)) {
      const digest = digestOf(record, step.number);
      const log = step.log.slice(this.#logLengths.get(digest) ?? 0);
      if (log === '') continue;
      this.#logLengths.set(digest, step.log.length);
      put(3, writeLog(digest, log));
    }
    for (const status of [...transferOf(record), ...exportOf(record)]) {
      const text = JSON.stringify(status);
      if (this.#told.get(status.id) === text) continue;
      this.#told.set(status.id, text);
      put(2, writeStatus(status));
    }
    return isEmpty ? undefined : writer.finish();
  }
}

/** Instructions that make a layer; the others are part of what comes of these. */
const layered = new Set(['FROM', 'RUN', 'COPY', 'ADD', 'WORKDIR']);

function vertexSteps(record: BuildRecord): BuildStepRecord[] {
  return record.steps.filter((step) => isVertex(step, record));
}

/** When the build had its files and began with its steps. */
function loadedAt({ dockerfile, steps, finishedAt }: BuildRecord): string | undefined {
  if (dockerfile === '') return undefined;
  return steps.find(({ startedAt }) => startedAt !== undefined)?.startedAt ?? finishedAt;
}

function verticesOf(record: BuildRecord): Vertex[] {
  const { steps, startedAt, finishedAt, state, error } = record;
  const told = vertexSteps(record);
  const loaded = loadedAt(record);
  const loading: Vertex = {
    digest: digestOf(record, 'load'),
    inputs: [],
    name: `[internal] load build definition from ${record.request.dockerfile}`,
    cached: false,
    started: startedAt,
    completed: loaded ?? finishedAt,
    error: loaded === undefined ? error?.message : undefined,
  };
  const vertices = [loading];
  const counts = new Map<number, { at: number; of: number }>();
  for (const step of told) {
    const count = counts.get(step.stage) ?? { at: 0, of: 0 };
    counts.set(step.stage, { ...count, of: count.of + 1 });
  }
  const stages = new Set(steps.map(({ stage }) => stage));
  for (const step of told) {
    const count = counts.get(step.stage) ?? { at: 0, of: 0 };
    count.at += 1;
    counts.set(step.stage, count);
    const stage = stages.size === 1 ? '' : `${step.stageName || `stage-${String(step.stage)}`} `;
    // What failed is over when the reason is known.
    const isOver =
      step.state === 'done' || step.state === 'canceled' || (step.state === 'failed' && error !== undefined);
    // One that was never begun is told as one that is to come.
    const started = step.startedAt ?? (step.state === 'done' ? step.finishedAt : undefined);
    vertices.push({
      digest: digestOf(record, step.number),
      inputs: inputsOf(record, step),
      name: `[${stage}${String(count.at)}/${String(count.of)}] ${textOf(step)}`,
      cached: step.cached,
      started,
      completed: isOver && started !== undefined ? (step.finishedAt ?? finishedAt) : undefined,
      error:
        step.state === 'failed'
          ? traceError(record)
          : step.state === 'canceled' && started !== undefined
            ? 'context canceled'
            : undefined,
    });
  }
  if (state === 'done') {
    const last = told.at(-1);
    vertices.push({
      ...{ digest: digestOf(record, 'export'), name: 'exporting to image', cached: false },
      inputs: last === undefined ? [] : [digestOf(record, last.number)],
      ...{ started: last?.finishedAt ?? finishedAt, completed: finishedAt },
    });
  }
  return vertices;
}

/** What ended a build, in BuildKit's words where it was a command, else `otherwise`. */
export function traceError(
  { error, steps }: Pick<BuildRecord, 'error' | 'steps'>,
  otherwise = error?.message,
): string | undefined {
  if (error?.exitCode === undefined) return otherwise;
  const failed = steps.find(({ state }) => state === 'failed');
  const [, command] = /^The command '(.*)' returned a non-zero code: \d+$/s.exec(error.message) ?? [];
  const process = command ?? failed?.text ?? '';
  return `process ${JSON.stringify(process)} did not complete successfully: exit code: ${String(error.exitCode)}`;
}

/** Whether a step is told as one: a stage that stands on nothing or on another has nothing to tell of its FROM. */
function isVertex({ text, stage }: BuildStepRecord, { steps }: Pick<BuildRecord, 'steps'>): boolean {
  if (!layered.has((/^\s*(\S+)/.exec(text)?.[1] ?? '').toUpperCase())) return false;
  const image = imageOf(text)?.toLowerCase();
  return image !== 'scratch' && !steps.some((other) => other.stage < stage && other.stageName === image);
}

/** What a FROM names. */
function imageOf(text: string): string | undefined {
  return /^FROM\s+(?:--\S+\s+)*(\S+)/i.exec(text)?.[1];
}

/** A step as BuildKit writes it: an image by its full name. */
function textOf({ text }: BuildStepRecord): string {
  const image = imageOf(text);
  if (image === undefined) return text;
  try {
    return `FROM ${formatReference(withDefaultTag(parseImageReference(image)))}`;
  } catch {
    return text; // Its name has variables.
  }
}

/** The nearest vertices before a step. */
function inputsOf(record: BuildRecord, step: BuildStepRecord): string[] {
  return step.after.flatMap((number) => {
    const before = record.steps[number - 1];
    if (before === undefined) return [];
    return isVertex(before, record) ? [digestOf(record, before.number)] : inputsOf(record, before);
  });
}

/** The way of the context from the client, as far as it is known. */
function transferOf(record: BuildRecord): Status[] {
  const { contextBytes, startedAt } = record;
  if (contextBytes === undefined) return [];
  const vertex = digestOf(record, 'load');
  return [
    {
      vertex,
      id: 'transferring context:',
      started: startedAt,
      completed: loadedAt(record),
      current: contextBytes,
    },
  ];
}

function exportOf(record: BuildRecord): Status[] {
  if (record.state !== 'done') return [];
  const vertex = digestOf(record, 'export');
  const time = record.finishedAt ?? record.startedAt;
  return [
    'exporting layers',
    `writing image ${record.image ?? ''}`,
    ...record.names.map((name) => `naming to ${formatReference(parseImageReference(name))}`),
  ].map((id) => ({ vertex, id, started: time, completed: time }));
}

function digestOf({ id }: BuildRecord, part: number | string): string {
  return `sha256:${createHash('sha256')
    .update(`${id} ${String(part)}`)
    .digest('hex')}`;
}

function writeVertex({ digest, inputs, name, cached, started, completed, error }: Vertex): Uint8Array {
  const writer = new BinaryWriter().tag(1, WireType.LengthDelimited).string(digest);
  for (const input of inputs) writer.tag(2, WireType.LengthDelimited).string(input);
  writer.tag(3, WireType.LengthDelimited).string(name);
  if (cached) writer.tag(4, WireType.Varint).bool(true);
  if (started !== undefined) writeTime(writer, 5, started);
  if (completed !== undefined) writeTime(writer, 6, completed);
  if (error !== undefined) writer.tag(7, WireType.LengthDelimited).string(error);
  return writer.finish();
}

function writeStatus({ vertex, id, started, completed, current }: Status): Uint8Array {
  const writer = new BinaryWriter();
  writer.tag(1, WireType.LengthDelimited).string(id).tag(2, WireType.LengthDelimited).string(vertex);
  if (current !== undefined) writer.tag(4, WireType.Varint).int64(current);
  writeTime(writer, 6, completed ?? new Date().toISOString());
  writeTime(writer, 7, started);
  if (completed !== undefined) writeTime(writer, 8, completed);
  return writer.finish();
}

function writeLog(vertex: string, text: string): Uint8Array {
  const writer = new BinaryWriter().tag(1, WireType.LengthDelimited).string(vertex);
  writeTime(writer, 2, new Date().toISOString());
  writer.tag(3, WireType.Varint).int64(1);
  return writer.tag(4, WireType.LengthDelimited).bytes(Buffer.from(text)).finish();
}

/** A google.protobuf.Timestamp. */
function writeTime(writer: BinaryWriter, field: number, time: string): void {
  const ms = Date.parse(time);
  writer.tag(field, WireType.LengthDelimited).fork();
  writer.tag(1, WireType.Varint).int64(Math.floor(ms / 1000));
  writer.tag(2, WireType.Varint).int32((ms % 1000) * 1_000_000);
  writer.join();
}
