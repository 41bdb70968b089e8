// Text of strangers (names, labels, log lines) made harmless to the eye: control and direction-changing characters are
// shown as what they are instead of doing what they do.

// C0 and C1 controls; zero-width and joiner marks that hide; bidirectional controls; line and paragraph separators; tags.
const dangerous =
  // eslint-disable-next-line no-control-regex -- these are the characters to find
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/gu;

const dangerousButTab = new RegExp(
  dangerous.source.replace('\\u0000-\\u001f', '\\u0000-\\u0008\\u000a-\\u001f'),
  'gu',
);

function visible(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x20 || code === 0x7f) return `^${String.fromCodePoint(code ^ 0x40)}`;
  return `‹U+${code.toString(16).toUpperCase().padStart(4, '0')}›`;
}

/** The text with every dangerous character shown by its caret or number. */
export function inert(text: string): string {
  return text.replace(dangerous, visible);
}

/** As {@link inert}, but tabs stay tabs. */
export function inertLine(text: string): string {
  return text.replace(dangerousButTab, visible);
}

const dangerousButTabAndEnd = new RegExp(
  dangerous.source.replace('\\u0000-\\u001f', '\\u0000-\\u0008\\u000b-\\u001f'),
  'gu',
);

/** As {@link inert}, for a text of several lines: tabs and line ends stay. */
export function inertText(text: string): string {
  return text.replace(dangerousButTabAndEnd, visible);
}
