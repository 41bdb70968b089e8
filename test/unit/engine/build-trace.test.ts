import { BinaryReader } from '@bufbuild/protobuf/wire';
import { describe, expect, it } from 'vitest';
import { BuildTrace, traceError } from '../../../runtime/engine/api/build-trace.ts';
import { BuildRecorder } from '../../../runtime/engine/build/build-recorder.ts';
import { buildRequestSchema } from '../../../runtime/engine/build/build-request.ts';
import { parseBuildQuery } from '../../../runtime/engine/api/build-routes.ts';
import { Query } from '../../../runtime/engine/api/query.ts';

const range = { startLine: 1, startColumn: 0, endLine: 1, endColumn: 4 };

function recorded(texts: readonly (readonly [stage: number, name: string, text: string])[]): BuildRecorder {
  const recorder = new BuildRecorder(
    '0123456789abcdef',
    buildRequestSchema.parse(parseBuildQuery(new Query(''))),
  );
  recorder.plan(
    'the text',
    texts.map(([stage, stageName, text], index) => ({
      stage,
      stageName,
      text,
      range,
      after: index === 0 ? [] : [index],
    })),
  );
  return recorder;
}

interface Told {
  /** Name of a vertex, and how it stands. */
  readonly vertices: string[];
  readonly logs: string[];
  readonly statuses: string[];
}

/** Reads a StatusResponse; vertices as `name started completed cached error`, as far as they are so. */
function told(message: Uint8Array | undefined): Told {
  const out: Told = { vertices: [], logs: [], statuses: [] };
  for (const [field, bytes] of fieldsOf(message ?? new Uint8Array(0))) {
    const inner = fieldsOf(bytes as Uint8Array);
    const text = (number: number): string =>
      inner
        .filter(([own]) => own === number)
        .map(([, value]) => Buffer.from(value as Uint8Array).toString())
        .join();
    const has = (number: number, word: string): string =>
      inner.some(([own]) => own === number) ? ` ${word}` : '';
    if (field === 1) {
      const error = text(7) === '' ? '' : ` ! ${text(7)}`;
      out.vertices.push(`${text(3)}${has(5, 'started')}${has(6, 'completed')}${has(4, 'cached')}${error}`);
    }
    if (field === 2) out.statuses.push(text(1));
    if (field === 3) out.logs.push(text(4));
  }
  return out;
}

function fieldsOf(message: Uint8Array): [number, Uint8Array | number | string | bigint][] {
  const reader = new BinaryReader(message);
  const fields: [number, Uint8Array | number | string | bigint][] = [];
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag();
    fields.push([field, wire === 2 ? reader.bytes() : reader.int64()]);
  }
  return fields;
}

describe('BuildTrace', () => {
  it('numbers the steps that make layers, for each stage, and leaves out what a stage stands on', () => {
    const recorder = recorded([
      [0, 'tools', 'FROM --platform=linux/amd64 golang:1 AS tools'],
      [0, 'tools', 'ENV A=b'],
      [0, 'tools', 'RUN make'],
      [1, '', 'FROM tools'],
      [1, '', 'WORKDIR /w'],
      [2, '', 'FROM scratch'],
      [2, '', 'copy --from=1 /w /'],
      [2, '', 'FROM $BASE'],
    ]);
    expect(told(new BuildTrace().next(recorder.record)).vertices).toEqual([
      '[internal] load build definition from Dockerfile started',
      '[tools 1/2] FROM docker.io/library/golang:1',
      '[tools 2/2] RUN make',
      '[stage-1 1/1] WORKDIR /w',
      '[stage-2 1/2] copy --from=1 /w /',
      '[stage-2 2/2] FROM $BASE',
    ]);
  });

  it('tells what is new and nothing twice', () => {
    const recorder = recorded([
      [0, '', 'FROM busybox'],
      [0, '', 'RUN echo x'],
    ]);
    const trace = new BuildTrace();
    trace.next(recorder.record);
    expect(trace.next(recorder.record)).toBeUndefined();
    recorder.received(2048);
    expect(told(trace.next(recorder.record)).statuses).toEqual(['transferring context:']);
    expect(trace.next(recorder.record)).toBeUndefined();
    recorder.begin(1);
    expect(told(trace.next(recorder.record)).vertices).toEqual([
      '[internal] load build definition from Dockerfile started completed',
      '[1/2] FROM docker.io/library/busybox:latest started',
    ]);
    recorder.end(1, 'sha256:1', true);
    recorder.begin(2);
    recorder.log(2, 'x\n');
    expect(told(trace.next(recorder.record))).toEqual({
      vertices: [
        '[1/2] FROM docker.io/library/busybox:latest started completed cached',
        '[2/2] RUN echo x started',
      ],
      logs: ['x\n'],
      statuses: [],
    });
    recorder.log(2, 'y\n');
    expect(told(trace.next(recorder.record)).logs).toEqual(['y\n']);
    recorder.end(2, 'sha256:2', false);
    recorder.finish('done', { image: 'sha256:2', names: ['a:latest', 'reg.example/b:2'] });
    expect(told(trace.next(recorder.record))).toEqual({
      vertices: ['[2/2] RUN echo x started completed', 'exporting to image started completed'],
      logs: [],
      statuses: [
        'exporting layers',
        'writing image sha256:2',
        'naming to docker.io/library/a:latest',
        'naming to reg.example/b:2',
      ],
    });
    expect(trace.next(recorder.record)).toBeUndefined();
  });

  it('says on the step what ended it', () => {
    const recorder = recorded([
      [0, '', 'FROM busybox'],
      [0, '', 'RUN false'],
      [0, '', 'RUN never'],
    ]);
    recorder.begin(1);
    recorder.end(1, 'sha256:1', false);
    recorder.begin(2);
    recorder.fail(2, false);
    recorder.finish('failed', {
      error: { message: "The command '/bin/sh -c false' returned a non-zero code: 1", exitCode: 1 },
    });
    const words = 'process "/bin/sh -c false" did not complete successfully: exit code: 1';
    expect(traceError(recorder.record)).toBe(words);
    expect(told(new BuildTrace().next(recorder.record)).vertices.slice(2)).toEqual([
      `[2/3] RUN false started completed ! ${words}`,
      '[3/3] RUN never',
    ]);
  });
});
