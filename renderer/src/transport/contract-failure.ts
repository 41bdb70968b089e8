// A call or a stream that failed, as an Error: a sentence, a stable code and, where there is one, what to do.
import type { ContractError } from '../../../runtime/contract/wire.ts';
import { en } from '../strings/en.ts';

/** What a rejected call or a broken stream carries. */
export class ContractFailure extends Error {
  readonly code: string;
  readonly hint: string;

  constructor(error: ContractError) {
    super(error.message);
    this.name = 'ContractFailure';
    this.code = error.code;
    this.hint = error.hint ?? '';
  }
}

/** The failure of everything that was under way when the port closed. */
export function connectionLost(): ContractFailure {
  return new ContractFailure({
    code: 'unavailable',
    message: en.connection.callLost,
    hint: en.connection.callLostHint,
  });
}

/** The failure in one run of text: the sentence, then what to do. */
export function sentenceOf(failure: ContractFailure): string {
  if (failure.hint === '') return failure.message;
  return `${failure.message}${/[.!?]$/.test(failure.message) ? '' : '.'} ${failure.hint}`;
}

/** Any thrown value as a failure to show. */
export function asFailure(error: unknown): ContractFailure {
  if (error instanceof ContractFailure) return error;
  return new ContractFailure({
    code: 'internal',
    message: error instanceof Error ? error.message : String(error),
  });
}
