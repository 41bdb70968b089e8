// Lists of processors and memory nodes as the kernel writes them: `0-3,8`. Pure.

/** No machine has more; a longer range is a mistake or malice. */
const maxNumber = 8192;

/** The numbers of a list; undefined when it is malformed. An empty text is an empty list. */
export function parseNumberList(text: string): ReadonlySet<number> | undefined {
  const numbers = new Set<number>();
  for (const part of text === '' ? [] : text.split(',')) {
    const [, first, last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(part.trim()) ?? [];
    const [from, to] = [Number(first), Number(last)];
    if (first === undefined || to < from || to > maxNumber) return undefined;
    for (let number = from; number <= to; number += 1) numbers.add(number);
  }
  return numbers;
}
