// Times of a log: which part is read, and how a line's time is written.
import { describe, expect, it } from 'vitest';
import { formatLogStamp, formatLogTime } from '../../../renderer/src/logs/log-time.ts';
import { boundsOf, fieldOf, momentOf } from '../../../renderer/src/logs/time-range.ts';

const nowMs = new Date(2026, 2, 14, 15, 9, 26, 535).getTime();

describe('boundsOf', () => {
  it('counts back from now, or from midnight here', () => {
    expect(boundsOf({ kind: 'all' }, nowMs)).toEqual({ sinceMs: null, untilMs: null });
    expect(boundsOf({ kind: 'quarter' }, nowMs).sinceMs).toBe(nowMs - 900_000);
    expect(boundsOf({ kind: 'hour' }, nowMs).sinceMs).toBe(nowMs - 3_600_000);
    expect(boundsOf({ kind: 'today' }, nowMs).sinceMs).toBe(new Date(2026, 2, 14).getTime());
    expect(boundsOf({ kind: 'custom', fromMs: null, toMs: 7 }, nowMs)).toEqual({ sinceMs: null, untilMs: 7 });
  });
});

describe('the field of a moment', () => {
  it('goes there and back to the second', () => {
    expect(fieldOf(nowMs)).toBe('2026-03-14T15:09:26');
    expect(momentOf(fieldOf(nowMs))).toBe(nowMs - 535);
  });
  it('tells an open end from nonsense', () => {
    expect([fieldOf(null), momentOf(''), momentOf('soon')]).toEqual(['', null, undefined]);
  });
});

describe('the time of a line', () => {
  it('is local or UTC', () => {
    expect(formatLogTime(nowMs, 'local')).toBe('15:09:26.535');
    expect(formatLogTime(Date.UTC(2026, 0, 2, 3, 4, 5, 6), 'utc')).toBe('03:04:05.006Z');
  });
  it('is the same moment when written whole', () => {
    const stamp = formatLogStamp(nowMs, 'local');
    expect(stamp).toMatch(/^2026-03-14T15:09:26\.535[+-]\d\d:\d\d$/);
    expect(Date.parse(stamp)).toBe(nowMs);
    expect(formatLogStamp(nowMs, 'utc')).toBe(new Date(nowMs).toISOString());
  });
});
