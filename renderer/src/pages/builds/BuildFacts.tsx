// What a build was asked for and what came of it.
import type { ReactNode } from 'react';
import type { BuildHead } from '../../../../runtime/contract/builds.ts';
import { ObjectFacts, type ObjectFact } from '../../components/ObjectDetails.tsx';
import { inert } from '../../format/inert.ts';
import { formatDateTime } from '../../format/number.ts';
import { en } from '../../strings/en.ts';

const words = en.builds.details;

export function BuildFacts({ head }: { readonly head: BuildHead }) {
  const { request } = head;
  const mono = (text: string): ReactNode => (
    <span className="font-mono text-sm break-all">{inert(text)}</span>
  );
  const facts: readonly ObjectFact[] = [
    [words.facts.started, formatDateTime(head.startedMs)],
    ...(head.image === '' ? [] : [[words.facts.image, mono(head.image)] as const]),
    ...(head.names.length === 0 ? [] : [[words.facts.names, mono(head.names.join(', '))] as const]),
    [words.facts.tags, request.tags.length === 0 ? en.common.none : mono(request.tags.join(', '))],
    request.remote === ''
      ? [words.facts.source, request.source === '' ? words.unknownSource : mono(request.source)]
      : [words.facts.remote, mono(request.remote)],
    [words.facts.dockerfile, mono(request.dockerfile)],
    [words.facts.target, request.target === '' ? words.lastStage : mono(request.target)],
    [
      words.facts.arguments,
      request.arguments.length === 0 ? (
        en.common.none
      ) : (
        <>
          {mono(request.arguments.join(', '))}
          <div className="text-sm text-ink-3">{words.facts.argumentsNote}</div>
        </>
      ),
    ],
    [words.facts.noCache, request.noCache ? words.facts.cacheUnused : words.facts.cacheUsed],
    [words.facts.pull, request.pull ? words.facts.pulled : words.facts.notPulled],
  ];
  return (
    <div className="px-[18px] py-3">
      <ObjectFacts facts={facts} />
    </div>
  );
}
