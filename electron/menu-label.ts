// Text from an engine as part of a native menu: names and error texts may hold anything.

const maxLength = 60;

/** The text on one line, without what controls, reorders or underlines, and not too long for a menu. */
export function menuLabel(text: string): string {
  // `C` covers control and format characters, the bidirectional ones among them, and lone surrogates.
  const plain = text.replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ').trim();
  const letters = [...plain];
  const short = letters.length > maxLength ? `${letters.slice(0, maxLength - 1).join('')}…` : plain;
  // A single `&` would underline the next letter.
  return short.replaceAll('&', '&&');
}
