// What a scenario is made of: steps, each taken on both engines and compared. Scenarios are data; sides.ts takes the
// steps, compare.ts compares what came of them.
import type { OutgoingHttpHeaders } from 'node:http';

/** A docker command; words are split as a shell does it, without expansion. */
export interface CliStep {
  readonly cli: string;
  /** Its stdin; absent: empty. */
  readonly input?: string | Buffer;
  /** How stdout is read. `lines`: in any order; `tar`: as a list of its entries. Default: as it is, or as JSON where it is. */
  readonly as?: 'lines' | 'tar';
}

/** A request to the API. */
export interface RequestStep {
  /** `METHOD /path?query`, and a JSON body after a space if there is one. `{last}`: the Id in the last answer that had one. */
  readonly request: string;
  /** Another body than JSON, or one that is no JSON. */
  readonly body?: string | Buffer;
  readonly headers?: OutgoingHttpHeaders;
  readonly as?: 'lines' | 'tar';
}

/** A request that takes its connection over, what is sent after that, and all that comes until the other side closes. */
export interface HijackStep {
  readonly hijack: string;
  /** Each is sent when the one before had its time; then our half is closed, unless `keepOpen`. */
  readonly send?: readonly string[];
  readonly keepOpen?: boolean;
}

/** Waits until a docker command says this on both sides; nothing is compared. */
export interface UntilStep {
  readonly until: string;
  readonly says: string | RegExp;
}

/** A step; a string is a request when it begins with a method, else a docker command. */
export type Step = string | CliStep | RequestStep | HijackStep | UntilStep;

/** Until now in whole seconds, as the CLI asks for events `--until 0s`, is after all that came before this. */
export const aSecondLater: Step = 'run --rm busybox sleep 2';

/** Name of a scenario -> its steps. What it makes is removed after it. */
export type Scenarios = Readonly<Record<string, readonly Step[]>>;

/** The step as it is named in messages and in the list of differences. */
export function nameOf(step: Step): string {
  if (typeof step === 'string') return step;
  if ('cli' in step) return step.cli;
  if ('request' in step) return step.request;
  if ('hijack' in step) return step.hijack;
  return `until ${step.until}`;
}

const requestLine = /^(GET|HEAD|POST|PUT|DELETE|OPTIONS|PATCH) (\S+)(?: (.*))?$/s;

/** A request's line, taken apart. */
export function parseRequest(line: string): { method: string; path: string; body: string | undefined } {
  const [, method, path, body] = requestLine.exec(line) ?? [];
  if (method === undefined || path === undefined) throw new Error(`not a request: ${line}`);
  return { method, path, body };
}

/** The step in its long form. */
export function normalStep(step: Step): Exclude<Step, string> {
  if (typeof step !== 'string') return step;
  return requestLine.test(step) ? { request: step } : { cli: step };
}

/** The words of a command: blanks split, single and double quotes hold together. */
export function words(line: string): string[] {
  const found: string[] = [];
  for (const [, text = ''] of line.matchAll(/((?:[^\s'"]|'[^']*'|"(?:[^"\\]|\\.)*")+)/gs)) {
    found.push(
      text.replaceAll(/'([^']*)'|"((?:[^"\\]|\\.)*)"/gs, (_, single?: string, double?: string) =>
        single === undefined ? (double ?? '').replaceAll(/\\(["\\])/g, '$1') : single,
      ),
    );
  }
  return found;
}
