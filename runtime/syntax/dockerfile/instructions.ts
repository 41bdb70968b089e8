// Instructions with a type each: flags checked, arguments counted. Words keep their quotes and variables; what a variable is
// worth only a build knows.
import { Flags, type FlagKind, type FlagValue } from './flags.ts';
import { parseHealthcheck, type Healthcheck } from './healthcheck.ts';
import { parseHeredocWord, type Heredoc } from './lines.ts';
import type { Node, Token } from './nodes.ts';
import { DockerfileError, type SourceRange } from './source.ts';

interface Common {
  /** The joined line as it was written. */
  readonly text: string;
  readonly range: SourceRange;
  readonly keyword: Token;
}

/** A command, as a list of words or as a line for the shell. */
export type Command = { readonly words: readonly string[] } | { readonly shell: string };

/** What COPY and ADD have in common. */
interface Files extends Common {
  readonly sources: readonly Token[];
  /** Sources whose content is written in the Dockerfile. */
  readonly documents: readonly Heredoc[];
  readonly target: Token;
  readonly chown: string;
  readonly chmod: string;
  readonly link: boolean;
  readonly parents: boolean;
  readonly exclude: readonly FlagValue[];
  /** Written as a JSON list. */
  readonly json: boolean;
}

export type Instruction =
  | (Common & {
      readonly name: 'from';
      readonly image: Token;
      readonly platform: string;
      readonly alias: Token | undefined;
    })
  | (Common & {
      readonly name: 'run';
      readonly command: Command;
      readonly documents: readonly Heredoc[];
      readonly mounts: readonly FlagValue[];
      readonly network: FlagValue | undefined;
      readonly security: FlagValue | undefined;
      readonly devices: readonly FlagValue[];
    })
  | (Files & { readonly name: 'copy'; readonly from: FlagValue | undefined })
  | (Files & {
      readonly name: 'add';
      readonly checksum: string;
      readonly keepGitDir: boolean;
      /** undefined: archives of the context are unpacked, those of a URL are not. */
      readonly unpack: boolean | undefined;
    })
  | (Common & { readonly name: 'cmd' | 'entrypoint'; readonly command: Command })
  | (Common & { readonly name: 'env' | 'label'; readonly pairs: Node['pairs'] })
  | (Common & { readonly name: 'arg'; readonly variables: readonly ArgVariable[] })
  | (Common & { readonly name: 'expose' | 'volume'; readonly words: readonly Token[] })
  | (Common & { readonly name: 'user' | 'workdir' | 'stopsignal' | 'maintainer'; readonly word: Token })
  | (Common & { readonly name: 'shell'; readonly words: readonly string[] })
  | (Common & { readonly name: 'healthcheck'; readonly check: Healthcheck })
  | (Common & { readonly name: 'onbuild'; readonly trigger: string; readonly instruction: Instruction });

/** `name` or `name=default`. */
export interface ArgVariable {
  readonly name: string;
  readonly value: string | undefined;
  readonly range: SourceRange;
}

export type InstructionName = Instruction['name'];
/** An instruction by its name. */
export type InstructionOf<Name extends InstructionName> = Extract<Instruction, { name: Name }>;

const flagsOf: Readonly<Record<InstructionName, Readonly<Record<string, FlagKind>>>> = {
  from: { platform: 'text' },
  run: { mount: 'many', network: 'text', security: 'text', device: 'many' },
  copy: {
    from: 'text',
    chown: 'text',
    chmod: 'text',
    link: 'switch',
    parents: 'switch',
    exclude: 'many',
  },
  add: {
    chown: 'text',
    chmod: 'text',
    link: 'switch',
    parents: 'switch',
    exclude: 'many',
    checksum: 'text',
    'keep-git-dir': 'switch',
    unpack: 'switch',
  },
  healthcheck: {
    interval: 'text',
    timeout: 'text',
    'start-period': 'text',
    'start-interval': 'text',
    retries: 'text',
  },
  cmd: {},
  entrypoint: {},
  env: {},
  label: {},
  arg: {},
  expose: {},
  volume: {},
  user: {},
  workdir: {},
  stopsignal: {},
  maintainer: {},
  shell: {},
  onbuild: {},
};

/** The flags that an instruction takes, by its name in small letters. */
export function knownFlags(name: string): readonly string[] {
  return isInstructionName(name) ? Object.keys(flagsOf[name]) : [];
}

function isInstructionName(name: string): name is InstructionName {
  return Object.hasOwn(flagsOf, name);
}

