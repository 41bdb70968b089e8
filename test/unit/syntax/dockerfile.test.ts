import { describe, expect, it } from 'vitest';
import {
  findStage,
  parseDockerfile,
  parseInstruction,
  targetStage,
} from '../../../runtime/syntax/dockerfile/dockerfile.ts';
import { parseRunMount } from '../../../runtime/syntax/dockerfile/run-mount.ts';
import { DockerfileError } from '../../../runtime/syntax/dockerfile/source.ts';

function errorOf(text: string): DockerfileError {
  try {
    parseDockerfile(text);
  } catch (error) {
    if (error instanceof DockerfileError) return error;
  }
  throw new Error('it was accepted');
}

describe('a Dockerfile', () => {
  it('is directives, arguments and stages', () => {
    const file = parseDockerfile(
      [
        '# syntax=docker/dockerfile:1',
        '# check=skip=all',
        'ARG BASE=alpine',
        'FROM $BASE AS Build',
        'RUN make \\',
        '  # a comment inside',
        '  all',
        'FROM scratch',
        'COPY --from=build --chown=1:2 /out/ /',
      ].join('\n'),
    );
    expect(file.directives.get('syntax')?.value).toBe('docker/dockerfile:1');
    expect(file.globalArgs[0]?.variables[0]).toMatchObject({ name: 'BASE', value: 'alpine' });
    expect(file.stages.map(({ name }) => name)).toEqual(['build', '']);
    expect(file.stages[0]?.instructions[0]).toMatchObject({ name: 'run', command: { shell: 'make   all' } });
    expect(file.stages[1]?.instructions[0]).toMatchObject({
      name: 'copy',
      chown: '1:2',
      from: { value: 'build' },
      target: { text: '/' },
    });
    expect(targetStage(file, '').index).toBe(1);
    expect(targetStage(file, 'BUILD').index).toBe(0);
    expect(findStage(file.stages, '0')?.name).toBe('build');
    expect(() => targetStage(file, 'nope')).toThrow('failed to reach build target nope in Dockerfile');
  });

  it('knows where every word stands, also in lines that go on', () => {
    const file = parseDockerfile('FROM a\nCOPY one \\\n  two /to/\n');
    const [copy] = file.stages[0]?.instructions ?? [];
    expect(copy?.range).toEqual({ startLine: 2, startColumn: 1, endLine: 3, endColumn: 11 });
    expect(copy?.name === 'copy' && copy.sources.map(({ range }) => range)).toEqual([
      { startLine: 2, startColumn: 6, endLine: 2, endColumn: 9 },
      { startLine: 3, startColumn: 3, endLine: 3, endColumn: 6 },
    ]);
  });

  it('takes documents to the instruction they belong to', () => {
    const file = parseDockerfile(
      ['FROM a', 'RUN <<-END cat', '\techo $x', '\tEND', "COPY <<a <<'b' /to/", 'A', 'a', '$B', 'b', ''].join(
        '\n',
      ),
    );
    const [run, copy] = file.stages[0]?.instructions ?? [];
    expect(run?.name === 'run' && run.documents).toMatchObject([
      { name: 'END', chomps: true, expands: true, content: '\techo $x\n' },
    ]);
    expect(copy?.name === 'copy' && copy.documents).toMatchObject([
      { name: 'a', expands: true, content: 'A\n' },
      { name: 'b', expands: false, content: '$B\n' },
    ]);
    expect(run?.range.endLine).toBe(4);
  });

  it('uses the escape character of its directive', () => {
    const file = parseDockerfile('# escape=`\nFROM a\nRUN dir c:\\ `\n  x\n');
    expect(file.stages[0]?.instructions[0]).toMatchObject({ command: { shell: 'dir c:\\   x' } });
  });

  it.each([
    ['', 'file with no instructions', undefined],
    ['RUN x', 'no build stage in current context', 1],
    ['FROM a\nFRUM b', 'unknown instruction: FRUM', 2],
    ['FROM a b', 'FROM requires either one or three arguments', 1],
    ['FROM a AS 1x', 'invalid name for build stage: "1x", name can\'t start with a number', 1],
    ['FROM a\nCOPY x', 'COPY requires at least two arguments, but only one was provided', 2],
    ['FROM a\nCOPY --chwon=x a b', 'unknown flag: --chwon', 2],
    ['FROM a\nCOPY --from=a --from=b a b', 'duplicate flag specified: --from', 2],
    ['FROM a\nCOPY --from a b', 'missing a value on flag: --from', 2],
    ['FROM a\nCOPY --link=yes a b', 'expecting boolean value for flag --link, not: yes', 2],
    ['FROM a\nENV x', 'ENV must have two arguments', 2],
    ['FROM a\nENV a=b c', 'Syntax error - can\'t find = in "c"', 2],
    ['FROM a\nCMD [1]', 'arrays must be comprised of strings only', 2],
    ['FROM a\nSHELL sh', 'SHELL requires the arguments to be in JSON form', 2],
    ['FROM a\n\nONBUILD ONBUILD RUN x', 'Chaining ONBUILD', 3],
    ['FROM a\nONBUILD FROM b', "FROM isn't allowed as an ONBUILD trigger", 2],
    ['FROM a\nHEALTHCHECK --interval=1 CMD x', 'time: invalid duration "1"', undefined],
    ['FROM a\nHEALTHCHECK NONE x', 'HEALTHCHECK NONE takes no arguments', 2],
    ['FROM a\nRUN <<END\nx', 'unterminated heredoc', 2],
    ['# escape=x\nFROM a', "invalid escape token 'x'", 1],
    ['# syntax=a\n# syntax=b\nFROM a', 'only one syntax parser directive can be used', 2],
  ])('%j is refused: %s', (text, message, line) => {
    const error = errorOf(text);
    expect(error.message).toContain(message);
    if (line !== undefined) expect(error.range?.startLine).toBe(line);
  });

  it('reads health checks', () => {
    expect(parseInstruction('HEALTHCHECK --interval=1m30s --retries=2 CMD ["a","b"]')).toMatchObject({
      check: { command: { words: ['a', 'b'] }, interval: 90e9, retries: 2 },
    });
  });
});

