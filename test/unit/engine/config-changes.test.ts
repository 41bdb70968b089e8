// What `docker commit --change` makes of a configuration, and paths and modes of `docker cp`.
import { describe, expect, it } from 'vitest';
import { changedConfig, mergedConfig } from '../../../runtime/engine/containers/config-changes.ts';
import {
  containerPath,
  goFileMode,
  pathStatHeader,
} from '../../../runtime/engine/containers/container-path.ts';
import { containerConfig } from '../../../runtime/engine/types.ts';

const base = containerConfig.parse({
  Env: ['PATH=/bin', 'A=1'],
  Cmd: ['sh'],
  WorkingDir: '/w',
  Labels: { l: 'm' },
});

describe('a change', () => {
  it.each<[line: string, expected: object]>([
    ['CMD ["a", "b c"]', { Cmd: ['a', 'b c'] }],
    ['cmd a "b"  c', { Cmd: ['/bin/sh', '-c', 'a "b"  c'] }],
    ['CMD [a]', { Cmd: ['/bin/sh', '-c', '[a]'] }],
    ['ENTRYPOINT ["x"]', { Entrypoint: ['x'], Cmd: null }],
    ['CMD ["y"]\nENTRYPOINT ["x"]', { Entrypoint: ['x'], Cmd: ['y'] }],
    ['ENV B=2', { Env: ['PATH=/bin', 'A=1', 'B=2'] }],
    ['ENV A=2 B=$A', { Env: ['PATH=/bin', 'A=2', 'B=1'] }],
    ['ENV PATH="$PATH:/x y"', { Env: ['PATH=/bin:/x y', 'A=1'] }],
    ["ENV B='$A'", { Env: ['PATH=/bin', 'A=1', 'B=$A'] }],
    ['ENV B all the rest', { Env: ['PATH=/bin', 'A=1', 'B=all the rest'] }],
    ['ENV B=${N:-none}${A:+some}${N+x}', { Env: ['PATH=/bin', 'A=1', 'B=nonesome'] }],
    ['ENV B=a\\ b\\$A', { Env: ['PATH=/bin', 'A=1', 'B=a b$A'] }],
    ['LABEL x=1 "y z"="a b"', { Labels: { l: 'm', x: '1', 'y z': 'a b' } }],
    ['LABEL __proto__=x', { Labels: JSON.parse('{"l":"m","__proto__":"x"}') as object }],
    [
      'EXPOSE 80 90/udp 100-101',
      { ExposedPorts: { '80/tcp': {}, '90/udp': {}, '100/tcp': {}, '101/tcp': {} } },
    ],
    ['VOLUME /a /b', { Volumes: { '/a': {}, '/b': {} } }],
    ['VOLUME ["/a b"]', { Volumes: { '/a b': {} } }],
    ['WORKDIR x\nWORKDIR ../y', { WorkingDir: '/w/y' }],
    ['WORKDIR /$A', { WorkingDir: '/1' }],
    ['USER u:g', { User: 'u:g' }],
    ['STOPSIGNAL SIGINT', { StopSignal: 'SIGINT' }],
    ['ONBUILD RUN make it', { OnBuild: ['RUN make it'] }],
    ['# a comment\nENV \\\n  B=2', { Env: ['PATH=/bin', 'A=1', 'B=2'] }],
    [
      'HEALTHCHECK --interval=1m30s --retries=3 CMD curl x',
      { Healthcheck: { Test: ['CMD-SHELL', 'curl x'], Interval: 90e9, Retries: 3 } },
    ],
    ['HEALTHCHECK NONE', { Healthcheck: { Test: ['NONE'] } }],
  ])('%s', (line, expected) => {
    expect(changedConfig(base, [line])).toMatchObject(expected);
  });

  it.each<[line: string, message: string]>([
    ['RUN x', 'run is not a valid change command'],
    ['FROM x', 'from is not a valid change command'],
    ['ENV', 'ENV requires at least one argument'],
    ['ENV A', 'ENV must have two arguments'],
    ['ENV A=1 b', 'Syntax error - can\'t find = in "b". Must be of the form: name=value'],
    ['ENV =1', 'ENV names can not be blank'],
    ["ENV A='x", 'unexpected end of statement while looking for matching single-quote'],
    ['ENV A="x', 'unexpected end of statement while looking for matching double-quote'],
    ['ENV B=${N:?gone}', 'N: gone'],
    ['EXPOSE', 'EXPOSE requires at least one argument'],
    ['EXPOSE x', 'invalid port specification: "x/tcp"'],
    ['USER', 'USER requires exactly one argument'],
    ['ONBUILD ONBUILD RUN x', "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed"],
    ['ONBUILD FROM x', "FROM isn't allowed as an ONBUILD trigger"],
    ['HEALTHCHECK x', 'Unknown type "X" in HEALTHCHECK (try CMD)'],
  ])('is refused: %s', (line, message) => {
    expect(() => changedConfig(base, [line])).toThrow(expect.objectContaining({ kind: 'invalid', message }));
  });

  it('leaves open what the container says', () => {
    const own = containerConfig.parse({ Env: ['A=9'], Cmd: ['own'] });
    expect(mergedConfig(own, base)).toMatchObject({
      Env: ['A=9', 'PATH=/bin'],
      Cmd: ['own'],
      WorkingDir: '/w',
    });
    expect(mergedConfig(containerConfig.parse({ Entrypoint: ['e'] }), base)).toMatchObject({ Cmd: null });
    expect(mergedConfig(containerConfig.parse({}), base)).toMatchObject({ Cmd: ['sh'], Labels: { l: 'm' } });
  });
});

