// The options of a build as they are typed. Pure.
import { en } from '../../strings/en.ts';
import type { FolderOptions } from '../../state/workspace.ts';
import { isReference } from '../images/image-reference.ts';

const words = en.builds.options;

export interface OptionsForm {
  readonly tags: string;
  readonly target: string;
  readonly args: string;
  readonly labels: string;
  readonly platform: string;
  readonly cacheFrom: string;
  readonly noCache: boolean;
  readonly pull: boolean;
}

export interface OptionsErrors {
  readonly tags?: string;
  readonly args?: string;
  readonly labels?: string;
  readonly platform?: string;
  readonly cacheFrom?: string;
}

type Entry = FolderOptions['labels'][number];

const linesOf = (entries: readonly Entry[]): string =>
  entries.map(({ name, value }) => `${name}=${value}`).join('\n');

export function formOf(options: FolderOptions): OptionsForm {
  return {
    tags: options.tags.join(', '),
    target: options.target,
    args: linesOf(options.arguments),
    labels: linesOf(options.labels),
    platform: options.platform,
    cacheFrom: options.cacheFrom.join(', '),
    noCache: options.noCache,
    pull: options.pull,
  };
}

const namesOf = (text: string): string[] => text.split(/[\s,]+/).filter((name) => name !== '');

/** The lines of a field, and the first that has no name. */
function entriesOf(text: string, line: RegExp): { entries: Entry[]; wrong: string | undefined } {
  const lines = text.split('\n').filter((one) => one.trim() !== '');
  const entries = lines.map((one) => {
    const equals = one.indexOf('=');
    return { name: one.slice(0, equals).trim(), value: one.slice(equals + 1) };
  });
  return { entries, wrong: lines.find((one) => !line.test(one))?.trim() };
}

/** The options, or what is wrong. */
export function optionsOf(form: OptionsForm): { options: FolderOptions } | { errors: OptionsErrors } {
  const tags = namesOf(form.tags);
  const cacheFrom = namesOf(form.cacheFrom);
  const wrongTag = tags.find((name) => !isReference(name));
  const wrongSource = cacheFrom.find((name) => !isReference(name));
  const args = entriesOf(form.args, /^\s*[A-Za-z_][^=\s]*=/);
  const labels = entriesOf(form.labels, /^\s*[^=\s]+=/);
  const platform = form.platform.trim();
  const errors: OptionsErrors = {
    ...(wrongTag === undefined ? {} : { tags: words.tagWrong(wrongTag) }),
    ...(args.wrong === undefined ? {} : { args: words.argWrong(args.wrong) }),
    ...(labels.wrong === undefined ? {} : { labels: words.argWrong(labels.wrong) }),
    ...(/^(?:[a-z0-9]+(?:\/[a-z0-9]+){0,2})?$/.test(platform)
      ? {}
      : { platform: words.platformWrong(platform) }),
    ...(wrongSource === undefined ? {} : { cacheFrom: words.tagWrong(wrongSource) }),
  };
  if (Object.keys(errors).length > 0) return { errors };
  return {
    options: {
      ...{ tags, target: form.target.trim(), arguments: args.entries, labels: labels.entries },
      ...{ platform, cacheFrom, noCache: form.noCache, pull: form.pull },
    },
  };
}
