// What the details make of what the engine tells: rates of counters, limits and policies in words, processes in order.
import { describe, expect, it } from 'vitest';
import {
  environmentOf,
  healthChecks,
  inspectedContainer,
  limitsOf,
  restartPolicyText,
} from '../../../renderer/src/pages/containers/inspected-container.ts';
import { processesById, sortProcesses } from '../../../renderer/src/pages/containers/process-list.ts';
import { recordMs, usageSeries, withPoint } from '../../../renderer/src/pages/containers/usage-series.ts';
import type { StatsPoint } from '../../../renderer/src/state/stats-history.ts';

function point(timeMs: number, receivedBytes: number, cpuPercent: number | null = 1): StatsPoint {
  return {
    id: 'a',
    timeMs,
    cpuPercent,
    memoryBytes: 5,
    memoryLimitBytes: 10,
    receivedBytes,
    sentBytes: 0,
    readBytes: 0,
    writtenBytes: 0,
    pids: 1,
  };
}

describe('usageSeries', () => {
  it('turns counters into growth a second', () => {
    const series = usageSeries([point(1000, 0, null), point(2000, 500), point(4000, 1500)]);
    expect(series.times).toEqual([1, 2, 4]);
    expect(series.received).toEqual([null, 500, 500]);
    expect(series.cpuPercent).toEqual([null, 1, 1]);
  });
  it('knows no growth where a counter began anew', () =>
    expect(usageSeries([point(1000, 900), point(2000, 10)]).received).toEqual([null, null]));
  it('has a hole where nothing was measured', () => {
    const series = usageSeries([point(1000, 0), point(2000, 1), point(60_000, 2)]);
    expect(series.times).toEqual([1, 2, 2.001, 60]);
    expect(series.memoryBytes).toEqual([5, 5, null, 5]);
    expect(series.received).toEqual([null, 1, null, null]);
  });
  it('keeps ten minutes, and takes no sample twice', () => {
    const first = [point(0, 0), point(1000, 0)];
    expect(withPoint(first, point(1000, 5))).toBe(first);
    expect(withPoint(first, point(recordMs, 0)).map(({ timeMs }) => timeMs)).toEqual([1000, recordMs]);
    expect(withPoint(first, point(recordMs * 3, 0))).toHaveLength(1);
  });
});

describe('an inspected container', () => {
  const read = (host: object, rest: object = {}) =>
    inspectedContainer.parse({ State: {}, Config: {}, HostConfig: host, ...rest });
  it.each([
    [{}, 0, 'never restarts by itself'],
    [{ RestartPolicy: { Name: 'no', MaximumRetryCount: 0 } }, 0, 'never restarts by itself'],
    [{ RestartPolicy: { Name: 'always', MaximumRetryCount: 0 } }, 1, 'always · restarted 1 time'],
    [{ RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 3 } }, 0, 'on-failure, at most 3 times'],
  ])('%j restarted %i times: %s', (host, RestartCount, text) =>
    expect(restartPolicyText(read(host, { RestartCount }))).toBe(text),
  );
  it('tells its limits, and none where there are none', () => {
    expect(limitsOf(read({ Memory: 0, NanoCpus: 0, PidsLimit: null }))).toEqual([]);
    const limits = limitsOf(read({ Memory: 512e6, MemorySwap: -1, NanoCpus: 1.5e9, PidsLimit: 20 }));
    expect(limits).toEqual([
      ['CPUs', '1.5'],
      ['memory', '512 MB'],
      ['memory and swap', 'unlimited'],
      ['processes', '20'],
    ]);
    expect(limitsOf(read({ CpuQuota: 50_000, CpuPeriod: 100_000 }))).toEqual([['CPUs', '0.5']]);
  });
  it('splits variables at the first equals sign', () =>
    expect(environmentOf(read({}, { Config: { Env: ['A=b=c', 'EMPTY=', 'BARE'] } }))).toEqual([
      ['A', 'b=c'],
      ['EMPTY', ''],
      ['BARE', ''],
    ]));
  it('tells health checks, the newest first', () => {
    const Log = [
      { Start: '2024-01-01T00:00:00Z', ExitCode: 1, Output: ' bad\n' },
      { Start: 'no time', ExitCode: 0, Output: null },
    ];
    expect(
      healthChecks(read({}, { State: { Health: { Log } } })).map((check) => [check.startMs, check.output]),
    ).toEqual([
      [undefined, ''],
      [Date.UTC(2024, 0, 1), 'bad'],
    ]);
  });
});

describe('processes', () => {
  const titles = ['UID', 'PID', 'C', 'CMD'];
  const table = {
    titles,
    processes: [
      ['root', '100', '2', 'a'],
      ['root', '20', '11', 'b'],
      ['root', '3', '2', 'c'],
    ],
  };
  const sorted = (title: string, ascending: boolean) =>
    sortProcesses(titles, processesById(table), title, ascending);
  it('are ordered by number, equal ones by id', () => {
    expect(sorted('PID', true)).toEqual(['3', '20', '100']);
    expect(sorted('C', false)).toEqual(['20', '3', '100']);
  });
  it('are known by their place where ps tells no ids', () =>
    expect([...processesById({ titles: ['CMD'], processes: [['x'], ['x']] }).keys()]).toEqual(['0', '1']));
});
