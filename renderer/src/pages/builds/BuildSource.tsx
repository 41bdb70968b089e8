// The Dockerfile as it was built, with the line that failed marked and the error's sentence below it.
import { useEffect, useRef } from 'react';
import type { BuildHead } from '../../../../runtime/contract/builds.ts';
import { inert, inertLine } from '../../format/inert.ts';

interface BuildSourceProps {
  readonly text: string;
  readonly error: BuildHead['error'];
}

export function BuildSource({ text, error }: BuildSourceProps) {
  const marked = useRef<HTMLLIElement>(null);
  useEffect(() => marked.current?.scrollIntoView({ block: 'center' }), []);
  const lines = text.replace(/\n$/, '').split('\n');
  const first = error?.range?.startLine ?? 0;
  const last = error?.range?.endLine ?? 0;
  return (
    <ol className="build-source">
      {lines.map((line, index) => {
        const number = index + 1;
        const failed = number >= first && number <= last;
        return (
          <li key={number} ref={number === first ? marked : undefined} data-failed={failed}>
            <span aria-hidden className="build-source-number">
              {number}
            </span>
            <code>{inertLine(line) || ' '}</code>
            {error !== null && number === last && (
              <p className="build-source-error">{inert(error.message)}</p>
            )}
          </li>
        );
      })}
    </ol>
  );
}
