// What an instruction or a flag means, beside it: under the pointer, and with Ctrl Shift Space at the cursor, where it is read out, too.
import { StateEffect, StateField, type EditorState, type Extension } from '@codemirror/state';
import { EditorView, hoverTooltip, keymap, showTooltip, type Tooltip } from '@codemirror/view';
import { meaningAt } from './dockerfile-assist.ts';

interface Help {
  readonly title: string;
  readonly text: string;
  readonly tooltip: Tooltip;
}

function helpAt(state: EditorState, position: number): Help | undefined {
  const line = state.doc.lineAt(position);
  const meaning = meaningAt(state.sliceDoc(0, line.from), line.text, position - line.from);
  if (meaning === undefined) return undefined;
  const { title, text } = meaning;
  return {
    title,
    text,
    tooltip: {
      pos: line.from + meaning.from,
      end: line.from + meaning.to,
      above: true,
      create: () => {
        const dom = document.createElement('div');
        dom.className = 'cm-help';
        const code = document.createElement('code');
        code.textContent = title;
        const words = document.createElement('div');
        words.textContent = text;
        dom.append(code, words);
        return { dom };
      },
    },
  };
}

const setAsked = StateEffect.define<Tooltip | undefined>();

/** The help that was asked for by key; it goes when the cursor or the text does. */
const askedField = StateField.define<Tooltip | undefined>({
  create: () => undefined,
  update(shown, { effects, docChanged, selection }) {
    const asked = effects.find((effect) => effect.is(setAsked));
    if (asked !== undefined) return asked.value;
    return docChanged || selection !== undefined ? undefined : shown;
  },
  provide: (field) => showTooltip.from(field, (tooltip) => tooltip ?? null),
});

function ask(view: EditorView): boolean {
  const help = helpAt(view.state, view.state.selection.main.head);
  if (help === undefined) return false;
  view.dispatch({
    effects: [setAsked.of(help.tooltip), EditorView.announce.of(`${help.title}. ${help.text}`)],
  });
  return true;
}

function dismiss(view: EditorView): boolean {
  if (view.state.field(askedField) === undefined) return false;
  view.dispatch({ effects: setAsked.of(undefined) });
  return true;
}

/** Help on what a Dockerfile says. */
export const dockerfileHelp: Extension = [
  hoverTooltip((view, position) => helpAt(view.state, position)?.tooltip ?? null),
  askedField,
  keymap.of([
    { key: 'Ctrl-Shift-Space', run: ask },
    { key: 'Escape', run: dismiss },
  ]),
];
