// Failures as the UI shows them: a stable code, a sentence for a person, and what to do about it.
import { EngineFailure } from '../client/engine-failure.ts';
import type { ContractError } from '../contract/wire.ts';

/** A failure that already has the contract's form. */
export class ContractFailure extends Error {
  readonly error: ContractError;

  constructor(error: ContractError) {
    super(error.message);
    this.name = 'ContractFailure';
    this.error = error;
  }
}

const codes: ReadonlyMap<number, string> = new Map([
  [400, 'invalid'],
  [401, 'unauthorized'],
  [403, 'unauthorized'],
  [404, 'notFound'],
  [409, 'conflict'],
  [501, 'invalid'],
  [503, 'unavailable'],
]);

/** What engines say when the disk is full. */
export const diskFull = /no space left on device|ENOSPC|disk quota exceeded|EDQUOT/i;
/** And what helps. */
export const diskFullHint =
  'The disk that holds the data of the engine is full: remove images, containers or volumes that you do not need.';

interface KnownMessage {
  readonly pattern: RegExp;
  readonly hint: string;
  /** Where the engine's status says less than its words. */
  readonly code?: string;
}

/** What engines say, and what helps; the first that fits. The texts are Docker's; every engine that speaks its API uses them. */
const knownMessages: readonly KnownMessage[] = [
  { pattern: diskFull, hint: diskFullHint, code: 'unavailable' },
  {
    pattern: /port is already allocated|address already in use/i,
    hint: 'Choose another host port, or stop what uses this one.',
    code: 'conflict',
  },
  {
    pattern: /is already in use by container/i,
    hint: 'Choose another name, or remove the container that has it.',
  },
  { pattern: /no such image/i, hint: 'Pull the image first.' },
  { pattern: /no command specified/i, hint: 'The image names no command: give one.' },
  {
    pattern: /executable file not found|\bexec: "/i,
    hint: 'The image has no such program: check the command for a typing error.',
    code: 'invalid',
  },
  {
    pattern: /image is being used|unable to (remove|delete)/i,
    hint: 'Remove the containers that use it first, or force the removal.',
  },
  { pattern: /is not running/i, hint: 'Start the container first.' },
  { pattern: /bind source path does not exist/i, hint: 'Check that the folder exists on the host.' },
];

/** The contract's code for an HTTP status. */
function codeOfStatus(status: number): string {
  return codes.get(status) ?? 'internal';
}

/** A contract error; the hint is left out when there is none. */
export function contractError(code: string, message: string, hint?: string): ContractError {
  return hint === undefined ? { code, message } : { code, message, hint };
}

/** The contract's form of whatever was thrown. */
export function toContractError(thrown: unknown): ContractError {
  if (thrown instanceof ContractFailure) return thrown.error;
  if (thrown instanceof EngineFailure) {
    if (thrown.status !== undefined) {
      const known = knownMessages.find(({ pattern }) => pattern.test(thrown.message));
      return contractError(known?.code ?? codeOfStatus(thrown.status), thrown.message, known?.hint);
    }
    if (thrown.errno === undefined) return contractError('internal', thrown.message);
    if (thrown.errno === 'ABORT_ERR') return contractError('cancelled', 'Cancelled.');
    return contractError('unavailable', `The engine cannot be reached (${thrown.errno}).`);
  }
  return contractError('internal', thrown instanceof Error ? thrown.message : String(thrown));
}
