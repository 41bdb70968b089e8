// What `--log-driver` and `--log-opt` mean: which options a driver takes, what their values are, and what every record says
// beside its text. In Docker's words: names are refused when a container is created, values when it is started.
import { EngineError } from '../errors.ts';
import { linearPattern } from '../linear-pattern.ts';
import { untrustedMap } from '../types.ts';
import type { ContainerRecord } from './container-record.ts';

/** A log that is written to files. */
export interface LogPlan {
  readonly driver: 'json-file' | 'local';
  /** 0: no limit. */
  readonly maxSizeBytes: number;
  readonly maxFiles: number;
  /** Old files are compressed. */
  readonly compress: boolean;
  /** How much may wait to be written before lines are dropped; undefined: the program waits instead. */
  readonly maxBufferBytes: number | undefined;
  /** Attributes of every record, sorted. */
  readonly attributes: ReadonlyMap<string, string>;
}

/** What may wait when nothing else is said, as in Docker; more than the most is not kept for any log. */
const defaultBufferBytes = 1_000_000;
const largestBufferBytes = 1024 ** 3;

type LogConfig = ContainerRecord['hostConfig']['LogConfig'];

const anyDriver = ['mode', 'max-buffer-size'];
const known: ReadonlyMap<string, readonly string[]> = new Map([
  ['json-file', ['max-file', 'max-size', 'compress', 'labels', 'labels-regex', 'env', 'env-regex', 'tag']],
  ['local', ['max-file', 'max-size', 'compress']],
]);

/** What is wrong with a driver or the names of its options; undefined when nothing is. */
export function logConfigProblem({ Type, Config }: LogConfig): EngineError | undefined {
  if (Type === 'none') return undefined;
  const refuse = (message: string): EngineError => new EngineError('invalid', message);
  const options = known.get(Type === '' ? 'json-file' : Type);
  if (options === undefined)
    return refuse(`error looking up logging plugin ${Type}: plugin "${Type}" not found`);
  const mode = valueOf(Config, 'mode') ?? '';
  if (!['', 'blocking', 'non-blocking'].includes(mode)) {
    return refuse(`logger: logging mode not supported: ${mode}`);
  }
  const buffer = valueOf(Config, 'max-buffer-size');
  if (buffer !== undefined) {
    if (mode !== 'non-blocking') {
      return refuse("logger: max-buffer-size option is only supported with 'mode=non-blocking'");
    }
    if (parseSize(buffer, 1024) === undefined) {
      return refuse(`error parsing option max-buffer-size: invalid size: '${buffer}'`);
    }
  }
  const unknown = Object.keys(Config).find(
    (option) => !options.includes(option) && !anyDriver.includes(option),
  );
  if (unknown === undefined) return undefined;
  return refuse(
    Type === 'local'
      ? `unknown log opt '${unknown}' for log driver local`
      : `unknown log opt '${unknown}' for json-file log driver`,
  );
}

/** How a container's log is written; undefined when it is not. Throws internal, as a start in Docker does. */
export function logPlan(
  record: Pick<ContainerRecord, 'id' | 'name' | 'config' | 'hostConfig' | 'imageId'>,
): LogPlan | undefined {
  const { Type, Config } = record.hostConfig.LogConfig;
  const maxBufferBytes = bufferBytes(Config);
  switch (Type) {
    case 'none':
      return undefined;
    case 'local':
      return { ...localFiles(Config), maxBufferBytes, driver: 'local', attributes: new Map() };
    default:
      return { ...jsonFiles(Config), maxBufferBytes, driver: 'json-file', attributes: attributes(record) };
  }
}

type Files = Pick<LogPlan, 'maxSizeBytes' | 'maxFiles' | 'compress'>;

/** `mode=non-blocking`: a slow disk costs lines, and the program no time. */
function bufferBytes(config: LogConfig['Config']): number | undefined {
  if (valueOf(config, 'mode') !== 'non-blocking') return undefined;
  const wanted = parseSize(valueOf(config, 'max-buffer-size') ?? '0', 1024) ?? 0;
  return wanted === 0 ? defaultBufferBytes : Math.min(wanted, largestBufferBytes);
}

function jsonFiles(config: LogConfig['Config']): Files {
  const sizeText = valueOf(config, 'max-size');
  const size = sizeText === undefined ? undefined : sizeOf(sizeText, '');
  if (size === 0) throw failed('max-size must be a positive number');
  const maxFiles = integer(valueOf(config, 'max-file') ?? '1', '');
  if (maxFiles < 1) throw failed('max-file cannot be less than 1');
  const compress = boolean(valueOf(config, 'compress') ?? 'false', '');
  if (compress && (maxFiles === 1 || size === undefined)) {
    throw failed('compress cannot be true when max-file is less than 2 or max-size is not set');
  }
  return { maxSizeBytes: size ?? 0, maxFiles, compress };
}