/** Gives a node its type. Throws {@link DockerfileError} in Docker's words, with the place. */
export function typed(node: Node, escape: string): Instruction {
  const { name } = node;
  if (!isInstructionName(name)) {
    throw new DockerfileError(`unknown instruction: ${node.keyword.text.toUpperCase()}`, node.keyword.range);
  }
  const flags = new Flags(node, flagsOf[name]);
  const common: Common = { text: node.text, range: node.range, keyword: node.keyword };
  const upper = name.toUpperCase();
  const fail = (message: string, range: SourceRange = node.range): never => {
    throw new DockerfileError(message, range);
  };
  const one = (): Token => {
    const [word] = node.words;
    return word === undefined || node.words.length > 1
      ? fail(`${upper} requires exactly one argument`)
      : word;
  };
  switch (name) {
    case 'from':
      return { ...common, name, ...fromParts(node), platform: flags.text('platform') };
    case 'run': {
      const command = commandOf(node);
      // A document in the place of a command: its name is no shell's business.
      const documents = node.json ? [] : node.heredocs;
      if (node.words.length === 0 && documents.length === 0) fail('RUN requires at least one argument');
      return {
        ...common,
        name,
        command,
        documents,
        mounts: flags.all('mount'),
        network: flags.given('network'),
        security: flags.given('security'),
        devices: flags.all('device'),
      };
    }
    case 'copy':
      return { ...common, name, ...filesOf(node, flags, escape), from: flags.given('from') };
    case 'add':
      return {
        ...common,
        name,
        ...filesOf(node, flags, escape),
        checksum: flags.text('checksum'),
        keepGitDir: flags.isOn('keep-git-dir'),
        unpack: flags.given('unpack') === undefined ? undefined : flags.isOn('unpack'),
      };
    case 'cmd':
    case 'entrypoint':
      return { ...common, name, command: commandOf(node) };
    case 'env':
    case 'label':
      if (node.pairs.length === 0) fail(`${upper} requires at least one argument`);
      for (const pair of node.pairs) {
        if (pair.name.text === '') fail(`${upper} names can not be blank`, pair.name.range);
      }
      return { ...common, name, pairs: node.pairs };
    case 'arg':
      if (node.words.length === 0) fail('ARG requires at least one argument');
      return { ...common, name, variables: node.words.map(argVariable) };
    case 'expose':
    case 'volume':
      if (node.words.length === 0) fail(`${upper} requires at least one argument`);
      if (name === 'volume' && node.words.some(({ text }) => text.trim() === '')) {
        fail('VOLUME specified can not be an empty string');
      }
      return { ...common, name, words: node.words };
    case 'user':
    case 'workdir':
    case 'stopsignal':
    case 'maintainer':
      return { ...common, name, word: one() };
    case 'shell':
      if (node.words.length === 0) fail('SHELL requires at least one argument');
      if (!node.json) fail('SHELL requires the arguments to be in JSON form');
      return { ...common, name, words: node.words.map(({ text }) => text) };
    case 'healthcheck':
      return { ...common, name, check: parseHealthcheck(node, flags) };
    case 'onbuild': {
      const { trigger } = node;
      if (trigger === undefined) return fail('ONBUILD requires at least one argument');
      const what = trigger.name.toUpperCase();
      if (what === 'ONBUILD') fail("Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed");
      if (what === 'FROM' || what === 'MAINTAINER') fail(`${what} isn't allowed as an ONBUILD trigger`);
      return { ...common, name, trigger: node.rest.text, instruction: typed(trigger, escape) };
    }
  }
}

function commandOf(node: Node): Command {
  if (node.json) return { words: node.words.map(({ text }) => text) };
  return { shell: node.words[0]?.text ?? '' };
}

function fromParts(node: Node): { image: Token; alias: Token | undefined } {
  const [image, as, alias] = node.words;
  if (image === undefined || node.words.length > 3 || node.words.length === 2) {
    throw new DockerfileError('FROM requires either one or three arguments', node.range);
  }
  if (alias === undefined) return { image, alias: undefined };
  if (as?.text.toLowerCase() !== 'as') {
    throw new DockerfileError('FROM requires either one or three arguments', as?.range ?? node.range);
  }
  if (!/^[a-z][a-z0-9-_.]*$/i.test(alias.text)) {
    throw new DockerfileError(
      `invalid name for build stage: ${JSON.stringify(alias.text)}, name can't start with a number or contain symbols`,
      alias.range,
    );
  }
  return { image, alias };
}

function filesOf(node: Node, flags: Flags, escape: string): Omit<Files, keyof Common> {
  const upper = node.name.toUpperCase();
  const target = node.words.at(-1);
  if (target === undefined) throw new DockerfileError(`${upper} requires at least one argument`, node.range);
  if (node.words.length < 2) {
    throw new DockerfileError(
      `${upper} requires at least two arguments, but only one was provided. Destination could not be determined`,
      node.range,
    );
  }
  const named = (word: Token): Heredoc | undefined => {
    if (node.json) return undefined;
    const found = parseHeredocWord(word.text, escape);
    return found === undefined ? undefined : node.heredocs.find(({ name }) => name === found.name);
  };
  if (named(target) !== undefined) {
    throw new DockerfileError(`${upper} cannot accept a heredoc as destination`, target.range);
  }
  const sources: Token[] = [];
  const documents: Heredoc[] = [];
  for (const word of joinedHeredocs(node.words.slice(0, -1))) {
    const document = named(word);
    if (document === undefined) sources.push(word);
    else documents.push(document);
  }
  return {
    sources,
    documents,
    target,
    chown: flags.text('chown'),
    chmod: flags.text('chmod'),
    link: flags.isOn('link'),
    parents: flags.isOn('parents'),
    exclude: flags.all('exclude'),
    json: node.json,
  };
}

/** `<< NAME` is one word. */
function joinedHeredocs(words: readonly Token[]): Token[] {
  const joined: Token[] = [];
  for (const word of words) {
    const before = joined.at(-1);
    if (before !== undefined && /^\d*<<-?$/.test(before.text)) {
      joined[joined.length - 1] = { text: before.text + word.text, range: word.range };
    } else {
      joined.push(word);
    }
  }
  return joined;
}

function argVariable({ text, range }: Token): ArgVariable {
  const equals = text.indexOf('=');
  if (equals === 0) throw new DockerfileError('ARG names can not be blank', range);
  if (equals < 0) return { name: text, value: undefined, range };
  return { name: text.slice(0, equals), value: text.slice(equals + 1), range };
}
