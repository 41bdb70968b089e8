// Signals by name and number, as `docker kill -s` and StopSignal take them: `SIGTERM`, `TERM`, `15`, `RTMIN+3`.
import { constants } from 'node:os';
import { EngineError } from '../errors.ts';

const realTimeMin = 34; // as libc numbers them: 32 and 33 are its own
const realTimeMax = 64;
const numbers = new Map<string, number>(Object.entries(constants.signals));

/** The number of a signal. Throws invalid `Invalid signal: foo`. */
export function parseSignal(text: string): number {
  const invalid = (): EngineError => new EngineError('invalid', `Invalid signal: ${text}`);
  if (/^\+?\d+$/.test(text)) {
    const number = Number(text);
    if (number < 1 || number > realTimeMax) throw invalid();
    return number;
  }
  const name = text.toUpperCase().replace(/^SIG/, '');
  const known = numbers.get(`SIG${name}`);
  if (known !== undefined) return known;
  const realTime = /^RT(MIN|MAX)(?:([+-])(\d{1,2}))?$/.exec(name);
  if (realTime === null) throw invalid();
  const offset = Number(realTime[3] ?? 0) * (realTime[2] === '-' ? -1 : 1);
  const number = (realTime[1] === 'MIN' ? realTimeMin : realTimeMax) + offset;
  if (number < realTimeMin || number > realTimeMax) throw invalid();
  return number;
}
