// The options of a build as they are typed. Pure.
import { en } from '../../strings/en.ts';
import type { FolderOptions } from '../../state/workspace.ts';
import { isReference } from '../images/image-reference.ts';

const words = en.builds.options;

export interface OptionsForm {
  readonly tags: string;
  readonly target: string;
  readonly args: string;
  readonly noCache: boolean;
  readonly pull: boolean;
}

export interface OptionsErrors {
  readonly tags?: string;
  readonly args?: string;
}

export function formOf(options: FolderOptions): OptionsForm {
  return {
    tags: options.tags.join(', '),
    target: options.target,
    args: options.arguments.map(({ name, value }) => `${name}=${value}`).join('\n'),
    noCache: options.noCache,
    pull: options.pull,
  };
}

/** The options, or what is wrong. */
export function optionsOf(form: OptionsForm): { options: FolderOptions } | { errors: OptionsErrors } {
  const tags = form.tags.split(/[\s,]+/).filter((tag) => tag !== '');
  const wrongTag = tags.find((tag) => !isReference(tag));
  const lines = form.args.split('\n').filter((line) => line.trim() !== '');
  const wrongLine = lines.find((line) => !/^\s*[A-Za-z_][^=\s]*=/.test(line));
  if (wrongTag !== undefined || wrongLine !== undefined) {
    return {
      errors: {
        ...(wrongTag === undefined ? {} : { tags: words.tagWrong(wrongTag) }),
        ...(wrongLine === undefined ? {} : { args: words.argWrong(wrongLine.trim()) }),
      },
    };
  }
  return {
    options: {
      tags,
      target: form.target.trim(),
      arguments: lines.map((line) => {
        const equals = line.indexOf('=');
        return { name: line.slice(0, equals).trim(), value: line.slice(equals + 1) };
      }),
      noCache: form.noCache,
      pull: form.pull,
    },
  };
}
