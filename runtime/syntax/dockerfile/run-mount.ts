// `RUN --mount=type=…`: what a step sees beside its own files. Values keep their variables until the step is made.
import type { FlagValue } from './flags.ts';
import { DockerfileError } from './source.ts';

export interface RunMount {
  readonly type: 'bind' | 'cache' | 'tmpfs' | 'secret' | 'ssh';
  /** A stage or an image; "" is the build context (or nothing, for a cache). */
  readonly from: string;
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
  readonly id: string;
  readonly sharing: 'shared' | 'private' | 'locked';
  readonly required: boolean;
  /** Name of the variable that a secret becomes. */
  readonly env: string | undefined;
  readonly sizeBytes: number | undefined;
  readonly mode: number | undefined;
  readonly uid: number | undefined;
  readonly gid: number | undefined;
}

const aliases: ReadonlyMap<string, string> = new Map([
  ['src', 'source'],
  ['dst', 'target'],
  ['destination', 'target'],
  ['ro', 'readonly'],
  ['rw', 'readwrite'],
]);
const types: ReadonlySet<string> = new Set(['bind', 'cache', 'tmpfs', 'secret', 'ssh']);
const switches: ReadonlySet<string> = new Set(['readonly', 'readwrite', 'required']);
const keys: ReadonlySet<string> = new Set([
  ...['type', 'from', 'source', 'target', 'readonly', 'readwrite', 'id', 'sharing', 'required', 'env'],
  ...['size', 'mode', 'uid', 'gid'],
]);

/** Parses a value after its variables were replaced by `expand`. Throws {@link DockerfileError}. */
export function parseRunMount(flag: FlagValue, expand: (word: string) => string): RunMount {
  const fail = (message: string): never => {
    throw new DockerfileError(message, flag.range);
  };
  const fields = new Map<string, string>();
  for (const field of commaFields(flag.value)) {
    const equals = field.indexOf('=');
    const written = (equals < 0 ? field : field.slice(0, equals)).trim().toLowerCase();
    const key = aliases.get(written) ?? written;
    if (!keys.has(key)) fail(`unexpected key '${written}' in '${field}'`);
    if (equals < 0 && !switches.has(key)) fail(`invalid field '${field}' must be a key=value pair`);
    const raw = equals < 0 ? 'true' : field.slice(equals + 1);
    if (key === 'from' && raw.includes('$')) {
      fail("'from' doesn't support variable expansion, define alias stage instead");
    }
    fields.set(key, key === 'type' ? raw.toLowerCase() : expand(raw));
  }
  const text = (key: string): string => fields.get(key) ?? '';
  const type = (fields.get('type') ?? 'bind') as RunMount['type'];
  if (!types.has(type)) fail(`unsupported mount type ${JSON.stringify(type)}`);
  const isOn = (key: string): boolean | undefined => {
    const value = fields.get(key);
    if (value === undefined) return undefined;
    if (!/^(?:1|t|true|0|f|false)$/i.test(value)) fail(`invalid value for ${key}: ${value}`);
    return /^(?:1|t|true)$/i.test(value);
  };
  const number = (key: string, base: 8 | 10): number | undefined => {
    const value = fields.get(key);
    if (value === undefined) return undefined;
    if (!(base === 8 ? /^0?[0-7]{1,7}$/ : /^\d{1,10}$/).test(value))
      fail(`invalid value ${value} for ${key}`);
    return Number.parseInt(value, base);
  };
  const sharing = (fields.get('sharing') ?? 'shared') as RunMount['sharing'];
  if (!['shared', 'private', 'locked'].includes(sharing)) {
    fail(`unsupported sharing value ${JSON.stringify(sharing)}`);
  }
  if (fields.has('sharing') && type !== 'cache') fail(`invalid cache sharing set for ${type} mount`);
  const ownable = type === 'cache' || type === 'secret' || type === 'ssh';
  for (const key of ['mode', 'uid', 'gid']) {
    if (fields.has(key) && !ownable) fail(`${key} not allowed for ${JSON.stringify(type)} type mounts`);
  }
  if (fields.has('size') && type !== 'tmpfs') fail(`unexpected key 'size' for mount type '${type}'`);
  if (text('target') === '' && !['secret', 'ssh'].includes(type)) fail('mount target is missing');
  if (type === 'secret' && fields.has('from')) fail('secret mount should not have a from');
  const writes = isOn('readwrite') ?? (isOn('readonly') === undefined ? undefined : !isOn('readonly'));
  return {
    type,
    from: text('from'),
    source: text('source'),
    target: text('target'),
    readOnly: !(writes ?? type !== 'bind'),
    id: text('id'),
    sharing,
    required: isOn('required') ?? false,
    env: fields.get('env'),
    sizeBytes: fields.has('size')
      ? (sizeOf(text('size')) ?? fail(`invalid value for size: ${text('size')}`))
      : undefined,
    mode: number('mode', 8),
    uid: number('uid', 10),
    gid: number('gid', 10),
  };
}

/** Fields between commas; one in quotes may hold a comma, as in CSV. */
function commaFields(text: string): string[] {
  return [...text.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain]) =>
    quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"'),
  );
}

/** `64m`, `1GiB`; undefined when it is no size. */
function sizeOf(text: string): number | undefined {
  const [, digits = '', unit = ''] = /^(\d{1,12})\s*([kmgt]?)(?:i?b)?$/i.exec(text) ?? [];
  if (digits === '') return undefined;
  const power = ['', 'k', 'm', 'g', 't'].indexOf(unit.toLowerCase());
  const size = Number(digits) * 1024 ** power;
  return Number.isSafeInteger(size) ? size : undefined;
}
