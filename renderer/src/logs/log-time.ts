// The time of a log line: short in the view, whole for a file and for whoever points at it; local or UTC.

const two = (value: number): string => String(value).padStart(2, '0');
const three = (value: number): string => String(value).padStart(3, '0');

/** `14:02:11.084`, or `13:02:11.084Z`; cheap enough for every visible line. */
export function formatLogTime(ms: number, zone: 'local' | 'utc'): string {
  const date = new Date(ms);
  return zone === 'utc'
    ? `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}.${three(date.getUTCMilliseconds())}Z`
    : `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${three(date.getMilliseconds())}`;
}

/** RFC 3339 with milliseconds: `2026-01-02T14:02:11.084+01:00`, or with `Z`. */
export function formatLogStamp(ms: number, zone: 'local' | 'utc'): string {
  const date = new Date(ms);
  if (zone === 'utc') return date.toISOString();
  const aheadMinutes = -date.getTimezoneOffset();
  const ahead = Math.abs(aheadMinutes);
  const offset = `${aheadMinutes < 0 ? '-' : '+'}${two(Math.floor(ahead / 60))}:${two(ahead % 60)}`;
  return new Date(ms + aheadMinutes * 60_000).toISOString().replace('Z', offset);
}
