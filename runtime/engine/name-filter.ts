// The `name` filter of Docker's lists.
import { linearPattern } from './linear-pattern.ts';

/** Whether a name is wanted: each filter is a regular expression, found anywhere in it; one that is none finds nothing. */
export function nameTest(filters: readonly string[] | undefined): (name: string) => boolean {
  if (filters === undefined || filters.length === 0) return () => true;
  const tests = filters.map(linearPattern).filter((test) => test !== undefined);
  return (name) => tests.some((test) => test(name));
}
