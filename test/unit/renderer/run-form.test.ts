// The run dialog's form: what is asked for, what is refused at which field, and how pasted lines become rows.
import { describe, expect, it } from 'vitest';
import { runOptions } from '../../../runtime/contract/methods.ts';
import type { ContainerModel, NetworkModel } from '../../../runtime/contract/model.ts';
import { commandWords } from '../../../renderer/src/pages/containers/command-words.ts';
import {
  kindOfSource,
  newMount,
  newNetwork,
  newPort,
  newRunForm,
  newVariable,
  parseSize,
  pastedVariables,
  readRunForm,
  type RunForm,
  type RunSurroundings,
} from '../../../renderer/src/pages/containers/run-form.ts';

const nothing: RunSurroundings = { containers: [], networks: [] };
const web = { id: 'abc123', name: 'web', networks: [] } as unknown as ContainerModel;
const pool = { subnet: '10.30.0.0/16', range: '', gateway: '10.30.0.1' };
const networks = [
  { id: 'n1', name: 'shop', pools: [pool] },
  { id: 'n2', name: 'host', pools: [] },
  { id: 'n3', name: 'bridge', pools: [] },
] as unknown as readonly NetworkModel[];
const around: RunSurroundings = { containers: [web], networks };

function read(part: Partial<RunForm>, surroundings = nothing) {
  const { options, errors } = readRunForm({ ...newRunForm('busybox'), ...part }, surroundings);
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

  it('refuses a name that is taken', () => expect(read({ name: 'web' }, around).fields).toEqual(['name']));

  it('asks for networks by name, alias and address, and for another container’s', () => {
    const rows = [
      { ...newNetwork(), name: 'shop', aliases: 'api, v1', addresses: '10.30.0.9' },
      { ...newNetwork(), name: 'bridge' },
      newNetwork(),
    ];
    expect(runOptions.parse(read({ networks: rows }, around).options).networks).toEqual([
      { name: 'shop', aliases: ['api', 'v1'], ipv4: '10.30.0.9', ipv6: '' },
      { name: 'bridge', aliases: [], ipv4: '', ipv6: '' },
    ]);
    expect(read({ networks: [{ ...newNetwork(), name: 'container:web' }] }, around).fields).toEqual([]);
  });

  it.each([
    ['a network that is not there', [{ name: 'nowhere' }], ['networks.name']],
    ['a container that is not there', [{ name: 'container:db' }], ['networks.name']],
    ['a network twice', [{ name: 'shop' }, { name: 'shop' }], ['networks.name']],
    ['host beside another', [{ name: 'shop' }, { name: 'host' }], ['networks.name']],
    ['an alias on a built-in one', [{ name: 'bridge', aliases: 'a' }], ['networks.aliases']],
    ['an address on a built-in one', [{ name: 'bridge', addresses: '10.0.0.1' }], ['networks.addresses']],
    ['an address elsewhere', [{ name: 'shop', addresses: '10.31.0.1' }], ['networks.addresses']],
    ['two addresses of a kind', [{ name: 'shop', addresses: '10.30.0.2,10.30.0.3' }], ['networks.addresses']],
  ])('refuses %s at its field', (_, rows, fields) => {
    const result = read({ networks: rows.map((row) => ({ ...newNetwork(), ...row })) }, around);
    expect(result.fields).toEqual(fields);
  });

  it('asks for mounts of every kind', () => {
    const mounts = [
      { ...newMount(), kind: 'volume' as const, source: 'data', destination: '/a' },
      { ...newMount(), kind: 'volume' as const, destination: '/b' },
      { ...newMount(), kind: 'tmpfs' as const, source: '64m', destination: '/c' },
      { ...newMount(), kind: 'image' as const, source: 'debian', destination: '/d', readOnly: true },
    ];
    const { options } = read({ mounts });
    expect(runOptions.parse(options).mounts).toEqual([
      { type: 'volume', source: 'data', destination: '/a', readOnly: false, sizeBytes: 0 },
      { type: 'volume', source: '', destination: '/b', readOnly: false, sizeBytes: 0 },
      { type: 'tmpfs', source: '', destination: '/c', readOnly: false, sizeBytes: 67_108_864 },
      { type: 'image', source: 'debian', destination: '/d', readOnly: true, sizeBytes: 0 },
    ]);
    expect(
      read({ mounts: [{ ...newMount(), kind: 'tmpfs', source: 'much', destination: '/c' }] }).fields,
    ).toEqual(['mounts.source']);
  });

  it('takes what begins with a slash for a folder and the rest for a volume', () => {
    expect(kindOfSource('volume', '/srv')).toBe('bind');
    expect(kindOfSource('bind', 'data')).toBe('volume');
    expect(kindOfSource('bind', '')).toBe('bind');
    expect(kindOfSource('image', '/x')).toBe('image');
  });

  it.each([
    ['', 0],
    ['100', 100],
    ['1k', 1024],
    ['2GiB', 2_147_483_648],
    ['-1', undefined],
    ['1.5m', undefined],
  ])('reads the size %j', (text, bytes) => expect(parseSize(text)).toBe(bytes));
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
