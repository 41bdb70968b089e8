import { describe, expect, it } from 'vitest';
import {
  createdState,
  parseContainerRecord,
  recordSchemaVersion,
} from '../../../runtime/engine/containers/container-record.ts';
import {
  checkRestartPolicy,
  nextDelayMs,
  startsAgain,
  startsWithEngine,
} from '../../../runtime/engine/containers/restart-policy.ts';
import { testContainer } from './test-container.ts';

const policy = (Name: string, MaximumRetryCount = 0) => ({ Name, MaximumRetryCount });
const run = (exitCode: number, restartCount = 0, manuallyStopped = false) => ({
  exitCode,
  restartCount,
  manuallyStopped,
});

describe('a restart policy', () => {
  it.each([
    ['no', 0, run(1), false],
    ['', 0, run(1), false],
    ['always', 0, run(0), true],
    ['always', 0, run(0, 1000, true), true],
    ['unless-stopped', 0, run(0), true],
    ['unless-stopped', 0, run(0, 0, true), false],
    ['on-failure', 0, run(0), false],
    ['on-failure', 0, run(1, 1000), true],
    ['on-failure', 2, run(1, 1), true],
    ['on-failure', 2, run(1, 2), false],
  ])('%s (%i) after %j', (name, retries, ended, again) => {
    expect(startsAgain(policy(name, retries), ended)).toBe(again);
  });

  it('does not take a stop on purpose for a failure when the engine starts', () => {
    expect(startsWithEngine(policy('on-failure'), run(137, 0, true))).toBe(false);
    expect(startsWithEngine(policy('on-failure'), run(137, 0, false))).toBe(true);
    expect(startsWithEngine(policy('always'), run(137, 0, true))).toBe(true);
  });

  it('waits twice as long each time, up to a minute, and anew after ten seconds of life', () => {
    const delays: number[] = [];
    for (let delay = nextDelayMs(0, 0); delays.length < 12; delay = nextDelayMs(delay, 9_999))
      delays.push(delay);
    expect(delays).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 12800, 25600, 51200, 60000, 60000]);
    expect(nextDelayMs(60_000, 10_000)).toBe(100);
  });

  it.each([
    [
      'sometimes',
      0,
      "unknown policy 'sometimes'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'",
    ],
    ['always', 3, "maximum retry count can only be used with 'on-failure'"],
    ['no', -1, "maximum retry count can only be used with 'on-failure' and cannot be negative"],
    ['on-failure', -1, 'maximum retry count cannot be negative'],
  ])('%s with %i retries is refused', (name, retries, message) => {
    expect(() => checkRestartPolicy(policy(name, retries))).toThrow(`invalid restart policy: ${message}`);
  });
});

describe('the record of a container', () => {
  it('of the first version is read as one of this version', () => {
    const { record } = testContainer('old');
    const { restartCount, manuallyStopped, ...state } = createdState;
    const { links, networks, ...rest } = record;
    expect([restartCount, manuallyStopped, links, networks]).toEqual([0, false, [], []]);
    const first = JSON.parse(JSON.stringify({ ...rest, state, schema: 1, macAddress: '' })) as unknown;
    const [wish] = parseContainerRecord(first).networks;
    expect(wish).toMatchObject({ name: 'bridge', mac: '' });
    expect(parseContainerRecord(first)).toEqual({ ...record, networks: [wish] });
    expect(record.schema).toBe(recordSchemaVersion);
  });

  it('of a newer version is refused in words', () => {
    expect(() => parseContainerRecord({ schema: recordSchemaVersion + 1 })).toThrow(
      'it was written by a newer version of the engine',
    );
  });
});