describe('a path', () => {
  it.each<[text: string, path: string, follow: boolean, base: string, name: string]>([
    ['/a/b', '/a/b', false, 'b', 'b'],
    ['a/b', '/a/b', false, 'b', 'b'],
    ['/a/b/', '/a/b', true, 'b', 'b'],
    ['/a/b//', '/a/b', true, 'b', 'b'],
    ['/a/b/.', '/a/b', true, '.', '.'],
    ['/', '/', true, '/', ''],
    ['.', '/', true, '.', '.'],
    ['../../x', '/x', false, 'x', 'x'],
    ['/a/../..', '/', true, '/', ''],
    ['/a/.b', '/a/.b', false, '.b', '.b'],
  ])('%s', (text, path, follow, base_, name) => {
    expect(containerPath(text)).toEqual({ path, follow, base: base_, name });
  });

  it('has a mode as Go says it', () => {
    expect(goFileMode(0o100644)).toBe(0o644);
    expect(goFileMode(0o041777)).toBe(2 ** 31 + 2 ** 20 + 0o777);
    expect(goFileMode(0o120777)).toBe(134_218_239);
    expect(goFileMode(0o104755)).toBe(2 ** 23 + 0o755);
    expect(goFileMode(0o020666)).toBe(2 ** 26 + 2 ** 21 + 0o666);
  });

  it('has a time with as much of a fraction as there is', () => {
    const stat = {
      size: 1,
      mode: 0o100644,
      seconds: 1_700_000_000,
      nanoseconds: 500_000_000,
      linkTarget: '',
    };
    const header = (value: typeof stat): unknown =>
      JSON.parse(Buffer.from(pathStatHeader('x', value), 'base64').toString());
    expect(header(stat)).toEqual({
      name: 'x',
      size: 1,
      mode: 420,
      mtime: '2023-11-14T22:13:20.5Z',
      linkTarget: '',
    });
    expect(header({ ...stat, nanoseconds: 0 })).toMatchObject({ mtime: '2023-11-14T22:13:20Z' });
    expect(header({ ...stat, seconds: 1e15 })).toMatchObject({ mtime: '0001-01-01T00:00:00Z' });
  });
});
