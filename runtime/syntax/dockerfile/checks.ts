// Checks of a Dockerfile that builds but is not as it should be: the rules that BuildKit has, by their names, with the place of each
// finding. Pure; the editor and the engine share them. `# check=skip=Rule,Rule;error=true` is obeyed.
import { ignoreMatcher, type IgnorePattern } from '../ignore-patterns.ts';
import { findStage, parseDockerfile, type Dockerfile, type Stage } from './dockerfile.ts';
import type { Instruction } from './instructions.ts';
import { DockerfileError, type SourceRange } from './source.ts';
import { hasWildcards } from './wildcards.ts';
import { expandWord } from './words.ts';

/** What is wrong, and where. */
export interface Finding {
  readonly rule: string;
  readonly message: string;
  readonly range: SourceRange;
}

export interface CheckResult {
  /** It cannot be built at all. */
  readonly error: { readonly message: string; readonly range: SourceRange | undefined } | undefined;
  readonly findings: readonly Finding[];
  /** The file asks for findings to end a build. */
  readonly findingsAreErrors: boolean;
  /** The finding that ends a build of it. */
  readonly ending: Finding | undefined;
}

/** What the rules may ask about where a file is built. */
export interface CheckSurroundings {
  /** What is not sent of the context. */
  readonly ignored?: readonly IgnorePattern[];
  /** The platform that is built for, `linux/amd64`. */
  readonly platform?: string;
  /** The platform of an image that is here; undefined for one that is not. */
  readonly platformOf?: (image: string) => string | undefined;
}

type Report = (rule: string, message: string, range: SourceRange) => void;

/** Arguments that every stage may declare. */
const platformArgs = ['TARGET', 'BUILD'].flatMap((prefix) =>
  ['PLATFORM', 'OS', 'ARCH', 'VARIANT', 'OSVERSION'].map((name) => prefix + name),
);
const proxyArgs = ['HTTP_PROXY', 'HTTPS_PROXY', 'FTP_PROXY', 'NO_PROXY', 'ALL_PROXY'];
/** Set in every image that has a shell, as far as one can know. */
const commonVariables: readonly string[] = [
  'PATH',
  ...proxyArgs,
  ...proxyArgs.map((name) => name.toLowerCase()),
];

/** Rules that BuildKit tries out: they are told all the same, but end a build only where `# check=experimental=` names them. */
const experimentalRules: ReadonlySet<string> = new Set(['CopyIgnoredFile', 'InvalidDefinitionDescription']);

/** Checks a text, with what is known of where it is built. */
export function checkDockerfile(source: string, around: CheckSurroundings = {}): CheckResult {
  let file: Dockerfile;
  try {
    file = parseDockerfile(source);
  } catch (error) {
    if (!(error instanceof DockerfileError)) throw error;
    const told = { message: error.message, range: error.range };
    return { error: told, findings: [], findingsAreErrors: false, ending: undefined };
  }
  const { skip, experimental, error } = directive(file.directives.get('check')?.value ?? '');
  const findings: Finding[] = [];
  const report: Report = (rule, message, range) => {
    if (!skip.has('all') && !skip.has(rule.toLowerCase())) findings.push({ rule, message, range });
  };
  checkForm(file, report);
  checkFroms(file, around, report);
  for (const stage of file.stages) {
    checkStage(file, stage, report);
    checkVariables(file, stage, report);
    checkIgnored(stage, around.ignored ?? [], report);
  }
  findings.sort((a, b) => a.range.startLine - b.range.startLine || a.range.startColumn - b.range.startColumn);
  const mayEnd = ({ rule }: Finding): boolean =>
    !experimentalRules.has(rule) || experimental.has('all') || experimental.has(rule.toLowerCase());
  return {
    error: undefined,
    findings,
    findingsAreErrors: error,
    ending: error ? findings.find(mayEnd) : undefined,
  };
}

interface Directive {
  /** Names of rules in small letters; `all` is every one. */
  readonly skip: ReadonlySet<string>;
  readonly experimental: ReadonlySet<string>;
  readonly error: boolean;
}

