// A JSON document to look into: as a tree or as text, with a search that unfolds what it finds, and Copy.
import { ChevronDown, ChevronUp, RotateCw, Search } from 'lucide-react';
import { useEffect, useMemo, useRef, useState, type KeyboardEvent } from 'react';
import { en } from '../strings/en.ts';
import { CopyButton } from './CopyButton.tsx';
import {
  findLines,
  firstFolds,
  indentJson,
  jsonLines,
  unfoldedTo,
  visibleLines,
  type JsonLine,
} from './json-tree.ts';
import { JsonText } from './JsonText.tsx';
import { JsonTree } from './JsonTree.tsx';
import { Segmented } from './Segmented.tsx';
import { IconButton } from './IconButton.tsx';
import { Tip } from './Tip.tsx';

interface JsonViewProps {
  readonly label: string;
  readonly json: string;
  /** Reads it anew. */
  readonly onRefresh: () => void;
}

const words = en.json;
const nowhere = -1;

/** Copies a value as JSON; a string as it is. */
function copyLine(document: unknown, line: JsonLine, lines: readonly JsonLine[]): void {
  const names: string[] = [];
  for (let at: JsonLine | undefined = line; at?.name !== undefined; at = lines[at.parent])
    names.unshift(at.name);
  const value = names.reduce<unknown>(
    (inside, name) => (inside === null || typeof inside !== 'object' ? undefined : Reflect.get(inside, name)),
    document,
  );
  const text = typeof value === 'string' ? value : (JSON.stringify(value, null, 2) ?? '');
  void navigator.clipboard.writeText(text);
}

export function JsonView({ label, json, onRefresh }: JsonViewProps) {
  const [view, setView] = useState<'tree' | 'text'>('tree');
  const document = useMemo<unknown>(() => JSON.parse(json), [json]);
  const lines = useMemo(() => jsonLines(document), [document]);
  const pretty = useMemo(() => indentJson(json), [json]);
  const texts = useMemo(() => pretty.split('\n'), [pretty]);
  const [folded, setFolded] = useState(() => firstFolds(lines));
  const visible = useMemo(() => visibleLines(lines, folded), [lines, folded]);
  const [text, setText] = useState('');
  const [position, setPosition] = useState(0);
  const found = useMemo(
    () =>
      view === 'tree'
        ? findLines(lines, text)
        : text === ''
          ? []
          : texts.flatMap((line, at) => (line.toLowerCase().includes(text.toLowerCase()) ? [at] : [])),
    [view, lines, texts, text],
  );
  const foundAt = found[position] ?? nowhere;

  const goTo = (hits: readonly number[], index: number): void => {
    setPosition(index);
    const at = hits[index];
    if (at !== undefined && view === 'tree') setFolded((before) => unfoldedTo(lines, at, before));
  };
  const search = (wanted: string): void => {
    setText(wanted);
    goTo(view === 'tree' ? findLines(lines, wanted) : [], 0);
  };
  const step = (by: 1 | -1): void => {
    if (found.length > 0) goTo(found, (position + by + found.length) % found.length);
  };
  const fold = (path: string, isFolded: boolean): void =>
    setFolded((before) => {
      const next = new Set(before);
      if (isFolded) next.add(path);
      else next.delete(path);
      return next;
    });

  return (
    <>
      <div className="flex flex-none flex-wrap items-center gap-x-2 gap-y-1 border-b border-line px-[18px] py-[6px]">
        <SearchBox text={text} index={position} count={found.length} onChange={search} onStep={step} />
        <Segmented
          label={words.view}
          value={view}
          onChoose={(chosen) => {
            setView(chosen);
            setPosition(0);
          }}
          options={[
            { value: 'tree', text: words.tree },
            { value: 'text', text: words.text },
          ]}
        />
        <span className="flex-1" />
        {view === 'tree' && (
          <>
            <span className="text-sm whitespace-nowrap text-ink-3">
              <kbd className="kbd">c</kbd> {words.copyValue}
            </span>
            <button type="button" className="btn btn-ghost" onClick={() => setFolded(new Set())}>
              {words.unfoldAll}
            </button>
            <button
              type="button"
              className="btn btn-ghost"
              onClick={() =>
                setFolded(
                  new Set(lines.filter((line) => line.size > 0 && line.depth > 0).map((line) => line.path)),
                )
              }
            >
              {words.foldAll}
            </button>
          </>
        )}
        <IconButton label={words.refresh} icon={<RotateCw aria-hidden />} onClick={onRefresh} />
        <CopyButton text={pretty} label={words.copy} />
      </div>
      {view === 'tree' ? (
        <JsonTree
          label={label}
          lines={lines}
          visible={visible}
          folded={folded}
          found={text}
          foundAt={foundAt}
          onFold={fold}
          onUnfoldAll={() => setFolded(new Set())}
          onCopy={(line) => copyLine(document, line, lines)}
        />
      ) : (
        <JsonText label={label} lines={texts} found={text} foundAt={foundAt} />
      )}
    </>
  );
}

interface SearchBoxProps {
  readonly text: string;
  /** Which match one is at, from 0. */
  readonly index: number;
  readonly count: number;
  readonly onChange: (text: string) => void;
  readonly onStep: (step: 1 | -1) => void;
}

function SearchBox({ text, index, count, onChange, onStep }: SearchBoxProps) {
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const listen = (event: globalThis.KeyboardEvent): void => {
      const chord = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
      if (!chord || event.key.toLowerCase() !== 'f' || event.defaultPrevented) return;
      if (window.document.querySelector('.dialog-overlay') !== null) return;
      event.preventDefault();
      input.current?.select();
    };
    window.document.addEventListener('keydown', listen);
    return () => window.document.removeEventListener('keydown', listen);
  }, []);
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>): void => {
    if (event.key === 'Enter') onStep(event.shiftKey ? -1 : 1);
    else if (event.key === 'Escape' && text !== '') onChange('');
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div className="filter" role="search">
      <Search aria-hidden />
      <input
        ref={input}
        type="text"
        aria-label={words.find}
        aria-keyshortcuts="Control+F Meta+F"
        placeholder={en.logs.findPlaceholder}
        autoComplete="off"
        spellCheck={false}
        value={text}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={onKeyDown}
      />
      {text === '' ? (
        <kbd className="kbd">{en.logs.findKeys}</kbd>
      ) : (
        <>
          <span className="text-sm whitespace-nowrap tabular-nums" role="status">
            {words.position(count === 0 ? 0 : index + 1, count)}
          </span>
          <span className="flex flex-none items-center">
            <Tip text={en.logs.previous}>
              <button
                type="button"
                className="btn btn-ghost h-5 w-5 p-0"
                aria-label={en.logs.previous}
                onClick={() => onStep(-1)}
              >
                <ChevronUp aria-hidden />
              </button>
            </Tip>
            <Tip text={en.logs.next}>
              <button
                type="button"
                className="btn btn-ghost h-5 w-5 p-0"
                aria-label={en.logs.next}
                onClick={() => onStep(1)}
              >
                <ChevronDown aria-hidden />
              </button>
            </Tip>
          </span>
        </>
      )}
    </div>
  );
}
