// What may be meant by a reference that is being typed: names that a search of its registry finds, and after a colon the tags there.
// A registry that cannot answer suggests nothing.
import { useEffect, useMemo, useState } from 'react';
import { parseImageReference, InvalidReferenceError } from '../../../../runtime/syntax/image-reference.ts';
import { useModel } from '../../state/model-store.ts';
import { en } from '../../strings/en.ts';
import { openClient } from '../../transport/connection.ts';

/** Registries are not asked at every key. */
const pauseMs = 300;
const minTermLength = 2;
/** Repositories whose answers are kept while the dialog is open. */
const maxKept = 50;

/** What to suggest, the likeliest first, and what is said of each. */
export interface Suggestions {
  readonly texts: readonly string[];
  readonly notes: ReadonlyMap<string, string>;
}

const nothing: Suggestions = { texts: [], notes: new Map() };
const collator = new Intl.Collator('en', { numeric: true });

/** Suggestions for what is typed, as soon as they are known. */
export function useReferenceSuggestions(typed: string): Suggestions {
  const listsTags = useModel((state) => state.engine?.features.includes('registryTags') === true);
  const [answers, setAnswers] = useState<ReadonlyMap<string, Suggestions>>(new Map());
  const question = useMemo(() => questionOf(typed.trim(), listsTags), [typed, listsTags]);
  const key = question === undefined ? '' : `${question.kind} ${question.text}`;
  const known = answers.has(key);

  useEffect(() => {
    if (question === undefined || known) return;
    let left = false;
    const timer = setTimeout(() => {
      const keep = (answer: Suggestions): void => {
        if (!left) setAnswers((before) => new Map([...before, [key, answer] as const].slice(-maxKept)));
      };
      ask(question).then(keep, () => keep(nothing));
    }, pauseMs);
    return () => {
      left = true;
      clearTimeout(timer);
    };
  }, [key, known, question]);
  const answer = answers.get(key) ?? nothing;
  // All tags of a name come at once.
  const texts = useMemo(
    () =>
      question?.kind === 'tags' ? answer.texts.filter((text) => text.includes(typed.trim())) : answer.texts,
    [answer, question, typed],
  );
  return { ...answer, texts };
}

interface Question {
  readonly kind: 'search' | 'tags';
  readonly text: string;
}

/** What to ask a registry about. */
export function questionOf(typed: string, listsTags: boolean): Question | undefined {
  const name = /^(.+):[\w.-]*$/.exec(typed)?.[1];
  // `host:5000` may be the beginning of a name, too: nothing is known of it yet.
  if (name !== undefined && !/\.[^/]*$|^localhost$/.test(name) && isName(name))
    return listsTags ? { kind: 'tags', text: name } : undefined;
  return typed.length >= minTermLength && !/[\s@]/.test(typed) && !typed.endsWith('/')
    ? { kind: 'search', text: typed }
    : undefined;
}

function isName(text: string): boolean {
  try {
    const { tag, digest } = parseImageReference(text);
    return tag === undefined && digest === undefined;
  } catch (error) {
    if (error instanceof InvalidReferenceError) return false;
    throw error;
  }
}

async function ask({ kind, text }: Question): Promise<Suggestions> {
  if (kind === 'tags') {
    const { tags } = await openClient().call('images.registryTags', { name: text });
    return { texts: orderedTags(tags).map((tag) => `${text}:${tag}`), notes: new Map() };
  }
  const { found } = await openClient().call('images.search', { term: text });
  return {
    texts: found.map(({ name }) => name),
    notes: new Map(found.map((one) => [one.name, en.pull.found(one.stars, one.official, one.description)])),
  };
}

/** `latest`, then the highest versions. */
export function orderedTags(tags: readonly string[]): string[] {
  const rank = (tag: string): number => (tag === 'latest' ? 0 : 1);
  return [...tags].sort((a, b) => rank(a) - rank(b) || collator.compare(b, a));
}