function directive(text: string): Directive {
  const parts = new Map(
    text.split(';').map((part) => [part.split('=')[0]?.trim() ?? '', part.split('=')[1] ?? ''] as const),
  );
  const rules = (key: string): ReadonlySet<string> =>
    new Set(
      (parts.get(key) ?? '')
        .split(',')
        .map((rule) => rule.trim().toLowerCase())
        .filter((rule) => rule !== ''),
    );
  return {
    skip: rules('skip'),
    experimental: rules('experimental'),
    error: parts.get('error')?.trim() === 'true',
  };
}

/** How it is written: casing, empty lines, descriptions, the old form of pairs. */
function checkForm(file: Dockerfile, report: Report): void {
  const upper = file.nodes.filter(({ keyword }) => keyword.text === keyword.text.toUpperCase()).length;
  const wantsUpper = upper >= file.nodes.length - upper;
  for (const { keyword, pairs, name } of file.nodes) {
    const wanted = wantsUpper ? keyword.text.toUpperCase() : keyword.text.toLowerCase();
    if (keyword.text !== wanted) {
      report(
        'ConsistentInstructionCasing',
        `Command '${keyword.text}' should match the case of the command majority (${wantsUpper ? 'uppercase' : 'lowercase'})`,
        keyword.range,
      );
    }
    const [pair] = pairs;
    if (pair?.equals === false) {
      report(
        'LegacyKeyValueFormat',
        `"${name.toUpperCase()} key=value" should be used instead of legacy "${name.toUpperCase()} key value" format`,
        keyword.range,
      );
    }
  }
  for (const line of file.lines) {
    for (const empty of line.emptyLines) {
      const range = { startLine: empty, startColumn: 1, endLine: empty, endColumn: 1 };
      report('NoEmptyContinuation', 'Empty continuation line', range);
    }
  }
  for (const [index, line] of file.lines.entries()) {
    const node = file.nodes[index];
    const comment = line.comments.at(-1);
    if (node === undefined || comment === undefined) continue;
    const named =
      node.name === 'from'
        ? node.words[2]?.text
        : node.name === 'arg'
          ? node.words[0]?.text.split('=')[0]
          : undefined;
    // Only a comment that is meant as a description begins so.
    if (named === undefined || !/^[a-z]\w*\s+(?:is|builds?|contains?|sets?)\b/i.test(comment)) continue;
    if (comment.split(/\s/)[0] !== named) {
      report(
        'InvalidDefinitionDescription',
        `Comment for ${node.name === 'from' ? 'build stage' : 'argument'} should follow the format: \`# ${named} <description>\``,
        node.range,
      );
    }
  }
}

