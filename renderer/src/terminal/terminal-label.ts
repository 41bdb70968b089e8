// What a session is called on its tab.
import type { TerminalModel } from '../../../runtime/contract/model.ts';
import { inert } from '../format/inert.ts';
import { en } from '../strings/en.ts';

/** Names by session id; of several alike the later ones are numbered. Inert. */
export function sessionLabels(sessions: readonly TerminalModel[]): ReadonlyMap<string, string> {
  const counts = new Map<string, number>();
  const labels = new Map<string, string>();
  for (const session of sessions) {
    const plain = labelOf(session);
    const count = (counts.get(plain) ?? 0) + 1;
    counts.set(plain, count);
    labels.set(session.id, count === 1 ? plain : en.terminal.numbered(plain, count));
  }
  return labels;
}

const mostCharacters = 24;

function labelOf({ kind, command, user }: TerminalModel): string {
  const [program] = command;
  const name = program?.split('/').at(-1) ?? '';
  const what =
    kind === 'attach' ? en.terminal.attach : name === '' ? en.terminal.shell : shortened(inert(name));
  return user === '' ? what : en.terminal.asUser(what, shortened(inert(user)));
}

function shortened(text: string): string {
  return text.length > mostCharacters ? `${text.slice(0, mostCharacters)}…` : text;
}
