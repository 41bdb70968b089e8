// The run dialog's form: what is asked for, what is refused at which field, and how pasted lines become rows.
import { describe, expect, it } from 'vitest';
import { runOptions } from '../../../runtime/contract/methods.ts';
import { commandWords } from '../../../renderer/src/pages/containers/command-words.ts';
import {
  newMount,
  newPort,
  newRunForm,
  newVariable,
  pastedVariables,
  readRunForm,
  type RunForm,
} from '../../../renderer/src/pages/containers/run-form.ts';

const noNames: ReadonlySet<string> = new Set();

function read(part: Partial<RunForm>, names = noNames) {
  const { options, errors } = readRunForm({ ...newRunForm('busybox'), ...part }, names);
  return { options, fields: [...errors.keys()].map((key) => key.replace(/\.\d+\./, '.')) };
}

describe('readRunForm', () => {
  it('asks for what was filled in, and the contract accepts it', () => {
    const { options, fields } = read({
      image: ' ghcr.io/me/app:1.0 ',
      name: 'web-1',
      command: 'sh -c "echo $HOME"',
      ports: [
        { ...newPort(), hostPort: '8080', containerPort: '80' },
        newPort(),
        { ...newPort(), hostIp: '[::1]', containerPort: '81' },
      ],
      mounts: [{ ...newMount(), source: '/srv', destination: '/data', readOnly: true }, newMount()],
      variables: [newVariable('A', 'b=c'), newVariable()],
      tty: true,
    });
    expect(fields).toEqual([]);
    expect(runOptions.parse(options)).toEqual({
      image: 'ghcr.io/me/app:1.0',
      name: 'web-1',
      command: ['sh', '-c', 'echo $HOME'],
      environment: [{ name: 'A', value: 'b=c' }],
      ports: [
        { hostIp: '', hostPort: 8080, containerPort: 80, protocol: 'tcp' },
        { hostIp: '::1', hostPort: 0, containerPort: 81, protocol: 'tcp' },
      ],
      mounts: [{ type: 'bind', source: '/srv', destination: '/data', readOnly: true, sizeBytes: 0 }],
      networks: [],
      tty: true,
      openStdin: true,
      autoRemove: false,
    });
  });

  it.each<[string, Partial<RunForm>, string[]]>([
    ['no image', { image: ' ' }, ['image']],
    ['a reference with spaces', { image: 'busy box' }, ['image']],
    ['a repository in capitals', { image: 'me/BusyBox' }, ['image']],
    ['a name of one letter', { name: 'x' }, ['name']],
    ['a name with a slash', { name: 'a/b' }, ['name']],
    ['an open quote', { command: "echo 'hi" }, ['command']],
    [
      'a port without its container port',
      { ports: [{ ...newPort(), hostPort: '80' }] },
      ['ports.containerPort'],
    ],
    [
      'a port too high',
      { ports: [{ ...newPort(), hostPort: '65536', containerPort: '0' }] },
      ['ports.containerPort', 'ports.hostPort'],
    ],
    [
      'an address that is none',
      { ports: [{ ...newPort(), hostIp: '1.2.3.256', containerPort: '80' }] },
      ['ports.hostIp'],
    ],
    [
      'a port twice',
      { ports: [1, 2].map(() => ({ ...newPort(), hostPort: '80', containerPort: '80' })) },
      ['ports.hostPort'],
    ],
    [
      'a relative folder',
      { mounts: [{ ...newMount(), source: './srv', destination: '/a' }] },
      ['mounts.source'],
    ],
    [
      'a mount on the root',
      { mounts: [{ ...newMount(), source: '/srv', destination: '/' }] },
      ['mounts.destination'],
    ],
    [
      'two mounts at one place',
      { mounts: [1, 2].map(() => ({ ...newMount(), source: '/srv', destination: '/a' })) },
      ['mounts.destination'],
    ],
    ['a value without a name', { variables: [newVariable('', 'x')] }, ['variables.name']],
  ])('refuses %s at its field', (_, part, fields) => {
    const result = read(part);
    expect(result.options).toBeUndefined();
    expect(result.fields).toEqual(fields);
  });

  it('refuses a name that is taken', () =>
    expect(read({ name: 'web' }, new Set(['web'])).fields).toEqual(['name']));
});

describe('pastedVariables', () => {
  it('makes a row of each line, without comments and exports', () => {
    const rows = pastedVariables('# c\nA=1\r\nexport B="two words"\n\nC=\n');
    expect(rows?.map(({ name, value }) => [name, value])).toEqual([
      ['A', '1'],
      ['B', '"two words"'],
      ['C', ''],
    ]);
  });
  it.each(['just text', 'NAME', 'A=1\nnot a variable', ''])('leaves %j to the field', (text) =>
    expect(pastedVariables(text)).toBeUndefined(),
  );
});

describe('commandWords', () => {
  it.each<[string, string[] | undefined]>([
    ['', []],
    ['  a  b\tc ', ['a', 'b', 'c']],
    [`a "b c" 'd "e'`, ['a', 'b c', 'd "e']],
    [`"" ''`, ['', '']],
    [`a\\ b "\\$x \\n" '\\'`, ['a b', '$x \\n', '\\']],
    [`pre"mid"'end'`, ['premidend']],
    ['"open', undefined],
  ])('%j', (command, words) => expect(commandWords(command)).toEqual(words));
});