function checkFroms(file: Dockerfile, around: CheckSurroundings, report: Report): void {
  const globals = new Map<string, string | undefined>();
  for (const { variables } of file.globalArgs) {
    for (const { name, value } of variables) globals.set(name, value);
  }
  const known = (name: string): string | undefined =>
    globals.has(name) ? (globals.get(name) ?? '') : platformArgs.includes(name) ? 'linux/amd64' : undefined;
  const names = new Map<string, number>();
  for (const { from, name, index } of file.stages) {
    const alias = from.alias;
    if (alias !== undefined) {
      if (alias.text !== alias.text.toLowerCase()) {
        report('StageNameCasing', `Stage name '${alias.text}' should be lowercase`, alias.range);
      }
      const as = / (as) /i.exec(from.text.slice(from.keyword.text.length))?.[1] ?? '';
      const upper = from.keyword.text === from.keyword.text.toUpperCase();
      if (as !== (upper ? 'AS' : 'as')) {
        report(
          'FromAsCasing',
          `'${as}' and '${from.keyword.text}' keywords' casing do not match`,
          from.range,
        );
      }
      if (name === 'scratch' || name === 'context') {
        report(
          'ReservedStageName',
          `Stage name should not use the same name as reserved stage "${name}"`,
          alias.range,
        );
      }
      if (names.has(name)) {
        report(
          'DuplicateStageName',
          `Duplicate stage name "${name}", stage names should be unique`,
          alias.range,
        );
      }
      names.set(name, index);
    }
    for (const word of [from.image.text, from.platform]) {
      expandSafely(word, file.escape, known, (unknown) => {
        report('UndefinedArgInFrom', `FROM argument '${unknown}' is not declared`, from.image.range);
      });
    }
    if (/^\$\{?TARGETPLATFORM\}?$/.test(from.platform)) {
      report(
        'RedundantTargetPlatform',
        `Setting platform to predefined ${from.platform} in FROM is redundant as this is the default behavior`,
        from.range,
      );
    } else if (from.platform !== '' && !from.platform.includes('$')) {
      const wantsIt = file.stages.some(
        ({ from: other }) => other.image.text.toLowerCase() === name && name !== '',
      );
      if (!wantsIt || file.stages.length === 1) {
        report(
          'FromPlatformFlagConstDisallowed',
          `FROM --platform flag should not use constant value "${from.platform}"`,
          from.range,
        );
      }
    }
    if (from.image.text.includes('$')) {
      const worth = expandSafely(from.image.text, file.escape, known);
      if (worth !== undefined && (worth === '' || /^[:@]|[:@]$/.test(worth))) {
        report(
          'InvalidDefaultArgInFrom',
          `Default value for ARG ${from.image.text} results in empty or invalid base image name`,
          from.image.range,
        );
      }
    }
    const base = expandSafely(from.image.text, file.escape, known) ?? '';
    if (base === '' || base === 'scratch' || findStage(file.stages, base, index) !== undefined) continue;
    const wanted = expandSafely(from.platform, file.escape, known) || around.platform;
    const actual = around.platformOf?.(base);
    if (wanted === undefined || actual === undefined || isSameMachine(wanted, actual)) continue;
    report(
      'InvalidBaseImagePlatform',
      `Base image ${base} was pulled with platform "${actual}", expected "${wanted}" for current build`,
      from.range,
    );
  }
}

/** Whether two platforms have the same system and architecture; variants may differ. */
function isSameMachine(one: string, other: string): boolean {
  const machine = (platform: string): string => platform.split('/').slice(0, 2).join('/');
  return machine(one) === machine(other);
}

function expandSafely(
  word: string,
  escape: string,
  lookup: (name: string) => string | undefined,
  onUnknown: (name: string) => void = () => undefined,
): string | undefined {
  try {
    return expandWord(word, lookup, { escape, onUnknown });
  } catch {
    return undefined;
  }
}

