// The filters of lists: all words typed must be somewhere in an entry's text, and containers use it or do not. Pure.

/** The words of a filter, in lower case. */
export function filterWords(text: string): string[] {
  return text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
}

/** Whether all words are in the text; none are in every text. */
export function hasWords(text: string, words: readonly string[]): boolean {
  if (words.length === 0) return true;
  const lower = text.toLowerCase();
  return words.every((word) => lower.includes(word));
}

/** Orders names as people count: web-2 before web-10. */
export const byText = new Intl.Collator(undefined, { numeric: true });

/** Which of the objects that containers may use. */
export type WhichUse = 'all' | 'inUse' | 'unused';

export function fitsUse({ containers }: { readonly containers: number }, which: WhichUse): boolean {
  return which === 'all' || containers > 0 === (which === 'inUse');
}