describe('RUN --mount', () => {
  const range = { startLine: 1, startColumn: 1, endLine: 1, endColumn: 2 };
  const mount = (value: string) => parseRunMount({ value, range }, (word) => word.replace('$D', '/data'));

  it('knows every kind', () => {
    expect(mount('type=cache,target=$D,id=x,sharing=locked,mode=0755,uid=3')).toMatchObject({
      type: 'cache',
      target: '/data',
      id: 'x',
      sharing: 'locked',
      mode: 0o755,
      uid: 3,
      readOnly: false,
    });
    expect(mount('target=/a,from=b,source=c')).toMatchObject({ type: 'bind', from: 'b', readOnly: true });
    expect(mount('target=/a,rw')).toMatchObject({ readOnly: false });
    expect(mount('type=tmpfs,dst=/t,size=64m')).toMatchObject({ sizeBytes: 64 * 1024 * 1024 });
  });

  it.each([
    ['type=disk,target=/a', 'unsupported mount type "disk"'],
    ['target=/a,colour=red', "unexpected key 'colour'"],
    ['target', "invalid field 'target' must be a key=value pair"],
    ['target=/a,from=$x', "'from' doesn't support variable expansion"],
    ['target=/a,sharing=locked', 'invalid cache sharing set for bind mount'],
    ['type=cache,target=/a,mode=9', 'invalid value 9 for mode'],
    ['target=/a,uid=1', 'uid not allowed for "bind" type mounts'],
  ])('%s is refused', (value, message) => {
    expect(() => mount(value)).toThrow(message);
  });
});