function checkStage(file: Dockerfile, stage: Stage, report: Report): void {
  const seen = new Map<string, Instruction>();
  let directory =
    stage.from.image.text !== 'scratch' &&
    findStage(file.stages, stage.from.image.text, stage.index) === undefined
      ? ''
      : '/';
  let hasShell = false;
  for (const instruction of stage.instructions) {
    const { name, range } = instruction;
    if (name === 'cmd' || name === 'entrypoint' || name === 'healthcheck') {
      const before = seen.get(name);
      if (before !== undefined) {
        const upper = name.toUpperCase();
        report(
          'MultipleInstructionsDisallowed',
          `Multiple ${upper} instructions should not be used in the same stage because only the last one will be used`,
          before.range,
        );
      }
      seen.set(name, instruction);
    }
    if ((name === 'cmd' || name === 'entrypoint') && 'shell' in instruction.command && !hasShell) {
      report(
        'JSONArgsRecommended',
        `JSON arguments recommended for ${name.toUpperCase()} to prevent unintended behavior related to OS signals`,
        range,
      );
    }
    if (name === 'shell') hasShell = true;
    if (name === 'maintainer') {
      report('MaintainerDeprecated', 'Maintainer instruction is deprecated in favor of using label', range);
    }
    if (name === 'workdir') {
      const { text } = instruction.word;
      if (!/^["']?[/$]/.test(text) && directory === '') {
        report(
          'WorkdirRelativePath',
          `Relative workdir "${text}" can have unexpected results if the base image changes`,
          instruction.word.range,
        );
      }
      directory = '/';
    }
    if (name === 'expose') checkExpose(instruction.words, report);
    if (name === 'env') {
      for (const pair of instruction.pairs) checkSecret('ENV', pair.name.text, pair.name.range, report);
    }
    if (name === 'arg') {
      for (const variable of instruction.variables) checkSecret('ARG', variable.name, variable.range, report);
    }
  }
}

function checkExpose(words: readonly { text: string; range: SourceRange }[], report: Report): void {
  for (const { text, range } of words) {
    if (text.includes('$')) continue;
    const [port = '', protocol] = text.split('/', 2);
    if (text.includes(':')) {
      report(
        'ExposeInvalidFormat',
        `EXPOSE instruction should not define an IP address or host-port mapping, found '${text}'`,
        range,
      );
    } else if (protocol !== undefined && protocol !== protocol.toLowerCase()) {
      report(
        'ExposeProtoCasing',
        `Defined protocol '${port}/${protocol}' in EXPOSE instruction should be lowercase`,
        range,
      );
    }
  }
}

function checkSecret(keyword: string, name: string, range: SourceRange, report: Report): void {
  const words = name.toLowerCase().split('_');
  const secret = words.some((word) =>
    /^(?:apikey|auth|credentials?|key|password|pword|passwd|secret|token)$/.test(word),
  );
  if (!secret || words.includes('public')) return;
  report(
    'SecretsUsedInArgOrEnv',
    `Do not use ARG or ENV instructions for sensitive data (${keyword} "${name}")`,
    range,
  );
}

/** Variables that nothing in the file declares. An image may set more, so only stages on scratch or on others of the file are sure. */
function checkVariables(file: Dockerfile, stage: Stage, report: Report): void {
  const known = new Set<string>(commonVariables);
  for (let below: Stage | undefined = stage, first = true; below !== undefined; first = false) {
    const { from, index }: Stage = below;
    if (!first) {
      for (const instruction of below.instructions) {
        if (instruction.name === 'env') for (const { name } of instruction.pairs) known.add(name.text);
      }
    }
    below = findStage(file.stages, from.image.text, index);
  }
  const look = (text: string, range: SourceRange): void => {
    expandSafely(
      text,
      file.escape,
      (name) => (known.has(name) ? 'x' : undefined),
      (name) => {
        // With a word for the case that it is not set, that is meant.
        if (!/^\w+$/.test(name) || new RegExp(`\\$\\{${name}:?[-+]`).test(text)) return;
        report('UndefinedVar', `Usage of undefined variable '$${name}'`, range);
      },
    );
  };
  for (const instruction of stage.instructions) {
    switch (instruction.name) {
      case 'arg':
        for (const { name, value, range } of instruction.variables) {
          if (value !== undefined) look(value, range);
          known.add(name);
        }
        break;
      case 'env':
        for (const { value } of instruction.pairs) look(value.text, value.range);
        for (const { name } of instruction.pairs) known.add(name.text);
        break;
      case 'label':
        for (const { value } of instruction.pairs) look(value.text, value.range);
        break;
      case 'copy':
      case 'add':
        for (const word of [...instruction.sources, instruction.target]) look(word.text, word.range);
        break;
      case 'expose':
      case 'volume':
        for (const word of instruction.words) look(word.text, word.range);
        break;
      case 'user':
      case 'workdir':
      case 'stopsignal':
        look(instruction.word.text, instruction.word.range);
        break;
      default:
        break;
    }
  }
}

function checkIgnored(stage: Stage, ignored: readonly IgnorePattern[], report: Report): void {
  if (ignored.length === 0) return;
  const isIgnored = ignoreMatcher(ignored);
  for (const instruction of stage.instructions) {
    if (instruction.name !== 'copy' && instruction.name !== 'add') continue;
    if (instruction.name === 'copy' && instruction.from !== undefined) continue;
    for (const { text, range } of instruction.sources) {
      const path = text.replace(/^(?:\.?\/)+/, '').replace(/\/+$/, '');
      if (path === '' || path === '.' || path.includes('$') || hasWildcards(path) || /^\w+:\/\//.test(path))
        continue;
      if (isIgnored(path)) {
        report(
          'CopyIgnoredFile',
          `Attempting to ${instruction.name === 'copy' ? 'Copy' : 'Add'} file "${text}" that is excluded by .dockerignore`,
          range,
        );
      }
    }
  }
}
