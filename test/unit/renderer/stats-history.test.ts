// The last minute of what containers use.
import { describe, expect, it } from 'vitest';
import type { StatsSample } from '../../../runtime/contract/streams.ts';
import { withSamples, type StatsHistory } from '../../../renderer/src/state/stats-history.ts';

function sample(id: string, memoryBytes = 1): StatsSample {
  return {
    id,
    cpuPercent: null,
    memoryBytes,
    memoryLimitBytes: 100,
    receivedBytes: 0,
    sentBytes: 0,
    readBytes: 0,
    writtenBytes: 0,
    pids: 1,
  };
}

const none: StatsHistory = new Map();
const times = (history: StatsHistory, id: string) => history.get(id)?.map((point) => point.timeMs);

describe('withSamples', () => {
  it('appends a point to every container that was measured', () => {
    const one = withSamples(none, { timeMs: 1000, samples: [sample('a'), sample('b')] });
    const two = withSamples(one, { timeMs: 2000, samples: [sample('a', 7)] });
    expect(times(two, 'a')).toEqual([1000, 2000]);
    expect(two.get('a')?.at(-1)?.memoryBytes).toBe(7);
    expect(two.get('b')).toBe(one.get('b'));
  });

  it('keeps a minute, and forgets a container of which nothing is left', () => {
    let history = none;
    for (let second = 1; second <= 90; second++) {
      const samples = second < 20 ? [sample('a'), sample('gone')] : [sample('a')];
      history = withSamples(history, { timeMs: second * 1000, samples });
    }
    expect(times(history, 'a')).toHaveLength(60);
    expect(times(history, 'a')?.[0]).toBe(31_000);
    expect(history.has('gone')).toBe(false);
  });

  it('shows the gap of a container that was away', () => {
    let history = withSamples(none, { timeMs: 1000, samples: [sample('a')] });
    history = withSamples(history, { timeMs: 2000, samples: [] });
    history = withSamples(history, { timeMs: 3000, samples: [sample('a')] });
    expect(times(history, 'a')).toEqual([1000, 3000]);
  });
});
