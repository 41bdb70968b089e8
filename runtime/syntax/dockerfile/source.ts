// Places in a Dockerfile, and what is said when something there is wrong.

/** From a character to the one behind the last, lines and columns from 1, columns in UTF-16 units as editors count them. */
export interface SourceRange {
  readonly startLine: number;
  readonly startColumn: number;
  readonly endLine: number;
  readonly endColumn: number;
}

/** Text that is no valid word or instruction, in Docker's words; `range` says where, when it is known. */
export class DockerfileError extends Error {
  readonly range: SourceRange | undefined;

  constructor(message: string, range?: SourceRange) {
    super(message);
    this.name = 'DockerfileError';
    this.range = range;
  }
}

/** Runs work on the text at `range`: an error that does not know its place gets this one. */
export function located<T>(range: SourceRange, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof DockerfileError && error.range === undefined) {
      throw new DockerfileError(error.message, range);
    }
    throw error;
  }
}