function localFiles(config: LogConfig['Config']): Files {
  const sizeText = valueOf(config, 'max-size') ?? '20971520';
  const filesText = valueOf(config, 'max-file') ?? '5';
  const maxSizeBytes = sizeOf(sizeText, `invalid value for max-size: ${sizeText}: `);
  const maxFiles = integer(filesText, `invalid value for max-file: ${filesText}: `);
  const compress = boolean(valueOf(config, 'compress') ?? 'true', 'error reading compress log option: ');
  if (maxFiles < 0) throw failed('max file count cannot be less than 0');
  if (compress && maxFiles <= 1) {
    throw failed('compression cannot be enabled when max file count is 1');
  }
  return { maxSizeBytes, maxFiles: Math.max(1, maxFiles), compress };
}

/** `labels`, `env` and their patterns choose from the container's own; `tag` is a template. */
function attributes(record: Parameters<typeof logPlan>[0]): ReadonlyMap<string, string> {
  const config = record.hostConfig.LogConfig.Config;
  const found = new Map<string, string>();
  const choose = (from: Iterable<readonly [string, string]>, list: string, pattern: string): void => {
    const names = new Set((valueOf(config, list) ?? '').split(','));
    const text = valueOf(config, pattern) ?? '';
    const fits = text === '' ? () => false : linearPattern(text);
    if (fits === undefined) throw failed(`error parsing regexp: ${text}`);
    for (const [name, value] of from) if (names.has(name) || fits(name)) found.set(name, value);
  };
  choose(Object.entries(record.config.Labels), 'labels', 'labels-regex');
  const variables = record.config.Env.flatMap((text): [string, string][] => {
    const equals = text.indexOf('=');
    return equals < 0 ? [] : [[text.slice(0, equals), text.slice(equals + 1)]];
  });
  choose(variables, 'env', 'env-regex');
  const tag = logTag(valueOf(config, 'tag') ?? '', record);
  if (tag !== '') found.set('tag', tag);
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Docker's template of tags, as far as it only names fields: `{{.Name}}/{{.ID}}`. */
function logTag(template: string, record: Parameters<typeof logPlan>[0]): string {
  // Docker cuts an image's id with its algorithm, too: `sha256:000a8`.
  const short = (id: string): string => id.slice(0, 12);
  const fields: ReadonlyMap<string, string> = new Map([
    ['ID', short(record.id)],
    ['FullID', record.id],
    ['Name', record.name],
    ['ImageID', short(record.imageId)],
    ['ImageFullID', record.imageId],
    ['ImageName', record.config.Image],
    ['DaemonName', 'docker'],
  ]);
  return template.replaceAll(/\{\{(?:(.*?)\}\})?/g, (whole, inside: string | undefined, at: number) => {
    if (inside === undefined) throw failed('template: log-tag:1: unclosed action');
    const [, name] = /^\s*\.(\w+)\s*$/.exec(inside) ?? [];
    if (name === undefined)
      throw failed(`template: log-tag:1: ${whole} is not understood: it names no field`);
    const value = fields.get(name);
    if (value !== undefined) return value;
    throw failed(
      `template: log-tag:1:${String(at + 2)}: executing "log-tag" at <.${name}>: can't evaluate field ${name} in type *logger.Info`,
    );
  });
}

/** Attributes as Go writes them into every record. */
export function attributesJson(attributes: ReadonlyMap<string, string>): string {
  return JSON.stringify(untrustedMap(attributes)).replaceAll(
    /[<>&\u2028\u2029]/g,
    (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

const failed = (why: string): EngineError =>
  new EngineError('internal', `failed to initialize logging driver: ${why}`);

function valueOf(config: LogConfig['Config'], name: string): string | undefined {
  return Object.hasOwn(config, name) ? config[name] : undefined;
}

/** go-units: a number with a unit, of which each is `base` of the one before; undefined when it is none. */
function parseSize(text: string, base: 1000 | 1024): number | undefined {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?) ?(?:([kmgtp])?i?b?)$/i.exec(text) ?? [];
  if (number === undefined) return undefined;
  const bytes = Math.floor(
    Number(number) * base ** (unit === '' ? 0 : 'kmgtp'.indexOf(unit.toLowerCase()) + 1),
  );
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

function sizeOf(text: string, prefix: string): number {
  const size = parseSize(text, 1000);
  if (size === undefined) throw failed(`${prefix}invalid size: '${text}'`);
  return size;
}

function integer(text: string, prefix: string): number {
  const value = Number(text);
  if (!/^[+-]?\d+$/.test(text) || !Number.isSafeInteger(value)) {
    throw failed(`${prefix}strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`);
  }
  return value;
}

function boolean(text: string, prefix: string): boolean {
  if (['1', 't', 'T', 'true', 'TRUE', 'True'].includes(text)) return true;
  if (['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(text)) return false;
  throw failed(`${prefix}strconv.ParseBool: parsing ${JSON.stringify(text)}: invalid syntax`);
}
