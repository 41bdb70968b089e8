// The text editor: CodeMirror with what a Dockerfile needs. Problems and the line that failed come from outside; what is typed goes out.
import {
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
  type CompletionContext,
  type CompletionResult,
} from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { bracketMatching } from '@codemirror/language';
import { lintGutter, nextDiagnostic, previousDiagnostic, setDiagnostics } from '@codemirror/lint';
import { highlightSelectionMatches, searchKeymap } from '@codemirror/search';
import { EditorState, StateEffect, StateField, type Extension } from '@codemirror/state';
import {
  Decoration,
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
  WidgetType,
  type DecorationSet,
} from '@codemirror/view';
import { useEffect, useImperativeHandle, useLayoutEffect, useRef, type Ref } from 'react';
import { inert } from '../../../format/inert.ts';
import { suggestionsAt, type Around } from './dockerfile-assist.ts';
import { dockerfileHelp } from './dockerfile-help.ts';
import { dockerfileLanguage } from './dockerfile-language.ts';
import type { Problem } from './dockerfile-problems.ts';

/** Lines that a build failed at. */
export interface FailedLines {
  readonly startLine: number;
  readonly endLine: number;
  readonly message: string;
}

export interface EditorHandle {
  /** Shows a place and gives it the keyboard. */
  goTo(line: number, column: number): void;
}

interface CodeEditorProps {
  readonly ref?: Ref<EditorHandle>;
  readonly label: string;
  readonly text: string;
  readonly isDockerfile: boolean;
  readonly problems: readonly Problem[];
  readonly failed: FailedLines | undefined;
  readonly around: Around;
  readonly onChange: (text: string) => void;
}

const setFailed = StateEffect.define<FailedLines | undefined>();

class FailureWidget extends WidgetType {
  readonly #message: string;

  constructor(message: string) {
    super();
    this.#message = message;
  }

  override eq(other: FailureWidget): boolean {
    return other.#message === this.#message;
  }

  override toDOM(): HTMLElement {
    const line = document.createElement('div');
    line.className = 'cm-failed-message';
    line.textContent = inert(this.#message);
    return line;
  }
}

const failedLine = Decoration.line({ class: 'cm-failed-line' });

/** The lines of the last failure, moved along with what is typed above them; typing in them takes the mark away. */
const failedField = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(marks, { changes, effects, state, startState }) {
    let next = marks.map(changes);
    changes.iterChanges((from, to) => {
      marks.between(startState.doc.lineAt(from).from, startState.doc.lineAt(to).to, () => {
        next = Decoration.none;
        return false;
      });
    });
    for (const effect of effects) {
      if (!effect.is(setFailed)) continue;
      const failed = effect.value;
      if (failed === undefined || failed.startLine > state.doc.lines) {
        next = Decoration.none;
        continue;
      }
      const last = Math.min(failed.endLine, state.doc.lines);
      const lines = Array.from({ length: last - failed.startLine + 1 }, (_, index) =>
        failedLine.range(state.doc.line(failed.startLine + index).from),
      );
      const widget = Decoration.widget({ widget: new FailureWidget(failed.message), block: true, side: 1 });
      next = Decoration.set([...lines, widget.range(state.doc.line(last).to)], true);
    }
    return next;
  },
  provide: (field) => EditorView.decorations.from(field),
});

const look = EditorView.theme({
  '&': { height: '100%', fontSize: '13px', backgroundColor: 'var(--surface)', color: 'var(--ink)' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--font-mono)', lineHeight: '1.55' },
  '.cm-content': { padding: '8px 0', caretColor: 'var(--ink)' },
  '.cm-gutters': { backgroundColor: 'var(--surface)', color: 'var(--ink-3)', border: '0' },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'var(--hover)' },
  '.cm-cursor': { borderLeftColor: 'var(--ink)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    backgroundColor: 'color-mix(in srgb, var(--accent) 26%, transparent)',
  },
  '.cm-tooltip': {
    border: '1px solid var(--line)',
    borderRadius: '8px',
    backgroundColor: 'var(--raised)',
    color: 'var(--ink)',
    boxShadow: 'var(--shadow-pop)',
    overflow: 'hidden',
  },
  '.cm-tooltip-autocomplete > ul': { fontFamily: 'var(--font-mono)', fontSize: '12px' },
  '.cm-tooltip-autocomplete > ul > li': { padding: '3px 8px' },
  '.cm-tooltip-autocomplete > ul > li[aria-selected]': {
    backgroundColor: 'var(--accent-soft)',
    color: 'var(--accent)',
  },
  '.cm-completionInfo': {
    maxWidth: '340px',
    padding: '8px 10px',
    whiteSpace: 'pre-wrap',
    fontFamily: 'var(--font-ui)',
  },
  '.cm-help': { maxWidth: '400px', padding: '8px 10px', fontFamily: 'var(--font-ui)' },
  '.cm-help code': {
    display: 'block',
    marginBottom: '4px',
    fontFamily: 'var(--font-mono)',
    fontWeight: '600',
  },
  '.cm-diagnostic': {
    padding: '6px 10px',
    fontFamily: 'var(--font-ui)',
    borderLeft: '3px solid var(--warn)',
  },
  '.cm-diagnostic-error': { borderLeftColor: 'var(--bad)' },
  '.cm-panels': { backgroundColor: 'var(--raised)', color: 'var(--ink)' },
  '.cm-searchMatch': { backgroundColor: 'var(--warn-soft)' },
});

