// The query of a request by Docker's rules: what is true, what is a number, what are filters and times, and the texts
// of its errors.
import { z } from 'zod';
import { EngineError } from '../errors.ts';
import type { Filters } from '../services.ts';
import { mapOf } from '../types.ts';

const notTrue: ReadonlySet<string> = new Set(['', '0', 'no', 'false', 'none']);

/** Newer clients send sets, older ones lists. */
const filtersSchema = mapOf(z.union([z.array(z.string()), mapOf(z.boolean())]));

/** A parsed query string; a name that is given more than once has its first value. */
export class Query {
  readonly #values: URLSearchParams;

  /** Throws invalid in Docker's words for what Go does not take for a query. */
  constructor(search: string) {
    if (search.includes(';')) throw new EngineError('invalid', 'invalid semicolon separator in query');
    const [escape] = /%(?![0-9a-fA-F]{2}).{0,2}/.exec(search) ?? [];
    if (escape !== undefined) {
      throw new EngineError('invalid', `invalid URL escape ${JSON.stringify(escape)}`);
    }
    this.#values = new URLSearchParams(search);
  }

  /** The value, undefined when it is absent or empty. */
  text(name: string): string | undefined {
    const value = this.#values.get(name);
    return value === null || value === '' ? undefined : value;
  }

  /** All values of a name that may be given more than once. */
  all(name: string): string[] {
    return this.#values.getAll(name);
  }

  /** Whether it is there at all, for what is true unless it is said. */
  given(name: string): boolean {
    return this.#values.has(name);
  }

  /** Everything is true but nothing, 0, no, false and none. */
  flag(name: string): boolean {
    return !notTrue.has((this.#values.get(name) ?? '').trim().toLowerCase());
  }

  /** A truth value as Go reads one, false when it is absent: anything else is refused. */
  boolean(name: string): boolean {
    const value = this.text(name) ?? 'false';
    if (/^(1|t|T|true|TRUE|True)$/.test(value)) return true;
    if (/^(0|f|F|false|FALSE|False)$/.test(value)) return false;
    throw new EngineError(
      'invalid',
      `invalid value for ${name}: ${value}: strconv.ParseBool: parsing ${JSON.stringify(value)}: invalid syntax`,
    );
  }

  /** A whole number, undefined when it is absent. */
  integer(name: string): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const parsed = Number(value);
    if (!/^[+-]?\d+$/.test(value)) {
      throw new EngineError('invalid', `strconv.Atoi: parsing ${JSON.stringify(value)}: invalid syntax`);
    }
    if (!Number.isSafeInteger(parsed)) {
      throw new EngineError('invalid', `strconv.Atoi: parsing ${JSON.stringify(value)}: value out of range`);
    }
    return parsed;
  }

  /** Rows or columns of a terminal: `h` and `w` must be there and fit into 16 bits. */
  terminalSide(name: 'h' | 'w'): number {
    const value = this.text(name);
    const parsed = value === undefined ? undefined : this.integer(name);
    if (parsed === undefined || parsed < 0 || parsed > 0xffff) {
      const reason = parsed === undefined ? 'invalid syntax' : 'value out of range';
      throw new EngineError(
        'invalid',
        `invalid resize ${name === 'h' ? 'height' : 'width'} ${JSON.stringify(value ?? '')}: ${reason}`,
      );
    }
    return parsed;
  }

  /** `seconds[.fraction]` since the epoch, in nanoseconds; undefined when it is absent. */
  time(name: string): bigint | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const match = /^(-?\d{1,12})(?:\.(\d{1,9})\d*)?$/.exec(value);
    const [, seconds, fraction = ''] = match ?? [];
    if (seconds === undefined) {
      throw new EngineError('invalid', `strconv.ParseInt: parsing ${JSON.stringify(value)}: invalid syntax`);
    }
    return BigInt(seconds) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0'));
  }

  /** `filters`; `known` are the names that this resource takes. */
  filters(known: ReadonlySet<string>): Filters {
    const value = this.text('filters');
    if (value === undefined) return new Map();
    let parsed: z.infer<typeof filtersSchema>;
    try {
      parsed = filtersSchema.parse(JSON.parse(value));
    } catch (error) {
      throw new EngineError('invalid', 'invalid filter', { cause: error });
    }
    const filters = new Map<string, readonly string[]>();
    for (const [name, values] of Object.entries(parsed)) {
      if (!known.has(name)) throw new EngineError('invalid', `invalid filter '${name}'`);
      filters.set(
        name,
        Array.isArray(values)
          ? values
          : Object.entries(values).flatMap(([key, wanted]) => (wanted ? [key] : [])),
      );
    }
    return filters;
  }

  /** Refuses parameters of Docker's that have no effect here yet; `why` says what does not work. */
  refuse(name: string, why: string): void {
    const value = (this.#values.get(name) ?? '').trim();
    if (notTrue.has(value.toLowerCase())) return;
    throw new EngineError('notImplemented', why);
  }
}
