// Records of a log to what a client is sent: the quick way and the parsing one must say the same.
import { describe, expect, it } from 'vitest';
import { formatTime, parseTime } from '../../runtime/engine/containers/log-record.ts';
import { LogRenderer } from '../../runtime/engine/containers/log-renderer.ts';
import type { LogRequest } from '../../runtime/engine/services.ts';

const all: LogRequest = {
  stdout: true,
  stderr: true,
  follow: false,
  timestamps: false,
  details: false,
  tail: undefined,
  since: undefined,
  until: undefined,
};

interface Written {
  readonly log: string;
  readonly stream: 'stdout' | 'stderr';
  readonly time: string;
}

const second = '2026-01-02T03:04:05';

/** As the monitor and Docker write it. */
const inOneForm = ({ log, stream, time }: Written): string =>
  `${JSON.stringify({ log, stream, time }).replaceAll('\u2028', '\\u2028')}\n`;

/** The same record in an order that only a parser takes. */
const inAnother = ({ log, stream, time }: Written): string => `${JSON.stringify({ time, stream, log })}\n`;

const render = (text: string | Buffer, request: Partial<LogRequest> = {}, tty = false): string =>
  new LogRenderer({ format: 'json-file', tty }, { ...all, ...request })
    .render(Buffer.from(text))
    .toString('latin1');

/** What is sent of records, worked out from what was written. */
function expected(records: readonly Written[], timestamps: boolean): string {
  return records
    .map(({ log, stream, time }) => {
      const text = Buffer.from((timestamps ? `${formatTime(parseTime(time))} ` : '') + log);
      const head = Buffer.from([stream === 'stderr' ? 2 : 1, 0, 0, 0, 0, 0, 0, 0]);
      head.writeUInt32BE(text.length, 4);
      return Buffer.concat([head, text]).toString('latin1');
    })
    .join('');
}

const records: readonly Written[] = [
  { log: 'plain\n', stream: 'stdout', time: `${second}.123456789Z` },
  { log: 'piece without an end', stream: 'stderr', time: `${second}.1Z` },
  { log: '\n', stream: 'stdout', time: `${second}Z` },
  { log: '', stream: 'stdout', time: `${second}.000000001Z` },
  { log: 'says "so"\n', stream: 'stdout', time: `${second}.5Z` },
  { log: 'C:\\new\\n\n', stream: 'stdout', time: `${second}.5Z` },
  { log: 'ends with a backslash\\', stream: 'stdout', time: `${second}.5Z` },
  { log: 'two ends\n\n', stream: 'stdout', time: `${second}.5Z` },
  { log: '\u001b[31mred\u001b[0m\t\u0000\u2028 é 漢 😀\n', stream: 'stderr', time: `${second}.5Z` },
  { log: '","stream":"stdout","time":"2020-01-01T00:00:00Z"}\n', stream: 'stderr', time: `${second}.5Z` },
  { log: `${'x'.repeat(16_384)}`, stream: 'stdout', time: '2026-01-02T03:04:06.9Z' },
];

describe('a log rendered', () => {
  for (const timestamps of [false, true]) {
    it(`says the same of records in any form, ${timestamps ? 'with' : 'without'} times`, () => {
      const wanted = expected(records, timestamps);
      expect(render(records.map(inOneForm).join(''), { timestamps })).toBe(wanted);
      expect(render(records.map(inAnother).join(''), { timestamps })).toBe(wanted);
      const mixed = records.map((record, index) => (index % 2 === 0 ? inOneForm(record) : inAnother(record)));
      expect(render(mixed.join(''), { timestamps })).toBe(wanted);
    });
  }

  it('gives bare text for a terminal', () => {
    expect(render(records.map(inOneForm).join(''), {}, true)).toBe(
      Buffer.from(records.map(({ log }) => log).join('')).toString('latin1'),
    );
  });

  it('keeps what is of one stream', () => {
    const text = records.map(inOneForm).join('');
    const errors = records.filter(({ stream }) => stream === 'stderr');
    expect(render(text, { stdout: false })).toBe(expected(errors, false));
  });

  it('keeps what lies between two times, both included, and knows when there is no more', () => {
    const times = ['.000000001Z', '.5Z', '.50000001Z', '.9Z'].map((fraction) => second + fraction);
    const written = times.map((time): Written => ({ log: `${time}\n`, stream: 'stdout', time }));
    const bounds = { since: parseTime(times[1] ?? ''), until: parseTime(times[2] ?? '') };
    for (const form of [inOneForm, inAnother]) {
      const renderer = new LogRenderer({ format: 'json-file', tty: false }, { ...all, ...bounds });
      const sent = renderer.render(Buffer.from(written.map(form).join('')));
      expect(sent.toString('latin1')).toBe(expected(written.slice(1, 3), false));
      expect(renderer.beyond).toBe(true);
    }
  });

  it('leaves out what is no record', () => {
    const whole = inOneForm({ log: 'whole\n', stream: 'stdout', time: `${second}.5Z` });
    const torn = [
      whole.slice(0, 20),
      whole.replace(second, '2026-13-41T03:04:05').replace('"log"', '"lag"'),
      whole.replace('whole', 'who"le'),
      whole.replace('whole', 'who\\le'),
      '\0'.repeat(80),
      '{}',
      '',
    ].map((line) => `${line.trimEnd()}\n`);
    expect(render(torn.join(whole))).toBe(
      expected(
        torn.slice(1).map((): Written => ({ log: 'whole\n', stream: 'stdout', time: `${second}.5Z` })),
        false,
      ),
    );
  });

  it('sends valid UTF-8 whatever was written', () => {
    const line = Buffer.from(inOneForm({ log: 'a?b\n', stream: 'stdout', time: `${second}.5Z` }));
    line[line.indexOf('?')] = 0xff;
    expect(Buffer.from(render(line), 'latin1').subarray(8).toString()).toBe('a\ufffdb\n');
  });
});