export function CodeEditor(props: CodeEditorProps) {
  const { ref, label, text, isDockerfile, problems, failed, around, onChange } = props;
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(undefined);
  const latest = useRef({ around, onChange });
  useLayoutEffect(() => {
    latest.current = { around, onChange };
  });

  // One editor for the life of the component; its owner makes a new one for another file.
  useLayoutEffect(() => {
    if (place.current === null) return;
    const editor = new EditorView({
      parent: place.current,
      state: EditorState.create({
        doc: text,
        extensions: [
          EditorState.lineSeparator.of(text.includes('\r\n') ? '\r\n' : '\n'),
          ...basics(label),
          ...(isDockerfile ? forDockerfile(() => latest.current.around) : []),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) latest.current.onChange(update.state.sliceDoc());
          }),
        ],
      }),
    });
    view.current = editor;
    return () => {
      view.current = undefined;
      editor.destroy();
    };
    // eslint-disable-next-line react-hooks/exhaustive-deps -- the text is only the first one; later ones come by the effect below
  }, [label, isDockerfile]);

  // A text that did not come from here: the file was read anew.
  useEffect(() => {
    const editor = view.current;
    if (editor === undefined || editor.state.sliceDoc() === text) return;
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: text } });
  }, [text]);

  useEffect(() => {
    const editor = view.current;
    if (editor === undefined) return;
    const { doc } = editor.state;
    const offset = (line: number, column: number): number => {
      const found = doc.line(Math.min(Math.max(1, line), doc.lines));
      return Math.min(found.to, found.from + Math.max(0, column - 1));
    };
    const diagnostics = problems.map(({ severity, message, rule, range }) => {
      const from = offset(range.startLine, range.startColumn);
      const to = Math.max(from, offset(range.endLine, range.endColumn));
      return { from, to, severity, message: inert(message), ...(rule === '' ? {} : { source: rule }) };
    });
    editor.dispatch(setDiagnostics(editor.state, diagnostics));
  }, [problems, label]);

  useEffect(() => {
    const editor = view.current;
    if (editor === undefined) return;
    const { doc } = editor.state;
    const shown =
      failed === undefined || failed.startLine > doc.lines
        ? []
        : [EditorView.scrollIntoView(doc.line(failed.startLine).from, { y: 'center' })];
    editor.dispatch({ effects: [setFailed.of(failed), ...shown] });
  }, [failed, label]);

  useImperativeHandle(
    ref,
    () => ({
      goTo: (line, column) => {
        const editor = view.current;
        if (editor === undefined) return;
        const { doc } = editor.state;
        const found = doc.line(Math.min(Math.max(1, line), doc.lines));
        const anchor = Math.min(found.to, found.from + Math.max(0, column - 1));
        editor.dispatch({
          selection: { anchor },
          effects: EditorView.scrollIntoView(anchor, { y: 'center' }),
        });
        editor.focus();
      },
    }),
    [],
  );
  return <div ref={place} className="min-h-0 flex-1 overflow-hidden" />;
}

/** What every text has. Tab is left to the page: it leads out of the editor. */
function basics(label: string): Extension[] {
  return [
    lineNumbers(),
    highlightActiveLine(),
    highlightActiveLineGutter(),
    history(),
    drawSelection(),
    bracketMatching(),
    closeBrackets(),
    highlightSelectionMatches(),
    lintGutter(),
    EditorView.lineWrapping,
    failedField,
    look,
    EditorView.contentAttributes.of({ 'aria-label': label, spellcheck: 'false' }),
    keymap.of([
      { key: 'F8', run: nextDiagnostic },
      { key: 'Shift-F8', run: previousDiagnostic },
      ...closeBracketsKeymap,
      ...completionKeymap,
      ...searchKeymap,
      ...historyKeymap,
      ...defaultKeymap,
    ]),
  ];
}

function forDockerfile(around: () => Around): Extension[] {
  return [
    dockerfileLanguage,
    autocompletion({ override: [(context) => complete(context, around())], icons: false }),
    dockerfileHelp,
  ];
}

function complete(context: CompletionContext, around: Around): CompletionResult | null {
  const before = context.state.sliceDoc(0, context.pos);
  const found = suggestionsAt(before.replaceAll('\r\n', '\n'), around);
  if (found === undefined || (found.length === 0 && !context.explicit && !/[$=]$/.test(before))) return null;
  return {
    from: context.pos - found.length,
    options: found.options.map(({ label, kind, info, insert }) => ({
      label,
      type: kind,
      ...(info === '' ? {} : { info }),
      ...(insert === undefined ? {} : { apply: insert }),
    })),
    validFor: /^[\w./:@-]*$/,
  };
}
