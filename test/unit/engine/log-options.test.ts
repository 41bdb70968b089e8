// What log drivers take and what their options mean, in the words of dockerd 20.10.
import { describe, expect, it } from 'vitest';
import { attributesJson, logConfigProblem, logPlan } from '../../../runtime/engine/containers/log-options.ts';
import { containerConfig, hostConfig } from '../../../runtime/engine/types.ts';
import { testContainer } from './test-container.ts';

type Options = Readonly<Record<string, string>>;

const plan = (Type: string, Config: Options, config: object = {}) =>
  logPlan({
    ...testContainer('web').record,
    id: 'a'.repeat(64),
    imageId: `sha256:${'b'.repeat(64)}`,
    config: containerConfig.parse({ Image: 'busybox:1', ...config }),
    hostConfig: hostConfig.parse({ LogConfig: { Type, Config } }),
  });
const problem = (Type: string, Config: Options) =>
  logConfigProblem(hostConfig.parse({ LogConfig: { Type, Config } }).LogConfig)?.message;

describe('creating', () => {
  it.each<[string, Options, string | undefined]>([
    ['', { anything: 'x' }, "unknown log opt 'anything' for json-file log driver"],
    ['json-file', { 'max-size': 'x', 'labels-regex': '(' }, undefined],
    ['json-file', { mode: 'blocking' }, undefined],
    ['json-file', { mode: 'non-blocking', 'max-buffer-size': '4m' }, undefined],
    ['json-file', { nosuch: '1' }, "unknown log opt 'nosuch' for json-file log driver"],
    ['local', { labels: 'a' }, "unknown log opt 'labels' for log driver local"],
    ['none', { x: 'y' }, undefined],
    ['nosuch', {}, 'error looking up logging plugin nosuch: plugin "nosuch" not found'],
    ['local', { mode: 'odd' }, 'logger: logging mode not supported: odd'],
    [
      'json-file',
      { 'max-buffer-size': '1m' },
      "logger: max-buffer-size option is only supported with 'mode=non-blocking'",
    ],
    [
      'json-file',
      { mode: 'non-blocking', 'max-buffer-size': 'x' },
      "error parsing option max-buffer-size: invalid size: 'x'",
    ],
  ])('%s %o: %s', (driver, options, expected) => {
    expect(problem(driver, options)).toBe(expected);
  });
});

describe('starting', () => {
  it.each<[string, Options, string]>([
    ['json-file', { 'max-size': 'x' }, "invalid size: 'x'"],
    ['json-file', { 'max-size': '0' }, 'max-size must be a positive number'],
    ['json-file', { 'max-size': '-1' }, "invalid size: '-1'"],
    ['json-file', { 'max-file': '0' }, 'max-file cannot be less than 1'],
    ['json-file', { 'max-file': 'a' }, 'strconv.Atoi: parsing "a": invalid syntax'],
    [
      'json-file',
      { compress: 'true' },
      'compress cannot be true when max-file is less than 2 or max-size is not set',
    ],
    [
      'json-file',
      { compress: 'maybe', 'max-file': '2' },
      'strconv.ParseBool: parsing "maybe": invalid syntax',
    ],
    [
      'json-file',
      { tag: '{{.Nope}}' },
      `template: log-tag:1:2: executing "log-tag" at <.Nope>: can't evaluate field Nope in type *logger.Info`,
    ],
    ['json-file', { tag: '{{' }, 'template: log-tag:1: unclosed action'],
    ['local', { 'max-size': 'x' }, "invalid value for max-size: x: invalid size: 'x'"],
    ['local', { 'max-file': '1' }, 'compression cannot be enabled when max file count is 1'],
    ['local', { 'max-file': '-1', compress: 'false' }, 'max file count cannot be less than 0'],
    [
      'local',
      { compress: 'x' },
      'error reading compress log option: strconv.ParseBool: parsing "x": invalid syntax',
    ],
  ])('%s %o: %s', (driver, options, expected) => {
    expect(() => plan(driver, options)).toThrow(`failed to initialize logging driver: ${expected}`);
  });

  it('takes defaults, and units of 1000', () => {
    expect(plan('json-file', {})).toMatchObject({ maxSizeBytes: 0, maxFiles: 1, compress: false });
    expect(plan('local', {})).toMatchObject({ maxSizeBytes: 20 << 20, maxFiles: 5, compress: true });
    expect(plan('local', {})?.maxBufferBytes).toBeUndefined();
    expect(plan('local', { mode: 'non-blocking' })).toMatchObject({ maxBufferBytes: 1e6 });
    expect(plan('json-file', { mode: 'non-blocking', 'max-buffer-size': '4m' })).toMatchObject({
      maxBufferBytes: 4 << 20,
    });
    expect(plan('json-file', { 'max-size': '10k', 'max-file': '3' })?.maxSizeBytes).toBe(10_000);
    expect(plan('json-file', { 'max-size': '1.5MB' })?.maxSizeBytes).toBe(1_500_000);
    expect(plan('none', {})).toBeUndefined();
  });

  it('chooses attributes by name and by pattern, and fills in a tag', () => {
    const { attributes } =
      plan(
        'json-file',
        {
          labels: 'one,missing',
          'labels-regex': '^z',
          env: 'A',
          'env-regex': 'B$',
          tag: '{{.Name}}/{{ .ID }}/{{.ImageID}}/{{.ImageName}}/{{.DaemonName}}',
        },
        { Labels: { one: '<1>', zed: 'z', other: 'o' }, Env: ['A=x=y', 'AB=', 'C=1', 'D'] },
      ) ?? {};
    expect([...(attributes ?? [])]).toEqual([
      ['A', 'x=y'],
      ['AB', ''],
      ['one', '<1>'],
      ['tag', 'web/aaaaaaaaaaaa/sha256:bbbbb/busybox:1/docker'],
      ['zed', 'z'],
    ]);
    expect(attributesJson(new Map([['__proto__', '<&>\u2028"']]))).toBe(
      '{"__proto__":"\\u003c\\u0026\\u003e\\u2028\\""}',
    );
  });
});
