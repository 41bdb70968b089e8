// A figure with its bar, and the loop that every bench runs: measure, measure once more what missed its bar, print.

/** One measured figure; `bar` is the largest value that is good enough, `least` the smallest. */
export interface Figure {
  readonly name: string;
  readonly bar?: number | undefined;
  readonly least?: number | undefined;
  readonly unit: string;
  readonly value: number;
  readonly detail: string;
}

/** What can be measured, by the name that the command line asks for. */
export type Benches = Readonly<Record<string, () => Promise<readonly Figure[]>>>;

/** Whether a figure is not good enough; one that could not be measured is not. */
export function misses(figure: Figure): boolean {
  if (figure.bar !== undefined && !(figure.value <= figure.bar)) return true;
  return figure.least !== undefined && !(figure.value >= figure.least);
}

/** Runs the benches asked for (all, when none is) and prints them. True when a bar was missed, twice where `check` is set. */
export async function runBenches(
  benches: Benches,
  asked: readonly string[],
  check: boolean,
): Promise<boolean> {
  const unknown = asked.filter((name) => !Object.hasOwn(benches, name));
  if (unknown.length > 0) {
    throw new Error(`no such bench: ${unknown.join(', ')}; there are ${Object.keys(benches).join(', ')}`);
  }
  let missed = false;
  for (const [name, bench] of Object.entries(benches)) {
    if (asked.length > 0 && !asked.includes(name)) continue;
    let figures = await bench();
    if (check && figures.some(misses)) {
      figures.forEach(print);
      console.log(`${name} missed its bar; once more`);
      figures = await bench();
    }
    figures.forEach(print);
    missed ||= figures.some(misses);
  }
  return missed;
}

function print(figure: Figure): void {
  const bounds = [
    ...(figure.bar === undefined ? [] : [`bar ${String(figure.bar)}`]),
    ...(figure.least === undefined ? [] : [`at least ${String(figure.least)}`]),
    ...(misses(figure) ? ['MISSED'] : []),
  ];
  const bar = bounds.length === 0 ? '' : ` (${bounds.join(', ')})`;
  console.log(`${figure.name}: ${figure.value.toFixed(3)} ${figure.unit}${bar}  ${figure.detail}`);
}

/** Milliseconds as they are printed. */
export function ms(value: number): string {
  return `${value.toFixed(1)} ms`;
}
